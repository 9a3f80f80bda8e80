/* What is remembered of a session: each event fills the field of its name.  The first of a kind counts
 * where the header says so; lists are bounded.  Reply codes are read by their first digit, which all the
 * text protocols share: 2 and 3 are consent, 4 and 5 refusal (RFC 5321, section 4.2.1). */
#include "model/session_private.h"

struct session *
session_new(struct budget *budget)
{
	struct arena *arena = arena_new(budget);
	struct session *session = arena != NULL ? arena_alloc(arena, sizeof(*session)) : NULL;

	if (session == NULL) {
		arena_free(&arena);
		return NULL;
	}
	session->arena = arena;
	session->budget = budget;
	session->protocol = "tls";
	session->tls = &tls_unseen;
	session->closed_by = "end of capture";
	return session;
}

void
session_free(struct session **session)
{
	struct arena *arena;

	if (*session == NULL)
		return;
	arena = (*session)->arena;
	budget_give((*session)->budget, (*session)->charged);
	buffer_free(&(*session)->transcript);
	arena_free(&arena);             /* the session lives in its own arena */
	*session = NULL;
}

/* Allocates in the session's arena; after a refusal the session is truncated. */
void *
session_keep(struct session *session, size_t size)
{
	void *at = arena_alloc(session->arena, size);

	if (at == NULL)
		session->truncated = true;
	return at;
}

struct quote
session_quote(struct session *session, const struct event *event)
{
	return (struct quote){
		.seen = true,
		.side = event->side,
		.code = event->code,
		.text = arena_copy(session->arena, event->text),
		.where = event->where,
	};
}

void
session_keep_first(struct session *session, struct quote *quote, const struct event *event)
{
	if (!quote->seen)
		*quote = session_quote(session, event);
}

static bool
is_consent(uint32_t code)
{
	return code >= 200 && code < 400;
}

/* The dialogue in clear --------------------------------------------------------------------------- */

/* A client may name itself without end: the same name again needs no memory, and of others only so many are kept. */
static bool
tell_name(struct session *session, const struct event *event)
{
	struct quote *told = &session->told_name;
	struct span known = told->text;

	if (told->seen && span_equal(known, event->text)) {
		*told = (struct quote){ .seen = true, .side = event->side, .code = event->code,
			.text = known, .where = event->where };
		return true;
	}
	if (session->names >= NAMES_MOST) {
		session->truncated = true;
		return false;
	}
	session->names++;
	*told = session_quote(session, event);
	return true;
}

static void
take_client_name(struct session *session, const struct event *event)
{
	session->exposed |= EXPOSED_IDENTITY;
	if (!tell_name(session, event))
		return;
	if (!session->client_name.seen)
		session->client_name = session->told_name;
	if (event->code == DIALECT_BASIC)
		session_keep_first(session, &session->basic_name, event);
}

static void
take_name_answer(struct session *session, const struct event *event)
{
	const struct quote *told = &session->told_name;

	if (!told->seen)
		return;
	if (!is_consent(event->code)) {
		if (told->code == DIALECT_EXTENDED && !session->refused_name.seen)
			session->refused_name = *told;
		return;
	}
	if (!session->name_accepted)
		session->client_name = *told;
	session->name_accepted = true;
}

static void
take_capability(struct session *session, const struct event *event)
{
	struct capability_list *list = &session->current;
	struct capability *capability;

	session->exposed |= EXPOSED_SOFTWARE;
	if (list->count >= CAPABILITIES_MOST || session->lists > LISTS_MOST) {
		session->truncated = true;
		return;
	}
	capability = session_keep(session, sizeof(*capability));
	if (capability == NULL)
		return;
	capability->quote = session_quote(session, event);
	capability->quote.code = 0;
	if (list->last != NULL)
		list->last->next = capability;
	else
		list->first = capability;
	list->last = capability;
	list->count++;
}

/* The first list stays until a complete one comes. */
static void
take_capabilities_begin(struct session *session)
{
	if (session->capabilities.count == 0 && !session->capabilities.complete)
		session->capabilities = session->current;
	session->current = (struct capability_list){ 0 };
	session->lists++;
}

static void
take_capabilities_end(struct session *session)
{
	session->current.complete = !session->current.lossy;
	if (!session->capabilities.complete)
		session->capabilities = session->current;
}

/* The capability that the event speaks of; NULL where it found no room. */
static struct capability *
capability_told(const struct capability_list *list, const struct event *event)
{
	return list->last != NULL && list->last->quote.where.offset == event->where.offset ? list->last : NULL;
}

