/* told [--live] [--half] [--vantage NAME] CAPTURE DB: writes the sessions of a capture into a database as a sensor
 * does, and on standard output the lines that a sensor tells of them: a session's findings when it ends, the session,
 * and what history says afterwards.
 *
 * --live: as if it had come by interfaces, those of the file by their names, else "eth1".  --half: the second half of
 * its frames never comes, and a minute later the sensor is killed: what goes on then is told and stored as it
 * stands. */
#include "base/clock.h"
#include "engine/engine.h"
#include "engine/writer.h"
#include "sensor/line.h"
#include "sensor/notice.h"
#include "sensor/titles.h"
#include "wire/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	INTERFACES_MOST = 4,
	MEMORY = 1 << 30,
	PATIENCE_MS = 10000,
};

struct telling_run {
	bool                 live, half;
	const char          *vantage, *path;
	char                *interfaces[INTERFACES_MOST];
	size_t               interface_count;
	struct outlet_origin origin;
	char                 host[256];
	struct titles       *titles;
	struct budget        budget, history_budget;
	struct store        *store;
	struct writer       *writer;
	struct engine       *engine;
};

static void
stop_if_bad(const struct status *status)
{
	if (status_is_ok(status))
		return;
	fprintf(stderr, "told: %s\n", status->message);
	exit(1);
}

/* Lines ------------------------------------------------------------------------------------------- */

/* Engine and history speak on threads of their own. */
static void
print(struct buffer *line)
{
	flockfile(stdout);
	fwrite(line->at, 1, line->len, stdout);
	funlockfile(stdout);
	buffer_free(line);
}

static void
tell(struct telling_run *run, const struct session *session)
{
	struct buffer lines = { 0 };

	for (const struct finding *finding = session->findings; finding != NULL; finding = finding->next) {
		struct notice notice = notice_of_finding(&run->origin, session, finding, TELLING_NEW);

		line_finding(&lines, &run->origin, &notice);
	}
	line_session(&lines, &run->origin, session);
	print(&lines);
}

static void
take_session(void *user, struct session *session)
{
	struct telling_run *run = user;

	if (run->writer != NULL) {      /* else it was killed */
		tell(run, session);
		writer_session(run->writer, session);
	}
	session_free(&session);
}

static void
take_snapshot(void *user, const struct session *session)
{
	struct telling_run *run = user;

	tell(run, session);
	writer_session(run->writer, session);
}

/* Told at once; what matters here is how it stands in the end. */
static void
take_finding(void *user, const struct session *session, const struct finding *finding, enum telling telling)
{
	(void)user;
	(void)session;
	(void)finding;
	(void)telling;
}

static void
take_word(void *user, const struct footprint *footprint, const struct hindsight_word *word)
{
	struct telling_run *run = user;
	struct notice notice = notice_of_word(&run->origin, footprint, word);
	struct buffer line = { 0 };

	line_finding(&line, &run->origin, &notice);
	print(&line);
}

static const char *
title_of(void *user, const char *kind)
{
	return titles_of(user, kind);
}

/* The capture ------------------------------------------------------------------------------------- */

static struct capture *
open_capture(const struct telling_run *run)
{
	struct capture *capture;
	struct status status = capture_open(run->path, NULL, 0, &capture);

	stop_if_bad(&status);
	return capture;
}

/* How many frames there are, and which interfaces they came by. */
static uint64_t
survey(struct telling_run *run)
{
	struct capture *capture = open_capture(run);
	uint64_t frames = 0;
	struct frame frame;

	while (capture_next(capture, &frame) == CAPTURE_FRAME) {
		frames++;
		if (frame.interface >= INTERFACES_MOST || run->interfaces[frame.interface] != NULL)
			continue;
		run->interfaces[frame.interface] = strdup(frame.interface_name != NULL ? frame.interface_name : "eth1");
		if (run->interface_count <= frame.interface)
			run->interface_count = frame.interface + 1;
	}
	capture_close(&capture);
	return frames;
}

