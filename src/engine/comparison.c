/* Compares two vantages: lets the rules match and compare, and turns what they say into findings of both sessions. */
#include "engine/comparison.h"

#include "base/buffer.h"
#include "base/table.h"
#include "engine/hindsight.h"
#include "rules/score.h"
#include "store/vantages.h"

#include <inttypes.h>

enum {
	QUOTES_MOST = 3,                /* differences that the reasons of a finding name */
	QUOTE_MOST = 60,
	DECISIVE_POINTS = 100,
};

struct comparing {
	struct comparison              comparison;
	struct vantages               *vantages;
	const struct policy           *policy;
	const struct comparison_taker *taker;
};

/* One pair, and what is to be said of it. */
struct said {
	const struct comparison    *comparison;
	const struct compare_pair  *pair;
	const struct compare_lines *lines;
};

static const struct vantage_session *
session_at(const struct said *said, int vantage)
{
	return &said->comparison->sessions[vantage][said->pair->of[vantage]];
}

/* Words ---------------------------------------------------------------------------------------- */

static void
add_quoted(struct buffer *out, struct span text)
{
	bool cut = text.len > QUOTE_MOST;

	text = span_first(text, QUOTE_MOST);
	while (cut && text.len > 0 && (text.at[text.len - 1] & 0x80) != 0)
		text.len--;
	buffer_add_text(out, "\"");
	buffer_add(out, text);
	buffer_add_text(out, cut ? "...\"" : "\"");
}

static void
add_elsewhere(struct buffer *out, const struct said *said, int vantage, const struct vantage_line *line)
{
	buffer_printf(out, " at %s in frame %" PRIu64, said->comparison->vantages[vantage], line->at.frame);
}

/* What this vantage shows, and what the other one does. */
static void
add_difference(struct buffer *out, const struct said *said, int here, const struct compare_difference *difference)
{
	const struct vantage_line *line = difference->lines[here], *other = difference->lines[!here];

	if (difference->change == CHANGE_ORDER) {
		add_quoted(out, line->text);
		buffer_add_text(out, " stands in another place");
		add_elsewhere(out, said, !here, other);
	} else if (line != NULL && other != NULL) {
		add_quoted(out, line->text);
		buffer_add_text(out, " is ");
		add_quoted(out, other->text);
		add_elsewhere(out, said, !here, other);
	} else if (line != NULL) {
		add_quoted(out, line->text);
		buffer_printf(out, " is missing at %s", said->comparison->vantages[!here]);
	} else {
		add_quoted(out, other->text);
		add_elsewhere(out, said, !here, other);
		buffer_add_text(out, " is missing here");
	}
}

static void
add_match(struct buffer *out, const struct said *said)
{
	static const char *const words[COMPARE_KEYS] = {
		[KEY_CLIENT_RANDOM] = "the random of the ClientHello",
		[KEY_CONNECTION] = "the connection's addresses, ports and sequence numbers",
		[KEY_SEQUENCES] = "both initial sequence numbers",
		[KEY_QUEUE_ID] = "the server's name for the message",
		[KEY_TIMESTAMP] = "the timestamp of the greeting",
	};

	buffer_printf(out, "; session %" PRId64 " and session %" PRId64 " are the same by ",
		session_at(said, 0)->id, session_at(said, 1)->id);
	if (said->pair->key == KEY_WEAK)
		buffer_printf(out, "%u things that agree", said->pair->weak);
	else
		buffer_add_text(out, words[said->pair->key]);
	if (said->lines->nearer >= 0)
		buffer_printf(out, "; %s is nearer the server", said->comparison->vantages[said->lines->nearer]);
}

/* Findings ------------------------------------------------------------------------------------- */

/* Differences of at least one weight and at most another. */
struct range {
	enum compare_weight least, most;
};

static bool
is_in(const struct compare_difference *difference, const struct range *range)
{
	return difference->weight >= range->least && difference->weight <= range->most;
}

static uint32_t
count_in(const struct compare_lines *lines, const struct range *range)
{
	uint32_t count = 0;

	for (size_t i = 0; i < lines->count; i++)
		count += is_in(&lines->list[i], range);
	return count;
}

/* The weightiest first. */
static void
add_differences(struct buffer *out, const struct said *said, int here, const struct range *range)
{
	uint32_t told = 0, count = count_in(said->lines, range);

	for (int weight = (int)range->most; weight >= (int)range->least; weight--)
		for (size_t i = 0; i < said->lines->count && told < QUOTES_MOST; i++)
			if (said->lines->list[i].weight == (enum compare_weight)weight) {
				buffer_add_text(out, told++ > 0 ? "; " : "");
				add_difference(out, said, here, &said->lines->list[i]);
			}
	if (count > told)
		buffer_printf(out, "; and %" PRIu32 " more", count - told);
}

