/* The one word that says how well a session was protected, and the grade of its TLS.  Both are
 * tables that are read from the top: the first row that holds decides.  What the capture does not
 * show is never guessed: whatever hides behind a loss makes the verdict unknown-partial. */
#include "model/verdict.h"

#include "base/table.h"
#include "model/protocol.h"
#include "wire/ports.h"

static bool
is_lost_before(const struct session *session, enum note_kind kind, uint32_t order)
{
	const struct note *note = session_find_note(session, kind);

	return note != NULL && note->quote.where.order < order;
}

static bool
loses_before(const struct session *session, uint32_t order)
{
	return (session->gap_at.seen && session->gap_at.where.order < order) ||
	       is_lost_before(session, NOTE_SNAPLEN, order) ||
	       is_lost_before(session, NOTE_DESYNC, order) ||
	       is_lost_before(session, NOTE_TRUNCATED, order) || arena_spent(session->arena);
}

static bool
misses_start(const struct session *session)
{
	return session->midstream && !session->greeting.seen;
}

bool
session_shows_all(const struct session *session, uint32_t order)
{
	return !session->one_sided && !misses_start(session) && !loses_before(session, order);
}

static const struct upgrade *
agreed_upgrade(const struct session *session)
{
	const struct upgrade *upgrade = session_upgrade(session);

	return upgrade != NULL && upgrade->agreed == YES ? upgrade : NULL;
}

static bool
is_farewell(const struct session *session, const struct quote *line)
{
	return session->quit.seen && session->quit.where.offset == line->where.offset;
}

bool
session_ignored_agreement(const struct session *session)
{
	const struct upgrade *upgrade = agreed_upgrade(session);

	if (upgrade == NULL || session->tls->established == YES || !upgrade->client_plain.seen)
		return false;
	return session_went_on_after(session, upgrade->answer.where.order) ||
	       (upgrade->server_plain_lines > 0 && !is_farewell(session, &upgrade->client_plain));
}

bool
session_went_on_after(const struct session *session, uint32_t order)
{
	const struct quote *const crossed[] = { &session->mail, &session->recipient, &session->content,
		&session->content_accepted };

	if (session->application_latest > order)
		return true;
	for (size_t i = 0; i < TABLE_LENGTH(crossed); i++)
		if (crossed[i]->seen && crossed[i]->where.order > order)
			return true;
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth->begin.where.order > order || auth->secret.where.order > order)
			return true;
	return false;
}

static bool
client_was_mute(const struct session *session)
{
	return session->bytes[CLIENT] == 0 && !session->first_command.seen &&
	       session->tls->client_hello == NULL;
}

bool
session_is_silent(const struct session *session)
{
	bool only_farewell = !session->first_command.seen ||
	                     (session->commands == 1 && session->quit.seen);

	return !session->client_name.seen && !session->application.seen &&
	       session->upgrades == NULL && !session->tls->started.seen && only_farewell &&
	       session_find_note(session, NOTE_TLS_ON_PLAIN_PORT) == NULL;
}

bool
session_port_is_implicit(const struct session *session)
{
	return port_is_implicit(session->server.port);
}

/* The server's first bytes are no record, but a reply with a code.  Other text may come from somebody on the way, and
 * what stands behind a record of the server's is no answer to a hello that it does not know. */
static bool
began_with_reply(const struct session *session)
{
	const struct quote *garbage = &session->tls->garbage;

	return garbage->seen && garbage->side == SERVER && garbage->code != 0 && garbage->where.offset == 0;
}

/* A ClientHello came where the server talks text, which it may have begun before or after. */
static bool
is_tls_to_text(const struct session *session)
{
	bool hello = session->tls->client_hello != NULL ||
	             session_find_note(session, NOTE_TLS_ON_PLAIN_PORT) != NULL;
	bool text = session->greeting.seen || session->answers > 0 || began_with_reply(session);

	return hello && text && session->tls->server_hello == NULL && session->upgrades == NULL &&
	       !session->first_command.seen;
}

/* The server waits for TLS: it answers with an alert, or not at all. */
static bool
is_text_to_tls(const struct session *session)
{
	bool server_speaks_tls = session->tls->started.seen && session->tls->started.side == SERVER &&
	                         session->tls->client_hello == NULL;

	if (session->greeting.seen || session->answers > 0 || session->upgrades != NULL)
		return false;
	if (client_was_mute(session))
		return server_speaks_tls;
	return session->first_command.seen && session->tls->client_hello == NULL &&
	       (server_speaks_tls || session_port_is_implicit(session));
}

