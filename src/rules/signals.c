/* One-session signals of interference, and the sum that decides.  A mask alone is no attack: inspecting firewalls write
 * masks by default, even beside an intact offer. */
#include "rules/signals_gather.h"

#include "base/table.h"
#include "model/verdict.h"
#include "rules/masks.h"

#include <string.h>

enum {
	POINTS_MOST = 150,
	POINTS_LIKELY = 60,
	POINTS_SUSPECTED = 30,
};

struct signal *
signals_add(struct signals *signals, const char *name, enum signal_group group, int points,
	const struct quote *quote)
{
	struct signal *signal = &signals->list[signals->count++];

	*signal = (struct signal){
		.name = span_of(name),
		.group = group,
		.points = points,
		.quote = *quote,
	};
	return signal;
}

static const struct signal *
find(const struct signal *signals, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(signals[i].name, name))
			return &signals[i];
	return NULL;
}

const struct signal *
signals_find(const struct session *session, const char *name)
{
	return find(session->signals, session->signal_count, name);
}

struct span
capability_keyword(const struct capability *capability)
{
	struct span rest = capability->quote.text, word = { 0 };

	span_take_word(&rest, &word);
	return word;
}

bool
greeting_is_masked(const struct session *session)
{
	return mask_is_stars(session->greeting.text);
}

/* Where the X's were captured on their way to the server, it quotes what it got. */
const struct quote *
blanked_echo(const struct session *session)
{
	const struct note *note = session_find_note(session, NOTE_BLANKED_ECHO);
	const struct note *command = session_find_note(session, NOTE_BLANKED_COMMAND);
	const struct quote *echo = note != NULL ? &note->quote : NULL;

	for (const struct upgrade *u = session->upgrades; u != NULL && echo == NULL; u = u->next)
		if (u->agreed == NO && span_has(u->answer.text, "XXXX"))
			echo = &u->answer;
	if (echo != NULL && command != NULL && command->quote.where.order < echo->where.order)
		return NULL;
	return echo;
}

static void
gather_network(const struct session *session, struct signals *signals)
{
	signals->count += network_signals(session, signals->list + signals->count);
}

static bool
overlaps(const struct quote *conflict, const struct quote *line)
{
	const struct where *a = &conflict->where, *b = &line->where;

	return line->seen && conflict->side == line->side && a->offset < b->offset + b->length &&
	       b->offset < a->offset + a->length;
}

/* The line that it changes, of those on which the choice of TLS hangs; NULL when it is none of them. */
static const struct quote *
deciding_line(const struct session *session, const struct quote *conflict)
{
	if (overlaps(conflict, &session->greeting))
		return &session->greeting;
	for (const struct capability *c = session->capabilities.first; c != NULL; c = c->next)
		if (overlaps(conflict, &c->quote))
			return &c->quote;
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		if (overlaps(conflict, &u->asked))
			return &u->asked;
		if (overlaps(conflict, &u->answer))
			return &u->answer;
	}
	return NULL;
}

static bool
is_on_deciding_line(const struct session *session, const struct quote *conflict)
{
	const struct quote *line = deciding_line(session, conflict);

	return line != NULL && session_shows_all(session, line->where.order);
}

/* Two versions of a line on which the choice of TLS hangs. */
static void
gather_conflict(const struct session *session, struct signals *signals)
{
	const struct conflict *conflict = session->conflicts;

	while (conflict != NULL && !is_on_deciding_line(session, &conflict->quote))
		conflict = conflict->next;
	if (conflict != NULL)
		signals_add(signals, "D-CONFLICT", SIGNAL_WIRE, 100, &conflict->quote)->decisive = true;
}

/* The combiner --------------------------------------------------------------------------------- */

/* The place up to which everything must have been captured for replies and packets to count. */
static uint32_t
last_deciding_line(const struct session *session)
{
	const struct capability *last = session->capabilities.last;
	const struct upgrade *upgrade = session_upgrade(session);
	uint32_t order = last != NULL ? last->quote.where.order : 0;

	if (upgrade != NULL && upgrade->answer.where.order > order)
		order = upgrade->answer.where.order;
	return order;
}

/* A mask, or another trace of a changed list, hides the offer for certain when the server then agrees to TLS. */
static bool
is_decided(const struct signal *signals, size_t count)
{
	static const char *const masks[] = { "S1", "S2", "S3", "S4", "S5" };
	const struct signal *ask = find(signals, count, "D-ASK");

	for (size_t i = 0; i < count; i++)
		if (signals[i].decisive)
			return true;
	for (size_t i = 0; i < TABLE_LENGTH(masks); i++)
		if (find(signals, count, masks[i]) != NULL)
			return ask != NULL && ask->points >= POINTS_LIKELY;
	return false;
}

struct interference_sum
signals_combine(const struct signal *signals, size_t count)
{
	int most[SIGNAL_GROUPS] = { 0 }, second_of_wire = 0;
	struct interference_sum sum = { INTERFERENCE_NONE, 0 };

	for (size_t i = 0; i < count; i++) {
		int *top = &most[signals[i].group], points = signals[i].points;

		if (signals[i].group == SIGNAL_WIRE) {
			int lower = points < *top ? points : *top;

			second_of_wire = lower > second_of_wire ? lower : second_of_wire;
		}
		if (points < 0)
			sum.points += points;
		else if (points > *top)
			*top = points;
	}
	for (size_t group = 0; group < SIGNAL_GROUPS; group++)
		sum.points += most[group];
	sum.points += second_of_wire;
	if (sum.points > POINTS_MOST)
		sum.points = POINTS_MOST;
	if (is_decided(signals, count))
		sum.outcome = INTERFERENCE_PROVEN;
	else if (sum.points >= POINTS_SUSPECTED)
		sum.outcome = INTERFERENCE_SUSPECTED;
	return sum;
}

enum interference
signals_before(const struct session *session, uint32_t order)
{
	struct signals earlier;

	earlier.count = 0;
	for (size_t i = 0; i < session->signal_count; i++)
		if (session->signals[i].quote.where.order < order)
			earlier.list[earlier.count++] = session->signals[i];
	return signals_combine(earlier.list, earlier.count).outcome;
}

void
signals_gather(struct session *session)
{
	bool whole = session_shows_all(session, last_deciding_line(session));
	struct interference_sum sum;
	struct signals signals;
	struct signal *kept;

	signals.count = 0;
	signals_of_list(session, &signals);
	if (whole) {
		signals_of_framing(session, &signals);
		if (greeting_is_masked(session))
			signals_add(&signals, "S6", SIGNAL_TEXT, 10, &session->greeting);
		signals_of_refusal(session, &signals);
		signals_of_double_answer(session, &signals);
	}
	gather_conflict(session, &signals);
	if (whole && !session->ongoing)
		gather_network(session, &signals);
	signals_of_ask(session, &signals);
	signals_of_blanked(session, &signals);
	signals_of_legacy(session, &signals);
	sum = signals_combine(signals.list, signals.count);
	session->interference = sum.outcome;
	session->interference_points = sum.points;
	if (signals.count == 0)
		return;
	kept = arena_alloc(session->arena, signals.count * sizeof(*kept));
	if (kept == NULL) {
		session->truncated = true;
		return;
	}
	memcpy(kept, signals.list, signals.count * sizeof(*kept));
	session->signals = kept;
	session->signal_count = signals.count;
}

enum confidence
signals_confidence(enum interference outcome, int points)
{
	if (outcome == INTERFERENCE_PROVEN)
		return CONFIDENCE_PROVEN;
	return points >= POINTS_LIKELY ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
}
