/* early [--in-order] CAPTURE...: what is told of sessions before they end holds when they have ended.
 *
 * Each capture is taken twice: as read from a file, and as seen live, with findings told at once, sessions shown and
 * time that passes between frames.  Both must give the same sessions.  What was told of a session early must be among
 * its findings, with the same evidence and graded no lower; every finding must have been told once, and again when it
 * is graded otherwise; a session is shown once at most.  Where frames come in order, a secret in clear is told with the
 * very frame that completes its line. */
#include "engine/engine.h"
#include "model/rule.h"
#include "wire/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOLD_MOST = 4096,
};

/* A finding as it was told. */
struct told {
	uint64_t           serial;
	const struct rule *rule;
	enum severity      severity;
	enum confidence    confidence;
	struct quote       evidence;    /* its text is gone */
	uint64_t           at;          /* the frame that was fed */
	bool               early;       /* before the session ended */
	bool               changed;     /* told again, otherwise */
};

struct trial {
	struct engine *engine;
	bool           live;
	struct buffer  rows;            /* all sessions, as text */
	struct buffer  complaints;
	struct told    told[TOLD_MOST];
	size_t         told_count;
	uint64_t       shown[TOLD_MOST];        /* serials */
	size_t         shown_count;
	size_t         early;           /* times that something was told before the end */
	uint64_t       frame;           /* the latest one fed */
	bool           in_order;        /* no frame comes before one that it answers */
};

static void
write_quote(struct buffer *out, const struct quote *quote)
{
	buffer_printf(out, "%u/%llu-%llu/%llu+%llu/%u \"", quote->side, (unsigned long long)quote->where.first.frame,
		(unsigned long long)quote->where.last.frame, (unsigned long long)quote->where.offset,
		(unsigned long long)quote->where.length, quote->where.order);
	buffer_add(out, quote->text);
	buffer_add_text(out, "\"");
}

static void
write_findings(struct buffer *out, const struct session *session)
{
	for (const struct finding *f = session->findings; f != NULL; f = f->next) {
		buffer_printf(out, "finding %s %s %s %d x%u ", f->rule->id, severity_word(f->severity),
			confidence_word(f->confidence), f->score, f->count);
		write_quote(out, &f->evidence);
		buffer_add(out, f->reasons);
		buffer_add_text(out, "\n");
	}
}

/* All that a session's rows are made of. */
static void
write_session(struct buffer *out, const struct session *session)
{
	buffer_printf(out, "session %s %u>%u %llu-%llu %llu frames %llu/%llu bytes %s %s.%d %c %s\n", session->protocol,
		session->client.port, session->server.port, (unsigned long long)session->first.frame,
		(unsigned long long)session->last.frame, (unsigned long long)session->frames,
		(unsigned long long)session->bytes[CLIENT], (unsigned long long)session->bytes[SERVER],
		verdict_word(session->verdict), session->closed_by, session->closed_first,
		session->tls_grade == 0 ? '-' : session->tls_grade, severity_word(session->severity));
	buffer_printf(out, "%d%d%d%d%d gaps %llu/%llu unseen %llu/%llu exposed %u order %u secrets %u messages %u/%u\n",
		session->midstream, session->one_sided, session->gap, session->truncated, session->open,
		(unsigned long long)session->gap_bytes[CLIENT], (unsigned long long)session->gap_bytes[SERVER],
		(unsigned long long)session->acked_unseen[CLIENT], (unsigned long long)session->acked_unseen[SERVER],
		session->exposed, session->order, session->secrets, session->messages, session->messages_accepted);
	for (size_t i = 0; i < session->signal_count; i++) {
		buffer_printf(out, "signal %.*s %d ", (int)session->signals[i].name.len,
			(const char *)session->signals[i].name.at, session->signals[i].points);
		write_quote(out, &session->signals[i].quote);
		buffer_add_text(out, "\n");
	}
	for (const struct note *note = session->notes; note != NULL; note = note->next) {
		buffer_printf(out, "note %s x%u ", note_word(note->kind), note->count);
		write_quote(out, &note->quote);
		buffer_add_text(out, "\n");
	}
	write_findings(out, session);
	buffer_add(out, buffer_span(&session->transcript));
	buffer_add_text(out, "\n");
}

static void
complain(struct trial *trial, const char *kind, const char *what)
{
	buffer_printf(&trial->complaints, "frame %llu: %s %s\n", (unsigned long long)trial->frame, kind, what);
}

static struct told *
find_told(struct trial *trial, uint64_t serial, const struct rule *rule)
{
	for (size_t i = 0; i < trial->told_count; i++)
		if (trial->told[i].serial == serial && trial->told[i].rule == rule)
			return &trial->told[i];
	return NULL;
}

static void
take_finding(void *user, const struct session *session, const struct finding *finding, enum telling telling)
{
	struct trial *trial = user;
	struct told *known = find_told(trial, session->serial, finding->rule);
	struct told told = {
		.serial = session->serial,
		.rule = finding->rule,
		.severity = finding->severity,
		.confidence = finding->confidence,
		.evidence = finding->evidence,
		.at = trial->frame,
		.early = session->ongoing,
	};

	if ((known == NULL) != (telling == TELLING_NEW))
		complain(trial, finding->rule->id, "was told twice, or told as known");
	if (session->ongoing && finding->rule->subject != SUBJECT_PRESENCE)
		complain(trial, finding->rule->id, "is not about presence");
	trial->early += session->ongoing;
	if (known != NULL) {
		if (known->severity == finding->severity && known->confidence == finding->confidence)
			complain(trial, finding->rule->id, "was told again and is the same");
		known->changed = true;
	} else if (trial->told_count < TOLD_MOST) {
		trial->told[trial->told_count++] = told;
	}
}

