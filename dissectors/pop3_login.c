/* Logins of POP3: USER and PASS, APOP (RFC 1939, section 7), AUTH (RFC 5034), and why they fail (RFC 2449, section 8;
 * RFC 3206). */
#include "answer.h"
#include "pop3_state.h"

enum step
pop3_user_seen(struct dialogue *d, struct span args)
{
	struct pop3 *s = dialogue_state(d);

	sasl_give_up(&s->sasl, d);
	sasl_login(&s->sasl, d, "USER/PASS", AUTH_CLASS_PASSWORD, span_trim(args), span_of("USER <redacted>"));
	return STEP_HOLD;
}

enum step
pop3_pass_seen(struct dialogue *d, struct span args)
{
	struct pop3 *s = dialogue_state(d);

	if (!sasl_is_open(&s->sasl))
		sasl_login(&s->sasl, d, "USER/PASS", AUTH_CLASS_PASSWORD, (struct span){ 0 },
			span_of("PASS <redacted>"));
	sasl_login_secret(&s->sasl, d, args, span_of("PASS <redacted>"));
	return STEP_HOLD;
}

/* Name and digest; the greeting's timestamp is the challenge (RFC 1939, section 7). */
enum step
pop3_apop_seen(struct dialogue *d, struct span args)
{
	struct pop3 *s = dialogue_state(d);
	struct span name, line = span_of("APOP <redacted>");

	sasl_give_up(&s->sasl, d);
	span_take_word(&args, &name);
	sasl_login(&s->sasl, d, "APOP", AUTH_CLASS_CHALLENGE, args.len > 0 ? name : args, line);
	sasl_login_secret(&s->sasl, d, args.len > 0 ? args : name, line);
	return STEP_HOLD;
}

enum step
pop3_auth_seen(struct dialogue *d, struct span args)
{
	struct pop3 *s = dialogue_state(d);

	if (args.len == 0)
		return STEP_TAKEN;
	sasl_give_up(&s->sasl, d);
	sasl_ask(&s->sasl, d, "AUTH", args);
	return STEP_HOLD;
}

enum step
pop3_response(struct dialogue *d, struct span line)
{
	struct pop3 *s = dialogue_state(d);

	s->challenged = false;
	s->guarded = true;
	asked_add(&s->asked, d, POP3_VERB_RESPONSE);
	sasl_answer(&s->sasl, d, line);
	return STEP_HOLD;
}

bool
pop3_challenge(struct dialogue *d, struct span base64)
{
	struct pop3 *s = dialogue_state(d);
	enum answer_prompt prompt = answer_prompt(base64);

	if (s->sasl.mechanism == NULL && (s->unsure[CLIENT] || !dialogue_from_start(d)) && prompt != PROMPT_OTHER)
		sasl_begin(&s->sasl, d, span_of("LOGIN"), span_of("AUTH, not captured"));
	if (s->sasl.mechanism == NULL)
		return false;
	asked_take(&s->asked);
	pop3_release(d, "behind AUTH", true);
	s->challenged = true;
	if (prompt != PROMPT_OTHER)
		sasl_prompted(&s->sasl, prompt == PROMPT_PASSWORD);
	return true;
}

/* IN-USE says that the secret was right (RFC 2449, section 8.1.2); the other codes that it was not looked at, or wrong,
 * whatever the text behind them talks about. */
static enum auth_outcome
outcome_of(const struct pop3_status *status)
{
	static const char *const not_about_tls[] = { "[SYS/", "[LOGIN-DELAY]" };

	if (status->good || span_starts(status->text, "[IN-USE]"))
		return AUTH_ACCEPTED;
	for (size_t i = 0; i < sizeof(not_about_tls) / sizeof(*not_about_tls); i++)
		if (span_starts(status->text, not_about_tls[i]))
			return AUTH_REJECTED;
	return answer_says_tls(status->text) ? AUTH_REFUSED_TLS : AUTH_REJECTED;
}

static enum step
login_answered(struct dialogue *d, const struct pop3_status *status)
{
	struct pop3 *s = dialogue_state(d);
	enum auth_outcome outcome = outcome_of(status);

	if (outcome == AUTH_REFUSED_TLS)
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, 0, status->line);
	sasl_answered(&s->sasl, d, outcome, 0, status->line);
	return STEP_TAKEN;
}

enum step
pop3_auth_answered(struct dialogue *d, const struct pop3_status *status)
{
	pop3_release(d, "behind AUTH", true);
	return login_answered(d, status);
}

enum step
pop3_pass_answered(struct dialogue *d, const struct pop3_status *status)
{
	pop3_release(d, "behind a login", false);
	return login_answered(d, status);
}

enum step
pop3_user_answered(struct dialogue *d, const struct pop3_status *status)
{
	pop3_release(d, "behind USER", false);
	return status->good ? STEP_TAKEN : login_answered(d, status);
}
