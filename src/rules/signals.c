/* One-session signals of interference, and the sum that decides.  A mask alone is no attack: inspecting firewalls write
 * masks by default, even beside an intact offer. */
#include "rules/signals.h"

#include "base/table.h"
#include "model/protocol.h"
#include "model/verdict.h"
#include "rules/evidence.h"
#include "rules/masks.h"
#include "rules/network.h"

#include <string.h>

enum {
	POINTS_MOST = 150,
	POINTS_LIKELY = 60,
	POINTS_SUSPECTED = 30,
	LIST_SIGNALS_MOST = 32,         /* of the lines of a list, one each */
	OTHER_SIGNALS = 12,             /* as many as have a name and come once; S7 comes for three reasons */
	SIGNALS_MOST = LIST_SIGNALS_MOST + OTHER_SIGNALS + NETWORK_SIGNALS_MOST,
	TYPED_BY_HAND_MS = 1000,
	IRC_UNKNOWN = 421,              /* ERR_UNKNOWNCOMMAND; a farewell in SMTP */
};

/* Gathered so far.  There is room for all that are gathered below. */
struct signals {
	struct signal list[SIGNALS_MOST];
	size_t        count;
};

static struct signal *
add(struct signals *signals, const char *name, enum signal_group group, int points,
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

static void
add_damage(struct signals *signals, const char *name, int points, const struct quote *quote,
	const char *words)
{
	add(signals, name, SIGNAL_TEXT, points, quote)->words = span_of(words);
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

/* The capability list -------------------------------------------------------------------------- */

static bool
list_has(const struct capability_list *list, const char *keyword)
{
	for (const struct capability *c = list->first; c != NULL; c = c->next)
		if (span_is(capability_keyword(c), keyword))
			return true;
	return false;
}

/* Whether the line is this keyword, or a mask of its length. */
static bool
could_be(const struct capability *capability, const char *keyword)
{
	struct span word;
	enum mask mask;

	if (capability == NULL)
		return false;
	word = capability_keyword(capability);
	mask = mask_of(capability->quote.text, protocol_offer((struct span){ 0 }));
	return span_is(word, keyword) || ((mask == MASK_KEYWORD || mask == MASK_AS_LONG) &&
	                                         word.len == span_of(keyword).len);
}

/* Where well-known servers put STARTTLS: between these two lines. */
static bool
stands_in_slot(const struct capability *before, const struct capability *masked)
{
	static const struct {
		const char *before, *after;
	} slots[] = {
		{ "ETRN", "AUTH" },                       /* Postfix */
		{ "ETRN", "ENHANCEDSTATUSCODES" },        /* Postfix without logins */
		{ "VRFY", "AUTH" },
		{ "ENHANCEDSTATUSCODES", "AUTH" },        /* Exchange */
		{ "ENHANCEDSTATUSCODES", "X-ANONYMOUSTLS" },
		{ "CHUNKING", "HELP" },                   /* Exim */
		{ "CHUNKING", "PRDR" },
		{ "PIPELINING", "HELP" },
		{ "AUTH", "DELIVERBY" },                  /* Sendmail */
		{ "DSN", "DELIVERBY" },
		{ "ETRN", "DELIVERBY" },
	};

	for (size_t i = 0; i < TABLE_LENGTH(slots); i++)
		if (could_be(before, slots[i].before) && could_be(masked->next, slots[i].after))
			return true;
	return false;
}

/* Every other registered keyword of that length is there unmasked: only STARTTLS is left to
 * hide. */
static bool
only_starttls_is_missing(const struct capability_list *list)
{
	return list_has(list, "8BITMIME") && list_has(list, "CHUNKING") &&
	       list_has(list, "SMTPUTF8");
}

/* A neighbour copied over the offer leaves the list as long as it was.  Without an earlier list to
 * compare with, only a line of the offer's own length can have come about like that. */
static bool
is_copied_over_offer(const struct capability *capability, struct span offer)
{
	if (capability->quote.text.len != offer.len)
		return false;
	for (const struct capability *later = capability->next; later != NULL; later = later->next)
		if (span_equal(later->quote.text, capability->quote.text))
			return true;
	return false;
}

/* Masks count only where the offer is missing: beside an intact one they hide something else. */
static void
gather_line(const struct capability_list *list, const struct capability *before,
	const struct capability *line, struct span offer, struct signals *signals)
{
	switch (mask_of(line->quote.text, offer)) {
	case MASK_AS_LONG:
		if (list->offers_tls)
			break;
		add(signals, "S1", SIGNAL_TEXT, stands_in_slot(before, line) ? 55 : 45, &line->quote)->decisive =
			only_starttls_is_missing(list);
		break;
	case MASK_KEYWORD:
		add(signals, "S2", SIGNAL_TEXT, 10, &line->quote);
		break;
	case MASK_MISSPELT:
		if (!list->offers_tls)
			add(signals, "S3", SIGNAL_TEXT, 55, &line->quote);
		break;
	case MASK_BLANK:
		if (!list->offers_tls)
			add(signals, "S4", SIGNAL_TEXT, 55, &line->quote);
		break;
	case MASK_NONE:
		if (!list->offers_tls && is_copied_over_offer(line, offer))
			add_damage(signals, "S5", 45, &line->quote,
				"a line as long as the offer stands in the list twice");
		break;
	}
}

/* At most one signal a line. */
static void
gather_list(const struct session *session, struct signals *signals)
{
	const struct capability_list *list = &session->capabilities;
	const struct capability *before = NULL;

	/* what is lost behind the list changes nothing in it */
	if (!list->complete || !session_shows_all(session, list->last != NULL ? list->last->quote.where.order : 0))
		return;
	for (const struct capability *c = list->first; c != NULL; before = c, c = c->next)
		if (signals->count < LIST_SIGNALS_MOST)
			gather_line(list, before, c, protocol_offer(span_of(session->protocol)), signals);
}

/* Behind a loss nobody knows which reply a line belongs to. */
static bool
is_certain(const struct session *session, const struct note *note)
{
	return note != NULL && session_shows_all(session, note->quote.where.order);
}

static bool
is_inside_list(const struct session *session, const struct note *note)
{
	const struct capability_list *list = &session->capabilities;
	uint32_t order = note->quote.where.order;

	return note->quote.side == SERVER && list->first != NULL && session->client_name.seen &&
	       order > session->client_name.where.order && !asked_before(session, order) &&
	       (!session->application.seen || order < session->application.where.order) &&
	       (!session->quit.seen || order < session->quit.where.order);
}

/* What is said of a line's framing has no words of its own; the line in the list has. */
static const struct quote *
damaged_line(const struct session *session, const struct note *note)
{
	const struct capability *c = session->capabilities.first;

	if (note->quote.text.len > 0 || c == NULL)
		return &note->quote;
	while (c->next != NULL && c->quote.where.offset != note->quote.where.offset)
		c = c->next;
	return &c->quote;
}

/* The list's framing is damaged: no last line, a last line twice, or one line that ends
 * otherwise. */
static void
gather_framing(const struct session *session, struct signals *signals)
{
	const struct note *unfinished = session_find_note(session, NOTE_REPLY_UNFINISHED);
	const struct note *again = session_find_note(session, NOTE_REPLY_UNEXPECTED);
	const struct note *bare = session_find_note(session, NOTE_BARE_LF);
	struct span rest, word = { 0 };

	if (session->capabilities.offers_tls)
		return;
	if (is_certain(session, unfinished) && !session->capabilities.complete)
		add_damage(signals, "S7", 40, damaged_line(session, unfinished),
			"the list does not end as a reply ends");
	if (is_certain(session, again) && is_inside_list(session, again)) {
		rest = again->quote.text;
		span_take_word(&rest, &word);
		if (keyword_is_known(word))
			add_damage(signals, "S7", 40, &again->quote,
				"a line of the list stands behind its end");
	}
	if (is_certain(session, bare) && bare->count == 1 && is_inside_list(session, bare))
		add_damage(signals, "S7", 40, damaged_line(session, bare),
			"one line of the list ends otherwise than the others");
}

/* RFC 9051, section 9: one blank between the words.  Two stand where one was taken out. */
static void
gather_hole(const struct session *session, struct signals *signals)
{
	const struct note *hole = session_find_note(session, NOTE_LIST_HOLE);

	if (hole != NULL && session_offer(session) == NO)
		add_damage(signals, "S8", 45, &hole->quote, "a hole in the list where a word may have stood");
}

/* The client and the replies ------------------------------------------------------------------- */

/* A list that lacked the offer, and a client that knows better. */
static void
gather_ask(const struct session *session, struct signals *signals)
{
	const struct upgrade *upgrade = session->upgrades;
	bool echo = blanked_echo(session) != NULL;

	while (upgrade != NULL && (upgrade->offered != NO || (upgrade->asked.code & ASK_PRIVATE)))
		upgrade = upgrade->next;
	if (upgrade != NULL)
		add(signals, "D-ASK", SIGNAL_CLIENT, upgrade->agreed == YES || echo ? 60 : 15,
			&upgrade->asked);
}

/* The answer does not know the command: by code (500, 502; protocolError by RFC 4511, section 4.14.2), by the word BAD,
 * which out of place means "not at this point" (RFC 9051, section 7.1.3), or by its text, where codes do not tell. */
static bool
is_unknown_command(const struct session *session, const struct upgrade *upgrade)
{
	static const char *const says[] = { "unknown", "unrecogni", "not recogni", "not implemented", "not understood",
		"unsupported", "not supported", "invalid command" };
	struct span text = upgrade->answer.text, rest = text, word;
	uint32_t code = upgrade->answer.code;

	if (code == 500 || code == 502 || code == 2)
		return true;
	if (upgrade->after_login || session->preauthenticated.seen || (code != 0 && code != IRC_UNKNOWN))
		return false;
	if (span_take_word(&rest, &word) && span_is(word, "BAD"))
		return true;
	for (size_t i = 0; i < TABLE_LENGTH(says); i++)
		if (span_has(text, says[i]))
			return true;
	return false;
}

static bool
is_temporary(uint32_t code)
{
	static const uint32_t codes[] = { 454, 431, 580, 52 };

	for (size_t i = 0; i < TABLE_LENGTH(codes); i++)
		if (code == codes[i])
			return true;
	return false;
}

/* Refused as if it had never been offered, or for the time being. */
static void
gather_refusal(const struct session *session, struct signals *signals)
{
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		if (u->offered != YES || u->agreed != NO || (u->asked.code & ASK_PRIVATE))
			continue;
		if (is_unknown_command(session, u))
			add(signals, "D-CONTRA", SIGNAL_REPLY, 30, &u->answer);
		else if (is_temporary(u->answer.code))
			add(signals, "D-CONTRA", SIGNAL_REPLY, 5, &u->answer);
		return;
	}
}

/* Whether an answer without a code grants what was asked: by its word, before which IMAP has a tag. */
static enum known
grants(struct span text)
{
	static const struct {
		const char *word;
		enum known  grants;
	} words[] = { { "+OK", YES }, { "OK", YES }, { "<proceed>", YES }, { "-ERR", NO }, { "NO", NO }, { "BAD", NO },
		{ "<failure>", NO } };
	struct span word = { 0 };

	for (size_t n = 0; n < 2 && span_take_word(&text, &word); n++)
		for (size_t i = 0; i < TABLE_LENGTH(words); i++)
			if (span_is(word, words[i].word))
				return words[i].grants;
	return UNKNOWN;
}

/* Of another class than this answer, or of the other word. */
static bool
contradicts(struct span text, uint32_t code, enum known granted)
{
	if (code >= 100)
		return text.len >= 3 && text.at[0] >= '2' && text.at[0] <= '5' && text.at[0] != (uint8_t)('0' + code / 100);
	return grants(text) != UNKNOWN && grants(text) != granted;
}

/* A timeout may come at any moment and says 421; what stands in the list or answers a later line is another story. */
static bool
is_second_answer(const struct session *session, const struct quote *first, uint32_t code, enum known granted,
	const struct quote *second)
{
	const struct quote *const later[] = { &session->application, &session->quit, &session->tls->started };
	uint32_t order = second->where.order;

	if (!first->seen || !second->seen || order < first->where.order || !contradicts(second->text, code, granted) ||
	    span_starts(second->text, "421"))
		return false;
	for (size_t i = 0; i < TABLE_LENGTH(later); i++)
		if (later[i]->seen && later[i]->where.order > first->where.order && later[i]->where.order < order)
			return false;
	return true;
}

/* One request, an answer that grants it and one that refuses it: the second lost a race. */
static void
gather_double(const struct session *session, struct signals *signals)
{
	const struct note *again = session_find_note(session, NOTE_REPLY_UNEXPECTED);
	const struct upgrade *upgrade = session_upgrade(session);
	const struct capability *last = session->capabilities.last;
	const struct quote *second = again != NULL ? &again->quote : NULL;

	if (upgrade != NULL && upgrade->agreed == YES && upgrade->server_extra.seen)
		second = &upgrade->server_extra;
	if (second == NULL)
		return;
	if (upgrade != NULL && upgrade->agreed != UNKNOWN
			? is_second_answer(session, &upgrade->answer, upgrade->answer.code, upgrade->agreed, second)
			: last != NULL && session->upgrades == NULL &&
			          is_second_answer(session, &last->quote, 250, YES, second))
		add(signals, "D-DOUBLE", SIGNAL_REPLY, 60, second);
}

static void
gather_network(const struct session *session, struct signals *signals)
{
	signals->count += network_signals(session, signals->list + signals->count);
}

/* A person at a keyboard may well type XXXX; a program sends its line at once. */
static bool
was_typed(const struct quote *quote)
{
	return milliseconds_between(&quote->where.first, &quote->where.last) >= TYPED_BY_HAND_MS;
}

static bool
is_before(const struct quote *line, const struct quote *other)
{
	return !other->seen || line->where.order < other->where.order;
}

static void
gather_blanked(const struct session *session, struct signals *signals)
{
	const struct note *command = session_find_note(session, NOTE_BLANKED_COMMAND);
	const struct quote *echo = blanked_echo(session);
	bool ask, name;

	if (command != NULL && !was_typed(&command->quote)) {
		ask = command->quote.text.len == protocol_offer(span_of(session->protocol)).len &&
		      session_offer(session) == YES && is_before(&command->quote, &session->application);
		name = command->quote.text.len == 4 && session->basic_name.seen &&
		       command->quote.where.order < session->basic_name.where.order;
		add(signals, "D-XCMD", SIGNAL_REPLY, 50, &command->quote)->decisive = ask || name;
	}
	if (echo != NULL)
		add(signals, "D-ECHO", SIGNAL_REPLY, 50, echo);
}

static void
gather_legacy(const struct session *session, struct signals *signals)
{
	if (session->refused_name.seen && session->basic_name.seen &&
	    session->basic_name.where.order > session->refused_name.where.order)
		add(signals, "D-LEGACY", SIGNAL_CLIENT, 10, &session->basic_name);
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
		add(signals, "D-CONFLICT", SIGNAL_WIRE, 100, &conflict->quote)->decisive = true;
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
	gather_list(session, &signals);
	if (whole) {
		gather_framing(session, &signals);
		gather_hole(session, &signals);
		if (greeting_is_masked(session))
			add(&signals, "S6", SIGNAL_TEXT, 10, &session->greeting);
		gather_refusal(session, &signals);
		gather_double(session, &signals);
	}
	gather_conflict(session, &signals);
	if (whole && !session->ongoing)
		gather_network(session, &signals);
	gather_ask(session, &signals);
	gather_blanked(session, &signals);
	gather_legacy(session, &signals);
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