/* The line at this vantage; where it is missing, the one before the hole. */
static const struct vantage_line *
line_at(const struct said *said, int here, const struct range *range)
{
	const struct compare_difference *best = NULL;

	for (size_t i = 0; i < said->lines->count; i++) {
		const struct compare_difference *one = &said->lines->list[i];

		if (is_in(one, range) && (best == NULL || one->weight > best->weight))
			best = one;
	}
	if (best == NULL)
		return NULL;
	return best->lines[here] != NULL ? best->lines[here] : best->before[here];
}

static struct status
add_finding(struct comparing *comparing, const struct said *said, int here, struct vantage_finding *finding,
	struct buffer *reasons)
{
	const struct vantage_session *session = session_at(said, here);
	const struct circumstances circumstances =
		circumstances_of(comparing->policy, &session->client, &session->server);

	finding->session = session;
	finding->other = session_at(said, !here)->id;
	finding->confidence = CONFIDENCE_PROVEN;
	finding->score = score_of(finding->severity, finding->confidence, &circumstances);
	finding->reasons = buffer_span(reasons);
	return vantages_add(comparing->vantages, finding);
}

/* What was rewritten in one of both sessions; its weight tells what to call it. */
static struct status
tell_rewriting(struct comparing *comparing, const struct said *said, int here)
{
	static const struct range lists = { WEIGHT_LIST, WEIGHT_DECISIVE },
		offers = { WEIGHT_DECISIVE, WEIGHT_DECISIVE },
		all = { WEIGHT_LINE, WEIGHT_DECISIVE };
	const struct signal signal = {
		.name = span_of("D-2V"),
		.group = SIGNAL_VANTAGE,
		.points = DECISIVE_POINTS,
		.decisive = true,
	};
	struct buffer reasons = { 0 };
	struct status status;

	add_differences(&reasons, said, here, &all);
	add_match(&reasons, said);
	status = add_finding(comparing, said, here, &(struct vantage_finding){
		.kind = "downgrade-two-vantage-diff",
		.severity = count_in(said->lines, &offers) > 0 ? SEVERITY_CRITICAL : SEVERITY_HIGH,
		.count = count_in(said->lines, &all),
		.line = line_at(said, here, &all),
		.signal = count_in(said->lines, &lists) > 0 ? &signal : NULL,
	}, &reasons);
	buffer_free(&reasons);
	return status;
}

static struct status
tell_allowed(struct comparing *comparing, const struct said *said, int here)
{
	static const struct range allowed = { WEIGHT_ALLOWED, WEIGHT_ALLOWED };
	struct buffer reasons = { 0 };
	struct status status;

	add_differences(&reasons, said, here, &allowed);
	add_match(&reasons, said);
	status = add_finding(comparing, said, here, &(struct vantage_finding){
		.kind = "middlebox-rewrites",
		.severity = SEVERITY_INFO,
		.count = count_in(said->lines, &allowed),
		.line = line_at(said, here, &allowed),
	}, &reasons);
	buffer_free(&reasons);
	return status;
}

/* Both know the number, and not the same one. */
static bool
other_sequence(const struct said *said, enum side side)
{
	uint32_t one = session_at(said, 0)->initial_sequence[side], other = session_at(said, 1)->initial_sequence[side];

	return one != 0 && other != 0 && one != other;
}

/* What differs of the connections that carry the same dialogue. */
static void
add_connection(struct buffer *out, const struct said *said)
{
	const struct vantage_session *one = session_at(said, 0), *other = session_at(said, 1);
	const struct {
		bool        differs;
		const char *words;
	} parts[] = {
		{ !endpoint_equal(&one->client, &other->client), "the client's address or port" },
		{ !endpoint_equal(&one->server, &other->server), "the server's address or port" },
		{ other_sequence(said, CLIENT) || other_sequence(said, SERVER), "the initial sequence numbers" },
		{ one->client_random.len > 0 && other->client_random.len > 0 &&
		  !span_equal(one->client_random, other->client_random),
			"the ClientHello, so that TLS ends between the two and begins anew" },
	};

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		if (parts[i].differs) {
			buffer_add_text(out, out->len > 0 ? ", " : "what differs: ");
			buffer_add_text(out, parts[i].words);
		}
}

static struct status
tell_connection(struct comparing *comparing, const struct said *said, int here)
{
	struct buffer reasons = { 0 };
	struct status status = status_ok();

	add_connection(&reasons, said);
	if (reasons.len > 0) {
		add_match(&reasons, said);
		status = add_finding(comparing, said, here, &(struct vantage_finding){
			.kind = "diag-nat-or-proxy",
			.severity = SEVERITY_INFO,
			.count = 1,
		}, &reasons);
	}
	buffer_free(&reasons);
	return status;
}