/* The frame as an interface hands it over. */
static void
come_live(const struct telling_run *run, struct frame *frame)
{
	frame->at.capture = frame->interface < run->interface_count ? frame->interface : 0;
	frame->interface_name = run->interface_count > 1 ? run->interfaces[frame->at.capture] : NULL;
}

static void
feed(struct telling_run *run, uint64_t frames)
{
	struct capture *capture = open_capture(run);
	int64_t now_ns = INT64_MIN;
	struct frame frame;

	while (frames-- > 0 && capture_next(capture, &frame) == CAPTURE_FRAME) {
		now_ns = frame.at.time_ns > now_ns ? frame.at.time_ns : now_ns;
		if (run->live)
			come_live(run, &frame);
		engine_frame(run->engine, &frame);
	}
	if (run->half)
		engine_tick(run->engine, now_ns + 61 * NS_PER_SECOND);
	else
		engine_drain(run->engine, now_ns);
	capture_close(&capture);
}

/* The run ----------------------------------------------------------------------------------------- */

static struct status
register_captures(struct telling_run *run)
{
	struct store_capture capture = { .path = run->path, .vantage = run->vantage, .live = run->live };
	struct status status = status_ok();

	if (!run->live)
		return store_capture(run->store, 0, &capture);
	for (size_t i = 0; i < run->interface_count && status_is_ok(&status); i++) {
		capture.path = run->interfaces[i];
		status = store_capture(run->store, (uint32_t)i, &capture);
	}
	return status;
}

static void
begin(struct telling_run *run, const char *database)
{
	struct status status = titles_read(&run->titles);

	stop_if_bad(&status);
	gethostname(run->host, sizeof(run->host) - 1);
	run->origin = (struct outlet_origin){
		.version = "test",
		.sensor = run->host,
		.vantage = run->vantage,
		.interfaces = run->interfaces,
		.interface_count = run->live ? run->interface_count : 0,
		.title = title_of,
		.user = run->titles,
	};
	status = store_open(database, &run->store);
	if (status_is_ok(&status))
		status = store_begin(run->store, "test");
	if (status_is_ok(&status))
		status = register_captures(run);
	stop_if_bad(&status);
}

static void
watch(struct telling_run *run, uint64_t frames)
{
	struct engine_config config = engine_config_default();
	const struct writer_config writing = { .live = true, .room = MEMORY, .budget = &run->history_budget,
		.insight = take_word, .user = run };
	const struct sink sink = { .session = take_session, .snapshot = take_snapshot, .finding = take_finding,
		.user = run };

	config.live = true;
	config.second_opinion = false;  /* its library takes long to load */
	run->budget.limit = run->history_budget.limit = MEMORY;
	run->writer = writer_new(run->store, &writing);
	run->engine = engine_new(&config, &run->budget, &sink);
	if (run->writer == NULL || run->engine == NULL)
		exit(1);
	feed(run, frames);
}

/* A sensor that is killed leaves its run open. */
static void
end(struct telling_run *run)
{
	struct status status = writer_finish(&run->writer, PATIENCE_MS);

	if (status_is_ok(&status) && !run->half)
		status = store_finish(run->store);
	stop_if_bad(&status);
	status = store_close(&run->store);
	stop_if_bad(&status);
	engine_free(&run->engine);
	titles_free(&run->titles);
	for (size_t i = 0; i < INTERFACES_MOST; i++)
		free(run->interfaces[i]);
}

int
main(int argc, char **argv)
{
	struct telling_run run = { .vantage = "" };
	int at = 1;
	uint64_t frames;

	for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
		run.live |= strcmp(argv[at], "--live") == 0;
		run.half |= strcmp(argv[at], "--half") == 0;
		if (strcmp(argv[at], "--vantage") == 0 && at + 1 < argc)
			run.vantage = argv[++at];
	}
	if (argc - at != 2) {
		fprintf(stderr, "usage: told [--live] [--half] [--vantage NAME] CAPTURE DB\n");
		return 2;
	}
	run.path = argv[at];
	frames = survey(&run);
	begin(&run, argv[at + 1]);
	watch(&run, run.half ? frames / 2 : frames);
	end(&run);
	return 0;
}
