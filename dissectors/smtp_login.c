/* AUTH (RFC 4954) and all that may be said in its place: responses, logins whose beginning was not captured, passwords
 * in the manner of another protocol. */
#include "smtp_login.h"

#include "answer.h"
#include "smtp_queue.h"
#include "smtp_verbs.h"

/* What comes before the greeting waits for nothing: the greeting is no answer. */
enum step
smtp_login_hold(struct dialogue *d)
{
	const struct smtp *s = dialogue_state(d);

	return s->greeted || !dialogue_from_start(d) ? STEP_HOLD : STEP_TAKEN;
}

enum step
smtp_login_asked(struct dialogue *d, struct span args)
{
	struct smtp *s = dialogue_state(d);

	sasl_ask(&s->sasl, d, "AUTH", args);
	return smtp_login_hold(d);
}

enum step
smtp_login_response(struct dialogue *d, struct span line)
{
	struct smtp *s = dialogue_state(d);

	s->mode = COMMANDS;
	s->guarded = true;
	smtp_queue_add(d, s, VERB_RESPONSE);
	sasl_answer(&s->sasl, d, line);
	return smtp_login_hold(d);
}

/* USER name and PASS secret, or tag LOGIN name secret: a client of another protocol gave its password away. */
bool
smtp_login_stranger(struct dialogue *d, struct span line)
{
	struct smtp *s = dialogue_state(d);
	struct span rest = line, first, second, name;

	span_take_word(&rest, &first);
	if (span_is(first, "USER"))
		sasl_keep_user(&s->user, d, rest);
	if (span_is(first, "PASS") && rest.len > 0) {
		sasl_stranger(&s->sasl, d, first, s->user.name, rest);
		return true;
	}
	span_take_word(&rest, &second);
	if (!span_is(second, "LOGIN") || !span_take_word(&rest, &name) || rest.len == 0)
		return false;
	sasl_stranger(&s->sasl, d, second, name, rest);
	return true;
}

/* How many logins that began later than the one just answered still wait: more than none where they began before the
 * greeting, and nothing made the client wait. */
static uint32_t
later_logins(const struct smtp *s)
{
	uint32_t count = 0;

	for (size_t i = 0; i < s->asked.count; i++) {
		size_t row = asked_nth(&s->asked, i);

		count += row == VERB_STRANGER || smtp_verbs[row].seen == smtp_login_asked;
	}
	return count;
}

/* Logins are numbered as they begin. */
static void
login_ended(struct dialogue *d, struct smtp *s, enum auth_outcome outcome, const struct reply *reply)
{
	uint32_t latest = s->sasl.facts.serial, later = later_logins(s);

	if (later == 0)
		sasl_answered(&s->sasl, d, outcome, reply->code, reply->line);
	else
		sasl_answered_to(&s->sasl, d, latest > later ? latest - later : 0, outcome, reply->code, reply->line);
}

/* The client's next line is a secret, or a name, as far as the prompt tells; but where the client did not wait, the
 * line was read already. */
static void
challenged(struct smtp *s, const struct reply *reply)
{
	enum answer_prompt prompt = answer_prompt(reply->text);

	if (smtp_queue_first(s) == VERB_RESPONSE || later_logins(s) > 0)
		return;
	s->mode = RESPONSE;
	if (prompt != PROMPT_OTHER)
		sasl_prompted(&s->sasl, prompt == PROMPT_PASSWORD);
}

enum step
smtp_login_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	lines_note_hasty(&s->lines, d, "behind AUTH");
	dialogue_release(d, CLIENT);
	if (reply->code == 334) {
		challenged(s, reply);
		return STEP_TAKEN;
	}
	login_ended(d, s, smtp_reply_outcome(reply), reply);
	return STEP_TAKEN;
}

/* The server goes on with a login that was not seen to be waiting for it.  One whose beginning was not captured is
 * AUTH LOGIN by its prompts, else nobody knows. */
enum step
smtp_login_unseen(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);
	bool login = reply->code == 334 && answer_prompt(reply->text) != PROMPT_OTHER;

	s->guarded = true;
	dialogue_release(d, CLIENT);
	if (s->sasl.mechanism == NULL)
		sasl_begin(&s->sasl, d, span_of(login ? "LOGIN" : ""), span_of("AUTH, not captured"));
	return smtp_login_answered(d, reply);
}

enum step
smtp_stranger_answered(struct dialogue *d, const struct reply *reply)
{
	struct smtp *s = dialogue_state(d);

	dialogue_release(d, CLIENT);
	login_ended(d, s, reply->code >= 400 ? AUTH_REJECTED : AUTH_OUTCOME_UNKNOWN, reply);
	return STEP_TAKEN;
}