static void
take_tls_offered(struct session *session, const struct event *event)
{
	struct capability *capability = capability_told(&session->current, event);

	session->current.offers_tls = true;
	if (capability != NULL)
		capability->quote.code = 1;
}

/* Both, with a blank between them; the first alone where the second says nothing new, or there is no room. */
static struct span
joined(struct session *session, struct span first, struct span second)
{
	struct buffer both = { 0 };
	struct span joint = first;

	if (first.len + second.len < MECHANISMS_MOST && !span_equal(first, second)) {
		buffer_add(&both, first);
		buffer_add_text(&both, " ");
		buffer_add(&both, second);
		joint = arena_copy(session->arena, buffer_span(&both));
	}
	buffer_free(&both);
	return joint.len > 0 ? joint : first;
}

static void
take_auth_offered(struct session *session, const struct event *event)
{
	struct capability_list *list = &session->current;
	struct capability *capability = capability_told(list, event);
	struct span more = { 0 };

	if (session->lists > LISTS_MOST)
		return;
	more = arena_copy(session->arena, event->text);
	if (capability != NULL)
		capability->auth = more;
	list->auth = list->auth_line.seen ? joined(session, list->auth, more) : more;
	if (list->auth_line.seen)
		return;
	list->auth_line = session_quote(session, event);
	if (capability != NULL)
		list->auth_line.text = capability->quote.text;
}

static bool
login_accepted(const struct session *session)
{
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth->facts.outcome == AUTH_ACCEPTED && auth->facts.kind != AUTH_CLASS_ANONYMOUS)
			return true;
	return false;
}

/* A client may ask without end: then the words are kept no more, only that and where they were said. */
static struct quote
quote_ask(struct session *session, const struct event *event)
{
	struct event wordless = *event;

	if (session->asks > ASKS_QUOTED)
		wordless.text = (struct span){ 0 };
	return session_quote(session, &wordless);
}

static struct upgrade *
append_upgrade(struct session *session)
{
	struct upgrade *upgrade = session_keep(session, sizeof(*upgrade));

	if (upgrade == NULL)
		return NULL;
	if (session->last_upgrade != NULL)
		session->last_upgrade->next = upgrade;
	else
		session->upgrades = upgrade;
	session->last_upgrade = upgrade;
	return upgrade;
}

/* An earlier one, on the same side of the agreement, was asked and answered likewise. */
static bool
is_repetition(const struct session *session, const struct upgrade *last)
{
	const struct upgrade *agreed = session_upgrade(session);
	bool before = false;

	for (const struct upgrade *u = session->upgrades; u != last; u = u->next)
		before = !(u == agreed && u->agreed == YES) &&
		         (before || (u->asked.code == last->asked.code && u->offered == last->offered &&
					    u->agreed == last->agreed && u->after_login == last->after_login &&
					    u->inside_transaction == last->inside_transaction));
	return before;
}

static size_t
count_upgrades(const struct session *session)
{
	size_t count = 0;

	for (const struct upgrade *u = session->upgrades; u != NULL; u = u->next)
		count++;
	return count;
}

/* Room for one more request: behind the first ones the latest takes the place of a repetition before it, and so neither
 * of the agreement nor of the first of a kind, of which a rule may have told; at the end of all room, of any. */
static struct upgrade *
next_upgrade(struct session *session)
{
	struct upgrade *last = session->last_upgrade;
	size_t count = count_upgrades(session);

	if (count <= UPGRADES_MOST || (count < UPGRADES_HELD && !is_repetition(session, last)))
		return append_upgrade(session);
	session->truncated = true;
	*last = (struct upgrade){ 0 };
	return last;
}

static void
take_tls_asked(struct session *session, const struct event *event)
{
	struct upgrade *upgrade;

	session->asks++;
	upgrade = next_upgrade(session);
	if (upgrade == NULL)
		return;
	upgrade->asked = quote_ask(session, event);
	upgrade->offered = session_list_offer(&session->current);
	upgrade->after_login = login_accepted(session);
}

/* What a client says behind a request waits for the answer.  So one that was heard to ask again has had an answer to
 * the request before, which the capture lacks, and what comes now is none to that. */
static struct upgrade *
unanswered_upgrade(const struct session *session)
{
	struct upgrade *last = session->last_upgrade;

	return last == NULL || last->answer.seen ? NULL : last;
}

