/* Signals of interference in the capability list: masks, copies, and damage to its framing. */
#include "rules/signals_gather.h"

#include "base/table.h"
#include "model/protocol.h"
#include "model/verdict.h"
#include "rules/evidence.h"
#include "rules/masks.h"

static void
add_damage(struct signals *signals, const char *name, int points, const struct quote *quote,
	const char *words)
{
	signals_add(signals, name, SIGNAL_TEXT, points, quote)->words = span_of(words);
}

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
	struct signal *signal;

	switch (mask_of(line->quote.text, offer)) {
	case MASK_AS_LONG:
		if (list->offers_tls)
			break;
		signal = signals_add(signals, "S1", SIGNAL_TEXT, stands_in_slot(before, line) ? 55 : 45, &line->quote);
		signal->decisive = only_starttls_is_missing(list);
		break;
	case MASK_KEYWORD:
		signals_add(signals, "S2", SIGNAL_TEXT, 10, &line->quote);
		break;
	case MASK_MISSPELT:
		if (!list->offers_tls)
			signals_add(signals, "S3", SIGNAL_TEXT, 55, &line->quote);
		break;
	case MASK_BLANK:
		if (!list->offers_tls)
			signals_add(signals, "S4", SIGNAL_TEXT, 55, &line->quote);
		break;
	case MASK_NONE:
		if (!list->offers_tls && is_copied_over_offer(line, offer))
			add_damage(signals, "S5", 45, &line->quote,
				"a line as long as the offer stands in the list twice");
		break;
	}
}

/* At most one signal a line. */
void
signals_of_list(const struct session *session, struct signals *signals)
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
gather_ends(const struct session *session, struct signals *signals)
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

void
signals_of_framing(const struct session *session, struct signals *signals)
{
	gather_ends(session, signals);
	gather_hole(session, signals);
}
