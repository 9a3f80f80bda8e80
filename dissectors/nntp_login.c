/* Logins of NNTP: AUTHINFO USER, PASS and SASL (RFC 4643), SIMPLE and GENERIC (RFC 2980, section 3.1). */
#include "answer.h"
#include "nntp_state.h"

#include "base/table.h"

enum {
	GO_ON_SIMPLE = 350,
	PASSWORD_REQUIRED = 381,
	CHALLENGE = 383,
	GOING_AWAY = 400,
	TLS_REQUIRED = 483,
};

static enum step user_asked(struct dialogue *d, struct span args);
static enum step pass_asked(struct dialogue *d, struct span args);
static enum step sasl_asked(struct dialogue *d, struct span args);
static enum step simple_asked(struct dialogue *d, struct span args);
static enum step generic_asked(struct dialogue *d, struct span args);

static const struct way {
	const char *word;
	enum step (*asked)(struct dialogue *d, struct span args);
} ways[] = {
	{ "USER", user_asked },
	{ "PASS", pass_asked },
	{ "SASL", sasl_asked },
	{ "SIMPLE", simple_asked },
	{ "GENERIC", generic_asked },
};

static const struct way *
take_way(struct span *args)
{
	struct span rest = *args, word;

	span_take_word(&rest, &word);
	for (size_t i = 0; i < TABLE_LENGTH(ways); i++)
		if (span_is(word, ways[i].word)) {
			*args = rest;
			return &ways[i];
		}
	return NULL;
}

void
nntp_login_quote(struct buffer *out, struct span args)
{
	const struct way *way = take_way(&args);

	buffer_add_text(out, "AUTHINFO");
	if (way != NULL) {
		buffer_add_text(out, " ");
		if (way->asked == sasl_asked) {
			sasl_quote(out, way->word, args);
			return;
		}
		buffer_add_text(out, way->word);
	}
	buffer_add_text(out, args.len > 0 ? " <redacted>" : "");
}

static enum step
user_asked(struct dialogue *d, struct span args)
{
	struct nntp *s = dialogue_state(d);

	sasl_give_up(&s->sasl, d);
	sasl_login(&s->sasl, d, "AUTHINFO USER", AUTH_CLASS_PASSWORD, span_trim(args),
		span_of("AUTHINFO USER <redacted>"));
	return STEP_HOLD;
}

static enum step
pass_asked(struct dialogue *d, struct span args)
{
	struct nntp *s = dialogue_state(d);
	struct span line = span_of("AUTHINFO PASS <redacted>");

	if (!sasl_is_open(&s->sasl))
		sasl_login(&s->sasl, d, "AUTHINFO USER", AUTH_CLASS_PASSWORD, (struct span){ 0 }, line);
	sasl_login_secret(&s->sasl, d, args, line);
	return STEP_HOLD;
}

static enum step
sasl_asked(struct dialogue *d, struct span args)
{
	struct nntp *s = dialogue_state(d);

	sasl_give_up(&s->sasl, d);
	sasl_ask(&s->sasl, d, "AUTHINFO SASL", args);
	return STEP_HOLD;
}

static enum step
simple_asked(struct dialogue *d, struct span args)
{
	struct nntp *s = dialogue_state(d);

	(void)args;
	sasl_give_up(&s->sasl, d);
	sasl_login(&s->sasl, d, "AUTHINFO SIMPLE", AUTH_CLASS_PASSWORD, (struct span){ 0 }, span_of("AUTHINFO SIMPLE"));
	return STEP_HOLD;
}

/* What crosses depends on a program of the site's own. */
static enum step
generic_asked(struct dialogue *d, struct span args)
{
	struct nntp *s = dialogue_state(d);

	(void)args;
	sasl_give_up(&s->sasl, d);
	sasl_login(&s->sasl, d, "AUTHINFO GENERIC", AUTH_CLASS_UNKNOWN, (struct span){ 0 },
		span_of("AUTHINFO GENERIC"));
	return STEP_HOLD;
}

enum step
nntp_login_asked(struct dialogue *d, struct span args)
{
	const struct way *way = take_way(&args);

	return way != NULL ? way->asked(d, args) : STEP_HOLD;
}

enum step
nntp_login_response(struct dialogue *d, struct span line)
{
	struct nntp *s = dialogue_state(d);

	s->sending = COMMANDS;
	s->guarded = true;
	asked_add(&s->asked, d, NNTP_VERB_RESPONSE);
	sasl_answer(&s->sasl, d, line);
	return STEP_HOLD;
}

enum step
nntp_login_name_and_password(struct dialogue *d, struct span line)
{
	struct nntp *s = dialogue_state(d);
	struct span name, shown = span_of("<redacted>");

	s->sending = COMMANDS;
	s->guarded = true;
	asked_add(&s->asked, d, NNTP_VERB_RESPONSE);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, shown);
	if (span_take_word(&line, &name) && line.len > 0)
		sasl_login_name(&s->sasl, d, name);
	sasl_login_secret(&s->sasl, d, line.len > 0 ? line : name, shown);
	return STEP_HOLD;
}

static enum auth_outcome
outcome_of(uint32_t code)
{
	if (code / 100 == 2)
		return AUTH_ACCEPTED;
	if (code == TLS_REQUIRED)
		return AUTH_REFUSED_TLS;
	return code == GOING_AWAY ? AUTH_OUTCOME_UNKNOWN : AUTH_REJECTED;
}

enum step
nntp_login_answered(struct dialogue *d, const struct response *response)
{
	struct nntp *s = dialogue_state(d);
	enum answer_prompt prompt = answer_prompt(response->text);

	nntp_release(d, "behind AUTHINFO");
	if (response->code == PASSWORD_REQUIRED)
		return STEP_TAKEN;
	if (response->code == GO_ON_SIMPLE)
		s->sending = NAME_AND_PASSWORD;
	if (response->code == CHALLENGE) {
		s->sending = CHALLENGED;
		if (prompt != PROMPT_OTHER)
			sasl_prompted(&s->sasl, prompt == PROMPT_PASSWORD);
	}
	if (response->code / 100 == 3)
		return STEP_TAKEN;
	sasl_answered(&s->sasl, d, outcome_of(response->code), response->code, response->line);
	return STEP_TAKEN;
}