static void
take_tls_answer(struct session *session, const struct event *event, enum known agreed)
{
	struct upgrade *upgrade = unanswered_upgrade(session);

	if (upgrade == NULL)
		return;
	upgrade->answer = quote_ask(session, event);
	upgrade->agreed = agreed;
}

/* Mail -------------------------------------------------------------------------------------------- */

static void
take_content_answer(struct session *session, const struct event *event)
{
	if (!is_consent(event->code))
		return;
	if (session->messages_accepted++ == 0 && event->facts.mail != NULL)
		session->traits.queue_id = arena_copy(session->arena, event->facts.mail->queue_id);
	session_keep_first(session, &session->content_accepted, event);
}

static void
take_content_end(struct session *session, const struct event *event)
{
	if (event->code & CONTENT_UNANSWERED)
		session->messages_unanswered++;
	else
		session->messages_fetched += event->side == SERVER;
	if (session->messages++ == 0 && event->facts.mail != NULL)
		session->traits.content_octets = event->facts.mail->octets;
}

static void
take_recipient_domain(struct session *session, struct span name)
{
	struct mail_traits *traits = &session->traits;
	struct mail_domain *domain = traits->recipient_domains;

	while (domain != NULL && !span_equal(domain->name, name))
		domain = domain->next;
	if (domain != NULL || name.len == 0 || traits->domain_count == DOMAINS_MOST)
		return;
	domain = session_keep(session, sizeof(*domain));
	if (domain == NULL)
		return;
	domain->name = arena_copy(session->arena, name);
	traits->domain_count++;
	if (traits->last_domain != NULL)
		traits->last_domain->next = domain;
	else
		traits->recipient_domains = domain;
	traits->last_domain = domain;
}

/* Marks are added up, so that it does not matter in which order recipients are named; the sender's counts thrice, lest
 * a mail to oneself look like its own bounce. */
static void
take_mail_traits(struct session *session, const struct event *event)
{
	const struct mail_facts *facts = event->facts.mail;
	struct mail_traits *traits = &session->traits;
	bool sender = event->kind == EVENT_MAIL;

	if (facts == NULL)
		return;
	if (session->mails == 1 && facts->mark != 0)
		traits->envelope_mark += sender ? 3 * facts->mark : facts->mark;
	if (session->mails == 1 && sender)
		traits->sender_domain = arena_copy(session->arena, facts->domain);
	if (!sender)
		take_recipient_domain(session, facts->domain);
}

static void
take_mail(struct session *session, const struct event *event)
{
	struct quote *quote = &session->mail;

	if (event->kind == EVENT_RECIPIENT) {
		quote = &session->recipient;
		session->recipients++;
	} else {
		session->mails++;
	}
	session_keep_first(session, quote, event);
	take_mail_traits(session, event);
	session->exposed |= EXPOSED_ENVELOPE;
}

/* What the wire did ------------------------------------------------------------------------------- */

static void
take_gap(struct session *session, const struct event *event)
{
	session->gap = true;
	session->gap_bytes[event->side] += event->where.length;
	session->current.lossy |= event->side == SERVER;
	session_keep_first(session, &session->gap_at, event);
}

/* The connection is over: a list that never ended is all there is, and a handshake that was seen whole and did not
 * complete has failed. */
static void
take_close(struct session *session)
{
	bool whole = session_is_clean(session, session->order) && !session->truncated && !session->open;

	if (!session->capabilities.complete && session->capabilities.count == 0)
		session->capabilities = session->current;
	if (session->tls->started.seen && session->tls->established == UNKNOWN &&
	    (whole || session_has_fatal_alert(session)))
		session_tls(session)->established = NO;
}

/* The first of them may be in a line of no weight: a few more are kept. */
static void
take_conflict(struct session *session, const struct event *event)
{
	struct conflict **tail = &session->conflicts;

	if (session->conflict_count++ >= CONFLICTS_MOST)
		return;
	while (*tail != NULL)
		tail = &(*tail)->next;
	*tail = session_keep(session, sizeof(**tail));
	if (*tail != NULL)
		(*tail)->quote = session_quote(session, event);
}

static void
take_application(struct session *session, const struct event *event)
{
	session_keep_first(session, &session->application, event);
	session->application_latest = event->where.order;
	if (event->code == APPLICATION_TRANSFER)
		session->exposed |= EXPOSED_OTHER;
}

