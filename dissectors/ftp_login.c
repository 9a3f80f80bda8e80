/* Logins of FTP: USER, PASS and ACCT (RFC 959, section 5.4), anonymous ones (RFC 1635), and AUTH with ADAT for what
 * is not TLS (RFC 2228). */
#include "answer.h"
#include "ftp_quote.h"
#include "ftp_state.h"

enum {
	CLOSING = 421,
	NEED_ACCOUNT = 332,
};

static void
begin(struct dialogue *d, struct ftp *s, const char *line)
{
	enum auth_class kind = ftp_is_anonymous(s->user.name) ? AUTH_CLASS_ANONYMOUS : AUTH_CLASS_PASSWORD;

	sasl_login(&s->sasl, d, "USER/PASS", kind, s->user.name,
		kind == AUTH_CLASS_ANONYMOUS ? span_of("USER anonymous") : span_of(line));
	s->sasl.facts.maybe_anonymous = s->user.name.len == 0 && (s->name_lost || !dialogue_from_start(d));
}

enum step
ftp_user_seen(struct dialogue *d, struct span args)
{
	struct ftp *s = dialogue_state(d);

	sasl_give_up(&s->sasl, d);
	sasl_keep_user(&s->user, d, span_trim(args));
	s->name_lost = false;
	begin(d, s, "USER <redacted>");
	return STEP_HOLD;
}

/* RFC 1635, section 2.2: who logs in as nobody sends an address of his, by courtesy.  That is no secret, and is not
 * kept. */
static void
take_secret(struct dialogue *d, struct ftp *s, struct span secret, const char *line)
{
	if (!sasl_is_open(&s->sasl))
		begin(d, s, line);
	if (s->sasl.facts.kind != AUTH_CLASS_ANONYMOUS)
		sasl_login_secret(&s->sasl, d, secret, span_of(line));
}

enum step
ftp_pass_seen(struct dialogue *d, struct span args)
{
	take_secret(d, dialogue_state(d), args, "PASS <redacted>");
	return STEP_HOLD;
}

enum step
ftp_acct_seen(struct dialogue *d, struct span args)
{
	take_secret(d, dialogue_state(d), args, "ACCT <redacted>");
	return STEP_HOLD;
}

enum step
ftp_auth_seen(struct dialogue *d, struct span args)
{
	struct ftp *s = dialogue_state(d);
	struct buffer text = { 0 };
	struct span mechanism;

	sasl_give_up(&s->sasl, d);
	span_take_word(&args, &mechanism);
	ftp_quote_command(&text, "AUTH", QUOTE_MECHANISM, mechanism);
	sasl_begin(&s->sasl, d, mechanism, buffer_span(&text));
	buffer_free(&text);
	return STEP_HOLD;
}

enum step
ftp_adat_seen(struct dialogue *d, struct span args)
{
	struct ftp *s = dialogue_state(d);

	sasl_response(&s->sasl, d, args, span_of("ADAT <redacted>"));
	return STEP_HOLD;
}

/* Each of these codes is given for other reasons as well, in words that the server chooses. */
bool
ftp_demands_tls(const struct ftp_reply *reply)
{
	switch (reply->code) {
	case 421:
	case 521:
	case 522:
	case 530:
	case 534:
	case 550: return answer_says_tls(reply->text);
	case 503: return answer_says_tls(reply->text) || span_has(reply->text, "AUTH first");
	default: return false;
	}
}

static enum auth_outcome
outcome_of(const struct ftp_reply *reply)
{
	if (reply->code / 100 == 2)
		return AUTH_ACCEPTED;
	if (ftp_demands_tls(reply))
		return AUTH_REFUSED_TLS;
	return reply->code == CLOSING ? AUTH_OUTCOME_UNKNOWN : AUTH_REJECTED;
}

static enum step
login_ended(struct dialogue *d, const struct ftp_reply *reply)
{
	struct ftp *s = dialogue_state(d);
	enum auth_outcome outcome = outcome_of(reply);

	if (outcome == AUTH_REFUSED_TLS)
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, reply->code, reply->line);
	sasl_answered(&s->sasl, d, outcome, reply->code, reply->line);
	return STEP_TAKEN;
}

/* 331 asks for a password, 332 for an account; a name that needs neither is logged in at once. */
enum step
ftp_user_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	dialogue_release(d, CLIENT);
	return reply->code / 100 == 3 ? STEP_TAKEN : login_ended(d, reply);
}

enum step
ftp_pass_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	dialogue_release(d, CLIENT);
	return reply->code == NEED_ACCOUNT ? STEP_TAKEN : login_ended(d, reply);
}

/* 334 and 335 ask for more (RFC 2228, section 5). */
enum step
ftp_auth_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	dialogue_release(d, CLIENT);
	return reply->code / 100 == 3 ? STEP_TAKEN : login_ended(d, reply);
}

/* All is as before the first command (RFC 959, section 4.1.1). */
enum step
ftp_rein_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	struct ftp *s = dialogue_state(d);

	dialogue_release(d, CLIENT);
	if (reply->code / 100 == 2) {
		sasl_give_up(&s->sasl, d);
		s->user.name = (struct span){ 0 };
	}
	return STEP_TAKEN;
}