static struct status
tell_session(struct comparing *comparing, const struct said *said, int here)
{
	static const struct range allowed = { WEIGHT_ALLOWED, WEIGHT_ALLOWED },
		others = { WEIGHT_LINE, WEIGHT_DECISIVE };
	struct status status = status_ok();

	if (count_in(said->lines, &others) > 0)
		status = tell_rewriting(comparing, said, here);
	if (status_is_ok(&status) && count_in(said->lines, &allowed) > 0)
		status = tell_allowed(comparing, said, here);
	if (status_is_ok(&status) && said->lines->count == 0 &&
	    (said->lines->compared > 0 || said->pair->key != KEY_WEAK))
		status = tell_connection(comparing, said, here);
	return status;
}

/* The work ------------------------------------------------------------------------------------- */

static struct status
no_memory(void)
{
	return status_of(STATUS_NO_MEMORY, "out of memory to compare the vantages; --max-memory is too low");
}

static struct status
compare_pair(struct comparing *comparing, struct arena *arena, const struct compare_pair *pair)
{
	struct compare_lines lines;
	struct said said = { &comparing->comparison, pair, &lines };
	struct compare_said both[2] = { 0 };
	struct status status = status_ok();

	for (int v = 0; v < 2 && status_is_ok(&status); v++) {
		const struct vantage_session *session = session_at(&said, v), *other = session_at(&said, !v);
		struct vantage_line *list = NULL;

		status = vantages_lines(comparing->vantages, session, arena, &list, &both[v].count);
		both[v].lines = list;
		both[v].headless = session->headless;
		both[v].cut = session->cut;
		both[v].same_handshake = session->client_random.len > 0 &&
		                         span_equal(session->client_random, other->client_random);
	}
	if (!status_is_ok(&status))
		return status;
	if (!compare_lines(arena, both, &lines))
		return no_memory();
	comparing->taker->pair(comparing->taker->user, &comparing->comparison, pair, &lines);
	for (int v = 0; v < 2 && status_is_ok(&status); v++)
		status = tell_session(comparing, &said, v);
	return status;
}

static struct status
compare_pairs(struct comparing *comparing, struct budget *budget)
{
	const struct compare_match *match = &comparing->comparison.match;
	struct status status = status_ok();

	for (size_t i = 0; i < match->count && status_is_ok(&status); i++) {
		struct arena *arena = arena_new(budget);

		status = arena != NULL ? compare_pair(comparing, arena, &match->pairs[i]) : no_memory();
		arena_free(&arena);
	}
	return status;
}

static struct status
match_sessions(struct comparing *comparing, struct arena *arena)
{
	struct comparison *comparison = &comparing->comparison;
	struct status status = status_ok();

	for (int v = 0; v < 2 && status_is_ok(&status); v++) {
		struct vantage_session *sessions = NULL;

		status = vantages_sessions(comparing->vantages, comparison->vantages[v], arena, &sessions,
			&comparison->counts[v]);
		comparison->sessions[v] = sessions;
	}
	if (status_is_ok(&status) &&
	    !compare_match(arena, comparison->sessions, comparison->counts, &comparison->match))
		return no_memory();
	return status;
}

static struct status
compare(struct comparing *comparing, struct store *store, struct budget *budget)
{
	struct arena *arena = arena_new(budget);
	struct status status = arena != NULL ? vantages_open(store, &comparing->vantages) : no_memory(), closed;

	if (status_is_ok(&status)) {
		const struct comparison *comparison = &comparing->comparison;

		status = match_sessions(comparing, arena);
		if (status_is_ok(&status))
			status = vantages_forget(comparing->vantages, comparison->vantages[0], comparison->vantages[1]);
		if (status_is_ok(&status)) {
			comparing->taker->matched(comparing->taker->user, comparison);
			status = compare_pairs(comparing, budget);
		}
		closed = vantages_close(&comparing->vantages);
		if (status_is_ok(&status))
			status = closed;
	}
	arena_free(&arena);
	return status;
}

struct status
comparison_run(struct store *store, struct budget *budget, const struct policy *policy,
	const char *const vantages[2], const struct comparison_taker *taker)
{
	struct comparing comparing = {
		.comparison = { .vantages = { vantages[0], vantages[1] } },
		.policy = policy,
		.taker = taker,
	};
	struct status status = compare(&comparing, store, budget);

	return status_is_ok(&status) ? hindsight_all(store, budget, policy, NULL) : status;
}