static void
take_upgrade(struct session *session, const struct event *event)
{
	struct tls_state *tls = session_tls(session);

	if (tls != NULL)
		session_keep_first(session, &tls->started, event);
}

static void
take_clear(struct session *session, const struct event *event)
{
	switch (event->kind) {
	case EVENT_GREETING:
		session_keep_first(session, &session->greeting, event);
		session->exposed |= EXPOSED_SOFTWARE;
		if (session->tls->implicit)
			session_tls(session)->implicit = false;
		break;
	case EVENT_SERVICE_REFUSED: session_keep_first(session, &session->service_refused, event); break;
	case EVENT_PREAUTHENTICATED: session_keep_first(session, &session->preauthenticated, event); break;
	case EVENT_LOGIN_NEEDS_TLS: session_keep_first(session, &session->login_needs_tls, event); break;
	case EVENT_COMMAND:
		session->commands++;
		session_keep_first(session, &session->first_command, event);
		break;
	case EVENT_ANSWER: session->answers++; break;
	case EVENT_CLIENT_NAME: take_client_name(session, event); break;
	case EVENT_HOST_ASKED:
		session_keep_first(session, &session->asked_host, event);
		session->exposed |= EXPOSED_IDENTITY;
		break;
	case EVENT_CLIENT_NAME_ANSWER: take_name_answer(session, event); break;
	case EVENT_CAPABILITIES_BEGIN: take_capabilities_begin(session); break;
	case EVENT_CAPABILITY: take_capability(session, event); break;
	case EVENT_CAPABILITIES_END: take_capabilities_end(session); break;
	case EVENT_TLS_OFFERED: take_tls_offered(session, event); break;
	case EVENT_AUTH_OFFERED: take_auth_offered(session, event); break;
	case EVENT_TLS_ASKED: take_tls_asked(session, event); break;
	case EVENT_TLS_IN_TRANSACTION:
		if (unanswered_upgrade(session) != NULL)
			unanswered_upgrade(session)->inside_transaction = true;
		break;
	case EVENT_UPGRADE: take_upgrade(session, event); break;
	case EVENT_TLS_AGREED: take_tls_answer(session, event, YES); break;
	case EVENT_TLS_REFUSED: take_tls_answer(session, event, NO); break;
	case EVENT_TLS_REQUIRED: session_keep_first(session, &session->tls_required, event); break;
	case EVENT_TLS_OR_AUTH_REQUIRED:
		session_keep_first(session, &session->tls_or_auth_required, event);
		break;
	case EVENT_AUTH_REQUIRED: session_keep_first(session, &session->auth_required, event); break;
	case EVENT_TLS_POLICY_REFUSED:
		session_keep_first(session, &session->tls_policy_refused, event);
		break;
	case EVENT_TEMPORARY_REFUSED: session_keep_first(session, &session->temporary_refused, event); break;
	case EVENT_AUTH:
	case EVENT_AUTH_SECRET:
	case EVENT_AUTH_END: session_take_login(session, event); break;
	case EVENT_MAIL:
	case EVENT_RECIPIENT: take_mail(session, event); break;
	case EVENT_ENVELOPE_REFUSED: session->recipients_refused++; break;
	case EVENT_CONTENT_BEGIN:
		session_keep_first(session, &session->content, event);
		session->exposed |= EXPOSED_CONTENT;
		break;
	case EVENT_CONTENT_END: take_content_end(session, event); break;
	case EVENT_CONTENT_ANSWER: take_content_answer(session, event); break;
	case EVENT_APPLICATION: take_application(session, event); break;
	case EVENT_ENTRY:
		session_keep_first(session, &session->entry, event);
		session->entries++;
		session->exposed |= EXPOSED_OTHER;
		break;
	case EVENT_QUIT: session_keep_first(session, &session->quit, event); break;
	case EVENT_GAP: take_gap(session, event); break;
	case EVENT_CONFLICT: take_conflict(session, event); break;
	case EVENT_CLOSE: take_close(session); break;
	default: break;
	}
}

void
session_event(struct session *session, const struct event *told)
{
	struct event event = *told;

	event.where.order = ++session->order;
	if (event.kind != EVENT_CLOSE)
		session->spoke_ns[event.side] = event.where.last.time_ns;
	if (event_is_logged(event.kind))
		session_log(session, &event);
	if (event.kind >= EVENT_TLS_CLIENT_HELLO && event.kind <= EVENT_TLS_GARBAGE)
		session_take_tls(session, &event);
	else
		take_clear(session, &event);
}
