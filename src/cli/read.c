/* starttrace read: captures in, judged sessions into the database, a summary out.
 *
 * Every capture is looked at first, so that what is in the database already is left alone and the rest is one
 * timeline; then their frames run through the engines; what the reading came to is written last, when the writer
 * is done. */
#include "cli/options.h"
#include "cli/setup.h"
#include "cli/summary.h"
#include "cli/usage.h"

#include "engine/hindsight.h"
#include "engine/pipeline.h"
#include "engine/writer.h"
#include "store/store.h"
#include "wire/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	LONG_INPUT = 16 * 1024 * 1024,  /* bytes that are worth more than one engine */
	WRITER_ROOM = 16 * 1024 * 1024, /* bytes of finished sessions that wait for the database */
};

struct input {
	const char         *path;
	struct store_result result;
	char                damage[400];
	bool                known_late;         /* standard input: its digest was known only at its end */
};

struct reading {
	const struct options *options;
	struct store         *store;
	struct pipeline      *pipeline;
	struct writer        *writer;           /* once it has failed, reading on would be for nothing */
	struct budget         budget;
	struct input         *inputs;
	size_t                count;
	uint64_t              size;             /* of all inputs, as far as it is known */
	uint64_t              frames;
	bool                  failed;           /* some input failed */
	struct setup          setup;
	time_t                said;             /* when progress was last shown */
};

static void
fail(struct reading *reading, const struct status *status)
{
	reading->failed = true;
	complain(status);
}

static void
take_session(void *user, struct session *session)
{
	writer_session(user, session);
	session_free(&session);
}

/* What is known before reading -------------------------------------------------------------------- */

static bool
is_known(struct reading *reading, struct capture *capture, const struct store_capture *facts)
{
	uint8_t digest[SHA256_SIZE];
	struct status status;

	if (strcmp(facts->path, "-") == 0 || !store_may_know(reading->store, facts))
		return false;
	status = capture_sha256(capture, digest);
	return status_is_ok(&status) && store_knows(reading->store, digest, facts->vantage);
}

/* The first capture that is new begins the run: a call that adds nothing leaves the database as it was. */
static struct status
register_input(struct reading *reading, const struct store_capture *facts)
{
	struct status status = reading->count > 0 ? status_ok()
	                                          : store_begin(reading->store, STARTTRACE_VERSION);

	if (status_is_ok(&status))
		status = store_capture(reading->store, (uint32_t)reading->count, facts);
	if (!status_is_ok(&status))
		return status;
	reading->inputs[reading->count++].path = facts->path;
	reading->size += facts->size;
	return status;
}

/* Opens one capture, and registers it if it is new. */
static struct status
survey(struct reading *reading, const char *path)
{
	struct store_capture facts = { .path = path, .vantage = reading->options->vantage };
	struct capture *capture = NULL;
	struct status status = capture_open(path, reading->options->filter, (uint32_t)reading->count,
		&capture);

	if (!status_is_ok(&status)) {
		fail(reading, &status);
		return status_ok();
	}
	facts.size = capture_size(capture);
	facts.link_type = capture_link_type(capture);
	facts.snaplen = capture_snaplen(capture);
	if (is_known(reading, capture, &facts))
		fprintf(stderr, "starttrace: %s was read before; nothing to add\n", path);
	else
		status = register_input(reading, &facts);
	capture_close(&capture);
	return status;
}

/* Standard input cannot be opened twice: it is registered with what is known of it, and read when its turn comes. */
static struct status
survey_stdin(struct reading *reading)
{
	const struct store_capture facts = { .path = "-", .vantage = reading->options->vantage };

	return register_input(reading, &facts);
}

/* Reading ----------------------------------------------------------------------------------------- */

static void
show_progress(struct reading *reading, const struct capture *capture, bool clear)
{
	uint64_t size = capture_size(capture);
	time_t now;

	if (!isatty(STDERR_FILENO))
		return;
	now = time(NULL);
	if (clear) {
		fputs("\r\033[K", stderr);
	} else if (now != reading->said) {
		fprintf(stderr, "\r\033[K%" PRIu64 " frames", reading->frames);
		if (size > 0)
			fprintf(stderr, ", %" PRIu64 " %% of this file",
				capture_position(capture) * 100 / size);
		fflush(stderr);
		reading->said = now;
	}
}

static enum capture_result
read_frames(struct reading *reading, struct capture *capture, struct store_result *result)
{
	enum capture_result got = CAPTURE_END;
	bool seen = false;
	struct frame frame;

	while (!writer_has_failed(reading->writer) && (got = capture_next(capture, &frame)) == CAPTURE_FRAME) {
		if (!seen || frame.at.time_ns < result->first_ns)
			result->first_ns = frame.at.time_ns;
		if (!seen || frame.at.time_ns > result->last_ns)
			result->last_ns = frame.at.time_ns;
		seen = true;
		result->bytes += frame.bytes.len;
		pipeline_frame(reading->pipeline, &frame);
		if ((++reading->frames & 0xFFFF) == 0)
			show_progress(reading, capture, false);
	}
	show_progress(reading, capture, true);
	return got;
}

