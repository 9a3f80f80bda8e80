/* What each line of a dialogue is for: which name the client gives, what asks for TLS, and which line of the server
 * answers it.  Knows one vantage, and nothing of what the other one shows. */
#include "rules/compare_private.h"

#include "base/table.h"
#include "rules/masks.h"

enum {
	ASK_WORDS = 4,                  /* "#2 extendedReq 1.3.6.1.4.1.1466.20037 StartTLS" */
};

bool
compare_is_naming(struct span text)
{
	static const char *const verbs[] = { "EHLO", "HELO", "LHLO" };
	struct span verb = { 0 };

	span_take_word(&text, &verb);
	return span_is_any(verb, verbs, TABLE_LENGTH(verbs));
}

bool
compare_is_blanked(struct span text)
{
	struct span verb = { 0 };

	span_take_word(&text, &verb);
	for (size_t i = 0; i < verb.len; i++)
		if ((verb.at[i] & ~0x20) != 'X')
			return false;
	return verb.len >= 4;
}

/* The word that asks for TLS, or offers it, and what is behind it: of FTP, AUTH with the name of a protocol (RFC 4217,
 * section 4), of XMPP an element. */
static bool
means_tls(struct span word, struct span behind)
{
	static const char *const layers[] = { "TLS", "SSL", "TLS-C", "TLS-P" };
	struct span layer = { 0 };

	if (word.len > 2 && word.at[0] == '<')
		word = span_first(span_after(word, 1), word.len - 1 - (word.at[word.len - 1] == '>'));
	if (!span_is(word, "AUTH"))
		return keyword_is_offer(word) || span_is(word, "X-ANONYMOUSTLS");
	span_take_word(&behind, &layer);
	return span_is_any(layer, layers, TABLE_LENGTH(layers));
}

bool
compare_is_asking(struct span text)
{
	struct span word = { 0 };

	for (size_t i = 0; i < ASK_WORDS && span_take_word(&text, &word); i++)
		if (means_tls(word, text))
			return true;
	return false;
}

bool
compare_is_offer(struct span text)
{
	struct span keyword = { 0 };

	return span_take_word(&text, &keyword) && means_tls(keyword, text);
}

/* "250-" has more lines behind it. */
static bool
is_last_line(struct span text)
{
	return text.len < 4 || text.at[3] != '-';
}

/* Which answer belongs to which command, by order: replies queue (RFC 2920). */
struct reading {
	size_t    unanswered;           /* commands */
	size_t    before;               /* of those the ones before the command that is waited for */
	enum part waiting;              /* PART_NAME_ANSWER, PART_ASK_ANSWER or none */
	bool      client_spoke;
};

static enum part
part_of_client(struct reading *reading, const struct vantage_line *line)
{
	enum part part = line->kind == EVENT_CONTENT ? PART_CONTENT
	               : compare_is_naming(line->text)       ? PART_NAME
	               : compare_is_asking(line->text)       ? PART_ASK
	                                             : PART_OTHER;

	reading->client_spoke = true;
	if (part == PART_NAME || part == PART_ASK) {
		reading->waiting = part == PART_NAME ? PART_NAME_ANSWER : PART_ASK_ANSWER;
		reading->before = reading->unanswered;
	}
	reading->unanswered++;
	return part;
}

/* Of the answer to EHLO the first line is an answer, the others are the list. */
static enum part
part_of_server(struct reading *reading, const struct vantage_line *line)
{
	enum part part = PART_OTHER;

	if (line->kind == EVENT_CAPABILITY)
		return PART_LIST;
	if (!reading->client_spoke)
		return PART_GREETING;
	if (reading->waiting != PART_OTHER && reading->before == 0)
		part = reading->waiting;
	if (part != PART_NAME_ANSWER && !is_last_line(line->text))
		return part;
	if (part != PART_OTHER)
		reading->waiting = PART_OTHER;
	if (reading->before > 0)
		reading->before--;
	if (reading->unanswered > 0)
		reading->unanswered--;
	return part;
}

static bool
is_spoken(const struct vantage_line *line)
{
	return line->kind == EVENT_COMMAND || line->kind == EVENT_ANSWER || line->kind == EVENT_CAPABILITY ||
	       line->kind == EVENT_CONTENT || line->kind == EVENT_TEXT;
}

static bool
is_handshake(const struct vantage_line *line)
{
	return line->kind >= EVENT_TLS_CLIENT_HELLO && line->kind <= EVENT_TLS_CERTIFICATES;
}

/* Where what both vantages can show ends: at TLS, or at bytes that were not captured. */
static bool
ends_view(const struct compare_said *said, const struct vantage_line *line)
{
	if (said->same_handshake && (is_handshake(line) || line->kind == EVENT_UPGRADE))
		return false;
	return line->kind >= EVENT_TLS_CLIENT_HELLO && line->kind <= EVENT_GAP;
}

static enum part
part_of(struct reading *reading, const struct vantage_line *line)
{
	if (is_handshake(line))
		return PART_HANDSHAKE;
	return line->side == CLIENT ? part_of_client(reading, line) : part_of_server(reading, line);
}

bool
compare_view(struct arena *arena, const struct compare_said *said, struct view *view_r)
{
	struct reading reading = { .waiting = PART_OTHER };

	view_r->cut = said->cut;
	for (int side = CLIENT; side <= SERVER; side++) {
		view_r->lines[side] = arena_alloc(arena, (said->count + 1) * sizeof(struct spoken));
		if (view_r->lines[side] == NULL)
			return false;
	}
	for (size_t i = 0; i < said->count; i++) {
		const struct vantage_line *line = &said->lines[i];

		view_r->cut |= is_handshake(line);        /* the rest cannot be read */
		if (ends_view(said, line)) {
			view_r->cut = true;
			break;
		}
		if (!is_spoken(line) && !is_handshake(line))
			continue;
		view_r->lines[line->side][view_r->counts[line->side]++] =
			(struct spoken){ .line = line, .part = part_of(&reading, line) };
	}
	return true;
}
