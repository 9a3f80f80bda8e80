/* Signals of interference in what the client does and what it is answered. */
#include "rules/signals_gather.h"

#include "base/table.h"
#include "model/protocol.h"
#include "rules/evidence.h"

enum {
	TYPED_BY_HAND_MS = 1000,
	IRC_UNKNOWN = 421,              /* ERR_UNKNOWNCOMMAND; a farewell in SMTP */
};

/* A list that lacked the offer, and a client that knows better. */
void
signals_of_ask(const struct session *session, struct signals *signals)
{
	const struct upgrade *upgrade = session->upgrades;
	bool echo = blanked_echo(session) != NULL;

	while (upgrade != NULL && (upgrade->offered != NO || (upgrade->asked.code & ASK_PRIVATE)))
		upgrade = upgrade->next;
	if (upgrade != NULL)
		signals_add(signals, "D-ASK", SIGNAL_CLIENT, upgrade->agreed == YES || echo ? 60 : 15,
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
void
signals_of_refusal(const struct session *session, struct signals *signals)
{
	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next) {
		if (u->offered != YES || u->agreed != NO || (u->asked.code & ASK_PRIVATE))
			continue;
		if (is_unknown_command(session, u))
			signals_add(signals, "D-CONTRA", SIGNAL_REPLY, 30, &u->answer);
		else if (is_temporary(u->answer.code))
			signals_add(signals, "D-CONTRA", SIGNAL_REPLY, 5, &u->answer);
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
		return text.len >= 3 && text.at[0] >= '2' && text.at[0] <= '5' && text.at[0] - '0' != (int)(code / 100);
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
void
signals_of_double_answer(const struct session *session, struct signals *signals)
{
	const struct note *again = session_find_note(session, NOTE_REPLY_UNEXPECTED);
	const struct upgrade *upgrade = session_upgrade(session);
	const struct capability *last = session->capabilities.last;
	const struct quote *second = again != NULL ? &again->quote : NULL;

	if (upgrade != NULL && upgrade->agreed == YES && upgrade->server_extra.seen)
		second = &upgrade->server_extra;
	if (second == NULL)
		return;
	if (client_lacks_before(session, second->where.order))
		return;                 /* it may answer what is missing */
	if (upgrade != NULL && upgrade->agreed != UNKNOWN
			? is_second_answer(session, &upgrade->answer, upgrade->answer.code, upgrade->agreed, second)
			: last != NULL && session->upgrades == NULL &&
			          is_second_answer(session, &last->quote, 250, YES, second))
		signals_add(signals, "D-DOUBLE", SIGNAL_REPLY, 60, second);
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

void
signals_of_blanked(const struct session *session, struct signals *signals)
{
	const struct note *command = session_find_note(session, NOTE_BLANKED_COMMAND);
	const struct quote *echo = blanked_echo(session);
	bool ask, name;

	if (command != NULL && !was_typed(&command->quote)) {
		ask = command->quote.text.len == protocol_offer(span_of(session->protocol)).len &&
		      session_offer(session) == YES && is_before(&command->quote, &session->application);
		name = command->quote.text.len == 4 && session->basic_name.seen &&
		       command->quote.where.order < session->basic_name.where.order;
		signals_add(signals, "D-XCMD", SIGNAL_REPLY, 50, &command->quote)->decisive = ask || name;
	}
	if (echo != NULL)
		signals_add(signals, "D-ECHO", SIGNAL_REPLY, 50, echo);
}

void
signals_of_legacy(const struct session *session, struct signals *signals)
{
	if (session->refused_name.seen && session->basic_name.seen &&
	    session->basic_name.where.order > session->refused_name.where.order)
		signals_add(signals, "D-LEGACY", SIGNAL_CLIENT, 10, &session->basic_name);
}