bool
session_is_mode_mismatch(const struct session *session)
{
	return is_tls_to_text(session) || is_text_to_tls(session);
}

/* Rows ----------------------------------------------------------------------------------------- */

/* A connection that ends instead of an answer was refused as well. */
static bool
is_aborted_refused(const struct session *session)
{
	const struct upgrade *upgrade = session_upgrade(session);

	return upgrade != NULL && upgrade->agreed != YES &&
	       !session_went_on_after(session, upgrade->asked.where.order);
}

/* Many clients say who they are before they are told that TLS comes first; a name alone lets nobody in. */
static bool
is_blocked(const struct session *session)
{
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth->secret.seen)
			return false;
	return (session->tls_required.seen || session->login_needs_tls.seen) && !session->tls->started.seen &&
	       (session->exposed & ~(uint32_t)(EXPOSED_IDENTITY | EXPOSED_SOFTWARE | EXPOSED_ACCOUNT)) == 0;
}

/* What went before TLS decides as well.  Where both the request and its answer were seen and the
 * client's own bytes are whole, nothing of his can have crossed in what the server's side lacks. */
static bool
tls_is_partial(const struct session *session)
{
	uint32_t started = session->tls->started.where.order;
	bool whole_client = agreed_upgrade(session) != NULL && session->gap_bytes[CLIENT] == 0 &&
	                    !is_lost_before(session, NOTE_SNAPLEN, started) &&
	                    !arena_spent(session->arena);

	if (loses_before(session, started) && !whole_client)
		return true;
	if (session->tls->implicit && session->gap_at.seen && session->gap_at.where.offset == 0)
		return true;            /* what began a stream came first, whenever it was missed */
	if (session->midstream && session->upgrades == NULL)
		return true;
	if (session->tls->established == YES)
		return false;
	return session->open || loses_before(session, UINT32_MAX);
}

/* The client said nothing more, as far as it was captured: what is missing of it may be just that. */
static bool
silence_is_partial(const struct session *session)
{
	return session->gap_bytes[CLIENT] > 0 && (is_blocked(session) || is_aborted_refused(session));
}

/* What was sent ahead of the answer to it was seen, the answer was not: it may have come behind the capture's end. */
static bool
is_undecided(const struct session *session)
{
	return session->last_upgrade != NULL && !session->last_upgrade->answer.seen;
}

static bool
clear_is_partial(const struct session *session)
{
	uint32_t decided =
		session->application.seen ? session->application.where.order : UINT32_MAX;

	if (loses_before(session, decided) || silence_is_partial(session))
		return true;
	if (!session->open || session_ignored_agreement(session))
		return false;
	return !session->application.seen || agreed_upgrade(session) != NULL || is_undecided(session);
}

static bool
is_partial(const struct session *session)
{
	if (session->one_sided || misses_start(session))
		return true;
	if (is_tls_to_text(session))
		return loses_before(session, session->tls->started.where.order);
	if (session->tls->started.seen && !session_ignored_agreement(session))
		return tls_is_partial(session);
	return clear_is_partial(session);
}

static bool
is_no_protocol(const struct session *session)
{
	return session->protocol == NULL || !protocol_is_known(span_of(session->protocol));
}

static bool
is_implicit(const struct session *session)
{
	return session->tls->started.seen && session->tls->implicit &&
	       session->tls->established == YES;
}

static bool
is_implicit_failed(const struct session *session)
{
	return session->tls->started.seen && session->tls->implicit;
}

static bool
is_upgraded(const struct session *session)
{
	return session->tls->started.seen && !session->tls->implicit &&
	       session->tls->established == YES;
}

/* A line came between the consent and the ClientHello, or was held back until then. */
static bool
was_hasty(const struct session *session, const struct upgrade *upgrade)
{
	uint32_t hello = session->tls->client_hello_at.where.order;

	return upgrade->held.seen || (upgrade->client_plain.seen && upgrade->client_plain.where.order < hello);
}

/* A secret or a message crossed first, or text was taken in clear where TLS was due. */
static bool
is_upgraded_late(const struct session *session)
{
	const struct upgrade *upgrade = agreed_upgrade(session);

	if (!is_upgraded(session))
		return false;
	if (session->exposed & (EXPOSED_CREDENTIAL | EXPOSED_CONTENT))
		return true;
	return upgrade != NULL && upgrade->server_plain_lines > 0 && was_hasty(session, upgrade);
}

