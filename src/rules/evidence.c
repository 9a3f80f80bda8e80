/* What the rules share.  Sentences are built from the session's own text, which is redacted and
 * printable already. */
#include "rules/evidence.h"

#include "base/clock.h"

#include <stdarg.h>
#include <stdio.h>

enum {
	REASON_MOST = 1024,
	WORDS_MOST = 100,
	LOSS_BEARABLE = 1000,           /* one frame of so many */
};

bool
finding_at(struct finding *finding, const struct quote *quote)
{
	finding->evidence = *quote;
	return true;
}

bool
finding_because(const struct session *session, struct finding *finding, const char *format, ...)
{
	char text[REASON_MOST];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	finding->reasons = arena_copy(session->arena, span_of(text));
	return true;
}

bool
finding_by_role(const struct session *session, struct finding *finding, enum severity access,
	enum severity relay)
{
	finding->severity = session_is_access(session) ? access : relay;
	return true;
}

bool
finding_lower_for_relay(const struct session *session, struct finding *finding,
	enum severity access)
{
	return finding_by_role(session, finding, access,
		access == SEVERITY_INFO ? SEVERITY_INFO : (enum severity)(access - 1));
}

bool
finding_note(const struct session *session, struct finding *finding, enum note_kind kind)
{
	const struct note *note = session_find_note(session, kind);

	if (note == NULL)
		return false;
	finding->count = note->count;
	return finding_at(finding, &note->quote);
}

int
words_length(struct span s)
{
	size_t len = s.len < WORDS_MOST ? s.len : WORDS_MOST;

	while (len < s.len && len > 0 && (s.at[len] & 0xC0) == 0x80)
		len--;                  /* not inside a character of several bytes */
	return (int)len;
}

const char *
words_start(struct span s)
{
	return s.at != NULL ? (const char *)s.at : "";
}

bool
auth_crossed(const struct auth *auth)
{
	return auth->in_clear && auth->secret.seen &&
	       (auth->facts.kind == AUTH_CLASS_PASSWORD || auth->facts.kind == AUTH_CLASS_TOKEN);
}

const struct auth *
first_crossed(const struct session *session)
{
	const struct auth *auth = session->auths;

	while (auth != NULL && !auth_crossed(auth))
		auth = auth->next;
	return auth;
}

bool
asked_before(const struct session *session, uint32_t order)
{
	const struct note *blanked = session_find_note(session, NOTE_BLANKED_COMMAND);

	return (session->upgrades != NULL && session->upgrades->asked.where.order < order) ||
	       (blanked != NULL && blanked->quote.where.order < order);
}

const struct certificate *
session_leaf(const struct session *session)
{
	const struct certificate_chain *chain = &session->tls->chain;

	if (chain->count == 0 || chain->certificates[0].unreadable)
		return NULL;
	return &chain->certificates[0];
}

bool
client_lacks_before(const struct session *session, uint32_t order)
{
	return session->gap_bytes[CLIENT] > 0 && !session_shows_all(session, order);
}

bool
loss_matters(const struct session *session)
{
	return session->lost > session->lost_of / LOSS_BEARABLE;
}

int64_t
milliseconds_between(const struct moment *from, const struct moment *to)
{
	return (int64_t)((uint64_t)to->time_ns - (uint64_t)from->time_ns) / NS_PER_MS;
}
