/* What a session remembers of what was found odd. */
#include "model/session_private.h"

static void
keep_quote(struct session *session, struct quote *kept, const struct quote *quote)
{
	*kept = *quote;
	kept->text = arena_copy(session->arena, quote->text);
}

/* What a note says about the switch to TLS belongs to the request that was agreed to. */
static void
note_upgrade(struct session *session, enum note_kind kind, const struct quote *quote)
{
	struct upgrade *upgrade = session->upgrades;

	while (upgrade != NULL && upgrade->agreed != YES)
		upgrade = upgrade->next;
	if (upgrade == NULL)
		return;
	if (kind == NOTE_PLAINTEXT_BEFORE_TLS && !upgrade->held.seen)
		keep_quote(session, &upgrade->held, quote);
	if (kind != NOTE_PLAINTEXT_AFTER_AGREE)
		return;
	if (quote->side == CLIENT) {
		if (upgrade->client_plain_lines++ == 0)
			keep_quote(session, &upgrade->client_plain, quote);
		return;
	}
	if (upgrade->server_plain_lines++ == 0)
		keep_quote(session, &upgrade->server_plain, quote);
	if (upgrade->client_plain_lines == 0 && !upgrade->held.seen && !upgrade->server_extra.seen)
		keep_quote(session, &upgrade->server_extra, quote);
}

void
session_note(struct session *session, enum note_kind kind, enum side side,
	const struct where *where, struct span text)
{
	struct note **tail = &session->notes, *note;
	struct quote quote = { .seen = true, .side = side, .text = text, .where = *where };

	quote.where.order = ++session->order;
	for (; (note = *tail) != NULL; tail = &note->next)
		if (note->kind == kind)
			break;
	note_upgrade(session, kind, &quote);
	if (kind == NOTE_TRUNCATED || kind == NOTE_SNAPLEN || kind == NOTE_LONG_LINE)
		session->truncated = true;
	if (note == NULL && (note = session_keep(session, sizeof(*note))) != NULL) {
		note->kind = kind;
		keep_quote(session, &note->quote, &quote);
		*tail = note;
	}
	if (note != NULL)
		note->count++;
}

const struct note *
session_find_note(const struct session *session, enum note_kind kind)
{
	const struct note *note = session->notes;

	while (note != NULL && note->kind != kind)
		note = note->next;
	return note;
}