static struct status
stopped_early(const struct input *input, enum capture_result got, uint64_t frames)
{
	if (got == CAPTURE_NO_MEMORY)
		return status_of(STATUS_NO_MEMORY, "%s: out of memory after frame %" PRIu64
			"; what comes before was analysed, and reading it again completes it", input->path, frames);
	return status_of(STATUS_INPUT, "%s: damaged after frame %" PRIu64 " (%s); what comes before was analysed",
		input->path, frames, input->damage);
}

/* By its digest a capture is known as read. */
static void
take_digest(struct reading *reading, struct capture *capture, struct store_result *result)
{
	struct status status = capture_sha256(capture, result->sha256);

	if (!status_is_ok(&status))
		fail(reading, &status);
}

static void
read_capture(struct reading *reading, struct input *input)
{
	struct engine_counters before = pipeline_counters(reading->pipeline), after;
	struct store_result *result = &input->result;
	struct capture *capture = NULL;
	uint32_t index = (uint32_t)(input - reading->inputs);
	struct loss loss;
	struct status status = capture_open(input->path, reading->options->filter, index, &capture);
	enum capture_result got;

	result->damage = input->damage;
	if (!status_is_ok(&status)) {
		snprintf(input->damage, sizeof(input->damage), "%s", status.message);
		fail(reading, &status);
		return;
	}
	if (capture_loss(capture, &loss))
		pipeline_loss(reading->pipeline, &loss);
	got = read_frames(reading, capture, result);
	if (got == CAPTURE_DAMAGED)
		snprintf(input->damage, sizeof(input->damage), "%s", capture_damage(capture));
	if (got == CAPTURE_DAMAGED || got == CAPTURE_NO_MEMORY) {
		status = stopped_early(input, got, capture_frames(capture));
		fail(reading, &status);
	}
	pipeline_settle(reading->pipeline);
	after = pipeline_counters(reading->pipeline);
	result->frames = capture_frames(capture);
	result->frames_other = after.other - before.other;
	result->frames_unknown = after.unknown - before.unknown;
	result->frames_malformed = after.malformed - before.malformed;
	if (!writer_has_failed(reading->writer) && got != CAPTURE_NO_MEMORY)
		take_digest(reading, capture, result);
	capture_close(&capture);
}

static void
say_limits(const struct engine_counters *counters)
{
	if (counters->evicted + counters->refused > 0)
		fprintf(stderr, "starttrace: %" PRIu64 " flows were given up and %" PRIu64
			" not followed to stay within the memory cap; --max-memory raises it\n",
			counters->evicted, counters->refused);
	if (counters->unknown > 0)
		fprintf(stderr, "starttrace: %" PRIu64 " frames are in an encapsulation that is not decoded\n",
			counters->unknown);
}

/* Sessions are numbered as they end: of a short input, which one engine reads, in the same way each time. */
static size_t
engine_count(const struct reading *reading)
{
	if (reading->options->engines > 0)
		return reading->options->engines;
	return reading->size < LONG_INPUT ? 1 : 0;
}

static void
read_captures(struct reading *reading)
{
	struct engine_counters counters;

	for (size_t i = 0; i < reading->count && !writer_has_failed(reading->writer); i++)
		read_capture(reading, &reading->inputs[i]);
	counters = pipeline_counters(reading->pipeline);
	pipeline_finish(&reading->pipeline);
	say_limits(&counters);
}

static struct status
read_inputs(struct reading *reading)
{
	const struct engine_config config = setup_engine(&reading->setup, reading->options);
	struct status none = status_ok(), status;

	reading->budget.limit = reading->options->max_memory;
	reading->writer = writer_new(reading->store, &(struct writer_config){ .room = WRITER_ROOM });
	if (reading->writer != NULL)
		reading->pipeline = pipeline_new(&config, engine_count(reading), &reading->budget,
			&(struct sink){ .session = take_session, .user = reading->writer });
	if (reading->pipeline != NULL)
		read_captures(reading);
	else
		none = status_of(STATUS_NO_MEMORY, "not enough memory to begin; --max-memory is too low");
	status = writer_finish(&reading->writer, 0);
	return status_is_ok(&none) ? status : none;
}

static struct status
write_results(struct reading *reading)
{
	struct status status = status_ok();
	uint64_t forgotten = 0;

	for (size_t i = 0; i < reading->count && status_is_ok(&status); i++) {
		struct input *input = &reading->inputs[i];

		if (strcmp(input->path, "-") == 0 &&
		    store_knows(reading->store, input->result.sha256, reading->options->vantage)) {
			fprintf(stderr, "starttrace: standard input was read before; nothing to add\n");
			status = store_capture_forget(reading->store, (uint32_t)i);
			continue;
		}
		status = store_capture_read(reading->store, (uint32_t)i, &input->result);
	}
	if (status_is_ok(&status))
		status = store_settle(reading->store);
	if (status_is_ok(&status) && store_has_changed(reading->store))
		status = hindsight_all(reading->store, &reading->budget, setup_policy_of(&reading->setup), &forgotten);
	say_forgotten(forgotten);
	return status_is_ok(&status) ? store_finish(reading->store) : status;
}

