/* Logins: which there were, whose, and how each ended.  Every secret is counted; the logins themselves are a bounded
 * list, with places of their own for those that say most. */
#include "model/session_private.h"

/* What a login is worth keeping for, where there are many. */
enum login_worth {
	WORTH_BEGUN,
	WORTH_SECRET,                   /* its secret crossed */
	WORTH_ACCEPTED,
};

/* The name of an anonymous login is nobody's. */
static void
expose_account(struct session *session, const struct auth_facts *facts)
{
	if (facts->username.len > 0 && facts->kind != AUTH_CLASS_ANONYMOUS)
		session->exposed |= EXPOSED_ACCOUNT;
}

/* The login that the event speaks of; NULL where it found no room. */
static struct auth *
login_told(const struct session *session, const struct event *event)
{
	struct auth *auth = session->auths;

	while (auth != NULL && auth->facts.serial != event->facts.auth->serial)
		auth = auth->next;
	return auth;
}

/* Whose login it is becomes known with its secret, if not before. */
static void
keep_account(struct session *session, struct auth *auth, const struct auth_facts *facts)
{
	auth->facts.username = arena_copy(session->arena, facts->username);
	auth->facts.fingerprint = arena_copy(session->arena, facts->fingerprint);
	auth->facts.maybe_anonymous = facts->maybe_anonymous;
}

static void
keep_facts(struct session *session, struct auth *auth, const struct auth_facts *facts)
{
	auth->facts = *facts;
	auth->facts.mechanism = arena_copy(session->arena, facts->mechanism);
	keep_account(session, auth, facts);
	auth->in_clear = true;
}

static void
add_login(struct session *session, struct auth *auth)
{
	if (session->last_auth != NULL)
		session->last_auth->next = auth;
	else
		session->auths = auth;
	session->last_auth = auth;
}

/* Whether a place is left for a login of this worth. */
static bool
has_room(const struct session *session, enum login_worth worth)
{
	size_t count = 0;

	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		count++;
	return count < AUTHS_MOST + worth * AUTHS_RESERVED;
}

/* There is no room for it, but it may turn out to be worth more.  Its lines are not copied: there is no end to such
 * logins. */
static void
remember_login(struct session *session, const struct event *event)
{
	session->truncated = true;
	if (session->late_auth == NULL)
		session->late_auth = session_keep(session, sizeof(*session->late_auth));
	if (session->late_auth != NULL)
		*session->late_auth = (struct auth){
			.facts.serial = event->facts.auth->serial,
			.begin = { .seen = true, .side = event->side, .code = event->code, .where = event->where },
		};
}

static struct auth *
late_login(const struct session *session, const struct event *event)
{
	struct auth *late = session->late_auth;

	return late != NULL && late->facts.serial == event->facts.auth->serial ? late : NULL;
}

/* The remembered login turned out to be worth more; the mechanism stands for its lines.  NULL where there is no room
 * for it even so. */
static struct auth *
keep_late(struct session *session, const struct event *event, enum login_worth worth)
{
	const struct auth *late = late_login(session, event);
	struct auth *auth;

	if (late == NULL || !has_room(session, worth))
		return NULL;
	auth = session_keep(session, sizeof(*auth));
	if (auth == NULL)
		return NULL;
	*auth = *late;
	keep_facts(session, auth, event->facts.auth);
	auth->facts.outcome = AUTH_OUTCOME_UNKNOWN;
	auth->begin.text = auth->facts.mechanism;
	if (auth->secret.seen)
		auth->secret.text = auth->facts.mechanism;
	add_login(session, auth);
	return auth;
}

static void
take_auth(struct session *session, const struct event *event)
{
	struct auth *auth = has_room(session, WORTH_BEGUN) ? session_keep(session, sizeof(*auth)) : NULL;

	if (auth == NULL) {
		remember_login(session, event);
		return;
	}
	keep_facts(session, auth, event->facts.auth);
	auth->begin = session_quote(session, event);
	expose_account(session, &auth->facts);
	add_login(session, auth);
}

/* Every secret counts, whether its login is kept or not. */
static void
count_secret(struct session *session, const struct auth_facts *facts)
{
	expose_account(session, facts);
	if (facts->kind == AUTH_CLASS_PASSWORD || facts->kind == AUTH_CLASS_TOKEN) {
		session->exposed |= EXPOSED_CREDENTIAL;
		session->secrets++;
	}
}

static void
take_auth_secret(struct session *session, const struct event *event)
{
	struct auth *auth = login_told(session, event), *late = late_login(session, event);
	const struct auth_facts *facts = event->facts.auth;

	if (auth != NULL && auth->secret.seen)
		return;
	count_secret(session, facts);
	if (auth != NULL)
		keep_account(session, auth, facts);
	else
		auth = keep_late(session, event, WORTH_SECRET);
	if (auth != NULL) {
		auth->secret = session_quote(session, event);
	} else if (late != NULL) {
		auth = late;
		auth->secret = (struct quote){ .seen = true, .side = event->side, .code = event->code,
			.where = event->where };
	}
	if (auth != NULL)
		auth->tls_on_offer = session_list_offer(&session->current);
}

static void
take_auth_end(struct session *session, const struct event *event)
{
	struct auth *auth = login_told(session, event);

	if (auth == NULL && event->facts.auth->outcome == AUTH_ACCEPTED)
		auth = keep_late(session, event, WORTH_ACCEPTED);
	if (auth == NULL || auth->answer.seen)
		return;
	auth->facts.outcome = event->facts.auth->outcome;
	auth->answer = session_quote(session, event);
	if (auth->facts.username.len == 0 && event->facts.auth->username.len > 0) {
		auth->facts.username = arena_copy(session->arena, event->facts.auth->username);
		expose_account(session, &auth->facts);
	}
}

void
session_take_login(struct session *session, const struct event *event)
{
	switch (event->kind) {
	case EVENT_AUTH: take_auth(session, event); break;
	case EVENT_AUTH_SECRET: take_auth_secret(session, event); break;
	case EVENT_AUTH_END: take_auth_end(session, event); break;
	default: break;
	}
}