static bool
is_upgraded_in_time(const struct session *session)
{
	return is_upgraded(session) && !is_upgraded_late(session);
}

static bool
is_handshake_failed(const struct session *session)
{
	return (session->tls->started.seen || agreed_upgrade(session) != NULL) &&
	       !session_ignored_agreement(session);
}

/* What was sent behind the request crossed in clear, whether it waited for the answer or not.  An offer that is taken
 * and never answered is as good as refused. */
static bool
is_plain_refused(const struct session *session)
{
	const struct upgrade *upgrade = session_upgrade(session);

	if (upgrade == NULL || upgrade->agreed == YES)
		return false;
	if (upgrade->agreed == UNKNOWN && session_offer(session) != YES)
		return false;
	return session_went_on_after(session, upgrade->asked.where.order);
}

static bool
is_plain_declined(const struct session *session)
{
	return session->application.seen && session_offer(session) == YES &&
	       session->upgrades == NULL;
}

static bool
is_plain_no_offer(const struct session *session)
{
	return session->application.seen && session_offer(session) == NO;
}

static bool
is_plain_not_asked(const struct session *session)
{
	return session->application.seen && session_offer(session) == UNKNOWN &&
	       session->capabilities.count == 0 && session->upgrades == NULL;
}

static bool
is_aborted_declined(const struct session *session)
{
	return !session->application.seen && session_offer(session) == YES;
}

static bool
is_aborted_no_offer(const struct session *session)
{
	return !session->application.seen && session_offer(session) != YES;
}

/* The first row that holds gives the verdict.  Two rows ask not the session, but what the signs of interference add
 * up to. */
static const struct row {
	bool (*holds)(const struct session *session);
	enum verdict verdict;
} rows[] = {
	{ is_partial,                VERDICT_UNKNOWN_PARTIAL },
	{ session_is_silent,         VERDICT_NO_DIALOGUE },
	{ is_no_protocol,            VERDICT_NOT_APPLICABLE },
	{ session_is_mode_mismatch,  VERDICT_MODE_MISMATCH },
	{ is_implicit,               VERDICT_PROTECTED_IMPLICIT },
	{ is_implicit_failed,        VERDICT_HANDSHAKE_FAILED },
	{ is_upgraded_in_time,       VERDICT_PROTECTED_STARTTLS },
	{ is_upgraded_late,          VERDICT_PROTECTED_LATE },
	{ is_handshake_failed,       VERDICT_HANDSHAKE_FAILED },
	{ session_ignored_agreement, VERDICT_DOWNGRADED_PROVEN },
	{ NULL,                      VERDICT_DOWNGRADED_PROVEN },
	{ NULL,                      VERDICT_DOWNGRADED_SUSPECTED },
	{ is_plain_refused,          VERDICT_PLAINTEXT_REFUSED },
	{ is_aborted_refused,        VERDICT_ABORTED_REFUSED },
	{ is_blocked,                VERDICT_BLOCKED_TLS_REQUIRED },
	{ is_plain_declined,         VERDICT_PLAINTEXT_DECLINED },
	{ is_plain_no_offer,         VERDICT_PLAINTEXT_NO_OFFER },
	{ is_plain_not_asked,        VERDICT_PLAINTEXT_NOT_ASKED },
	{ is_aborted_declined,       VERDICT_ABORTED_DECLINED },
	{ is_aborted_no_offer,       VERDICT_ABORTED_NO_OFFER },
};

static bool
row_holds(const struct row *row, const struct session *session, enum interference interference)
{
	if (row->holds != NULL)
		return row->holds(session);
	if (row->verdict == VERDICT_DOWNGRADED_PROVEN)
		return interference == INTERFERENCE_PROVEN;
	return interference == INTERFERENCE_SUSPECTED;
}

enum verdict
session_verdict_if(const struct session *session, enum interference interference)
{
	for (size_t i = 0; i < TABLE_LENGTH(rows); i++)
		if (row_holds(&rows[i], session, interference))
			return rows[i].verdict;
	return VERDICT_UNKNOWN_PARTIAL;
}

enum verdict
session_verdict(const struct session *session)
{
	return session_verdict_if(session, session->interference);
}