static void
say_unfinished(struct reading *reading)
{
	struct store_unfinished left;
	struct status status = store_unfinished(reading->store, &left);

	if (status_is_ok(&status) && left.captures > 0)
		fprintf(stderr, "starttrace: %" PRIu64 " sessions of %" PRIu64 " captures stay from runs "
			"that were broken off; reading those captures again completes them\n",
			left.sessions, left.captures);
}

static struct status
read_list(struct reading *reading, const struct capture_list *list)
{
	struct status status = status_ok();

	for (size_t i = 0; i < list->count && status_is_ok(&status); i++)
		status = strcmp(list->paths[i], "-") == 0 ? survey_stdin(reading)
		                                          : survey(reading, list->paths[i]);
	if (reading->count == 0 && reading->options->policy_file != NULL && status_is_ok(&status))
		fprintf(stderr, "starttrace: nothing was added, so the policy stays as it was\n");
	if (reading->count == 0 || !status_is_ok(&status))
		return status;
	say_unfinished(reading);
	status = setup_policy(&reading->setup, reading->options, reading->store);
	if (status_is_ok(&status))
		status = read_inputs(reading);
	return status_is_ok(&status) ? write_results(reading) : status;
}

/* The command ------------------------------------------------------------------------------------- */

static struct status
read_all(struct reading *reading)
{
	const struct options *options = reading->options;
	struct capture_list list = { 0 };
	struct status status = capture_list_new(options->operands, options->operand_count, &list);
	struct status closed = status_ok();

	if (status_is_ok(&status) && list.count == 0)
		status = status_of(STATUS_INPUT, "%s: no capture is in there", options->operands[0]);
	if (status_is_ok(&status))
		status = store_open(options->database, &reading->store);
	if (status_is_ok(&status)) {
		reading->inputs = calloc(list.count + 1, sizeof(*reading->inputs));
		status = reading->inputs == NULL ? status_of(STATUS_NO_MEMORY, "out of memory")
		                                 : read_list(reading, &list);
	}
	if (reading->store != NULL)
		closed = store_close(&reading->store);
	free(reading->inputs);
	capture_list_free(&list);
	return status_is_ok(&status) ? closed : status;
}

static int
finish(const struct reading *reading)
{
	const struct options *options = reading->options;
	struct status status;
	bool met = false;

	if (reading->count == 0)
		return reading->failed ? EXIT_INPUT : EXIT_DONE;
	status = options->json ? summary_print_json(options->database)
	                       : summary_print(options->database);
	if (status_is_ok(&status) && options->gate)
		status = summary_gate(options->database, options->fail_on, &met);
	if (!status_is_ok(&status)) {
		complain(&status);
		return EXIT_INPUT;
	}
	if (met)
		return EXIT_GATE;
	return reading->failed ? EXIT_INPUT : EXIT_DONE;
}

static void
print_help(void)
{
	fputs(USAGE(USAGE_READ) "\n\n"
	      "  -d, --database DB          the database; starttrace.db by default\n"
	      "  -f, --filter BPF           only frames that pass this filter\n"
	      "  -j, --jobs N               engines side by side\n"
	      "      --vantage NAME         where the captures were taken\n"
	      "      --json                 sessions and findings as JSON lines, in place of the summary\n"
	      "      --fail-on SEVERITY     exit status 3 when a finding is as severe as this\n"
	      "      --policy FILE|none     what is true of your networks and partners; stays in force\n"
	      "      --trust-store FILE|DIR authorities (PEM) that servers' certificates must lead to\n"
	      "      --accounts MODE        user names: full, hmac or none\n"
	      "      --fingerprint-key FILE keyed digests of secrets, and of names with hmac\n"
	      "      --max-memory SIZE      memory for flows and sessions, with K, M or G\n"
	      "      --idle SECONDS         a connection silent for as long has ended\n", stdout);
}

int
command_read(int argc, char **argv)
{
	struct reading reading = { 0 };
	struct options options;
	struct status status = options_read(argc, argv, FOR_READ, &options);

	if (status_is_ok(&status) && options.help) {
		print_help();
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && options.operand_count == 0)
		status = status_of(STATUS_USAGE, USAGE(USAGE_READ) "; "
			"starttrace read --help lists the options");
	if (status_is_ok(&status))
		status = setup_read(&reading.setup, &options);
	if (!status_is_ok(&status)) {
		setup_free(&reading.setup);
		complain(&status);
		return EXIT_USAGE;
	}
	reading.options = &options;
	status = read_all(&reading);
	setup_free(&reading.setup);
	if (!status_is_ok(&status)) {
		complain(&status);
		return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
	}
	return finish(&reading);
}