static void
take_snapshot(void *user, const struct session *session)
{
	struct trial *trial = user;

	if (!session->ongoing || session->shown || !session->open)
		complain(trial, "a snapshot", "does not say that it is one");
	for (size_t i = 0; i < trial->shown_count; i++)
		if (trial->shown[i] == session->serial)
			complain(trial, "a session", "was shown twice");
	if (trial->shown_count < TOLD_MOST)
		trial->shown[trial->shown_count++] = session->serial;
}

static bool
is_secret(const struct rule *rule)
{
	static const char *const ids[] = { "cred-before-available-tls", "cred-bearer-token-plaintext",
		"cred-weak-challenge-plaintext" };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (strcmp(rule->id, ids[i]) == 0)
			return true;
	return false;
}

static void
check_finding(struct trial *trial, const struct session *session, const struct finding *finding)
{
	const struct told *told = find_told(trial, session->serial, finding->rule);

	if (told == NULL) {
		complain(trial, finding->rule->id, "was not told");
		return;
	}
	if (told->severity > finding->severity || told->confidence > finding->confidence)
		complain(trial, finding->rule->id, "was graded lower in the end");
	if (!told->changed && (told->severity != finding->severity || told->confidence != finding->confidence))
		complain(trial, finding->rule->id, "changed, and that was not told");
	if (told->evidence.where.first.frame != finding->evidence.where.first.frame)
		complain(trial, finding->rule->id, "has other evidence in the end");
	if (trial->in_order && is_secret(finding->rule) &&
	    (!told->early || told->at != finding->evidence.where.last.frame))
		complain(trial, finding->rule->id, "was not told at once");
}

static void
take_session(void *user, struct session *session)
{
	struct trial *trial = user;
	const struct finding *finding;

	write_session(&trial->rows, session);
	for (finding = session->findings; trial->live && finding != NULL; finding = finding->next)
		check_finding(trial, session, finding);
	for (size_t i = 0; i < trial->told_count; i++) {
		if (trial->told[i].serial != session->serial)
			continue;
		finding = session->findings;
		while (finding != NULL && finding->rule != trial->told[i].rule)
			finding = finding->next;
		if (finding == NULL)
			complain(trial, trial->told[i].rule->id, "was told and is not there in the end");
	}
	session_free(&session);
}

/* As a sensor does on a quiet link. */
static void
pass_time(struct trial *trial, int64_t from_ns, int64_t to_ns)
{
	for (int64_t step = INT64_C(1000000000); from_ns < to_ns - step; step *= 2)
		engine_tick(trial->engine, from_ns += step);
}

/* Feeds all frames; live, time passes between them. */
static int64_t
feed(struct trial *trial, struct capture *capture, bool live)
{
	int64_t now_ns = INT64_MIN;
	struct frame frame;

	while (capture_next(capture, &frame) == CAPTURE_FRAME) {
		if (live && now_ns != INT64_MIN)
			pass_time(trial, now_ns, frame.at.time_ns);
		now_ns = frame.at.time_ns > now_ns ? frame.at.time_ns : now_ns;
		trial->frame = frame.at.frame;
		engine_frame(trial->engine, &frame);
	}
	return now_ns;
}

static bool
run(const char *path, bool live, struct trial *trial)
{
	struct budget budget = { .limit = 1 << 30 };
	struct engine_config config = engine_config_default();
	const struct sink sink = { .session = take_session, .snapshot = live ? take_snapshot : NULL,
		.finding = live ? take_finding : NULL, .user = trial };
	struct capture *capture;
	struct status status = capture_open(path, NULL, 0, &capture);

	if (!status_is_ok(&status))
		return false;
	config.live = live;
	config.second_opinion = false;  /* its library takes long to load */
	trial->live = live;
	trial->engine = engine_new(&config, &budget, &sink);
	if (trial->engine == NULL)
		return false;
	engine_drain(trial->engine, feed(trial, capture, live));
	engine_free(&trial->engine);
	capture_close(&capture);
	if (budget.used != 0)
		complain(trial, "memory", "is left over");
	return true;
}

/* The same capture in both ways, side by side. */
struct pair {
	struct trial file, live;
};

static bool
run_both(const char *path, struct pair *pair)
{
	if (!run(path, false, &pair->file) || !run(path, true, &pair->live)) {
		printf("%s: cannot be read\n", path);
		return false;
	}
	if (!span_equal(buffer_span(&pair->file.rows), buffer_span(&pair->live.rows)))
		complain(&pair->live, "sessions", "differ");
	if (pair->live.complaints.len > 0)
		printf("%s:\n%s", path, buffer_text(&pair->live.complaints));
	return pair->live.complaints.len == 0;
}

int
main(int argc, char **argv)
{
	bool in_order = argc > 1 && strcmp(argv[1], "--in-order") == 0;
	size_t passed = 0, failed = 0, early = 0, shown = 0;

	for (int i = in_order ? 2 : 1; i < argc; i++) {
		struct pair *pair = calloc(1, sizeof(*pair));

		if (pair == NULL)
			return 1;
		pair->live.in_order = in_order;
		*(run_both(argv[i], pair) ? &passed : &failed) += 1;
		early += pair->live.early;
		shown += pair->live.shown_count;
		buffer_free(&pair->file.rows);
		buffer_free(&pair->live.rows);
		buffer_free(&pair->live.complaints);
		free(pair);
	}
	printf("early: %zu passed, %zu failed, %zu told, %zu shown\n", passed, failed, early, shown);
	return failed > 0;
}
