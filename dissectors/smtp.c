/* SMTP (RFC 5321) with STARTTLS (RFC 3207), AUTH (RFC 4954), PIPELINING (RFC 2920), CHUNKING (RFC 3030).
 *
 * The client's lines are commands, answers to a login's challenges, or a message body that is passed over; the server's
 * lines are replies, which answer the commands in the order in which these were sent.  LMTP (RFC 2033) is the same but
 * for its LHLO, and a reply to each message for each recipient.  Deliberately left out: what is in a message. */
#include "smtp_body.h"
#include "smtp_client.h"
#include "smtp_login.h"
#include "smtp_probe.h"
#include "smtp_queue.h"
#include "smtp_server.h"
#include "smtp_state.h"
#include "smtp_verbs.h"

static enum step
client_line(struct dialogue *d, struct span line, uint64_t *used_r)
{
	const struct smtp *s = dialogue_state(d);

	switch (s->mode) {
	case RESPONSE: return smtp_login_response(d, line);
	case BODY_UNWANTED: return smtp_body_unwanted_line(d, line, used_r);
	default: return smtp_command_line(d, line, used_r);
	}
}

static enum step
client_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	if (!smtp_body_is_doubtful(d))
		smtp_body_close_chunk(d, s);
	if (s->mode == BODY_UNSURE && !smtp_body_settle(s, in))
		return STEP_MORE;
	if (s->mode == BODY)
		return smtp_body_step(d, in, used_r);
	step = lines_take(&s->lines, d, CLIENT, in, &line, &is_line, used_r);
	if (!is_line)
		return step;
	return client_line(d, line, used_r);
}

static enum step
server_step(struct dialogue *d, struct span in, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	struct span line;
	bool is_line;
	enum step step = lines_take(&s->lines, d, SERVER, in, &line, &is_line, used_r);

	return is_line ? smtp_reply_line(d, line) : step;
}

static enum step
smtp_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct smtp *s = dialogue_state(d);
	enum step step = STEP_TAKEN;

	if (side == SERVER || s->mode == COMMANDS)
		step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	return side == CLIENT ? client_step(d, in, used_r) : server_step(d, in, used_r);
}

/* What was awaited may be in the hole: replies can no longer be paired with what was asked before it, and a body
 * may have ended in it. */
static void
smtp_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct smtp *s = dialogue_state(d);

	(void)d;
	(void)lost;
	s->unsure[side] = true;
	s->named = true;                /* the client's name, or what answered it, may be in the hole */
	s->pipelining = true;           /* ... as may the offer */
	s->lines.skipping[side] = false;
	if (side == CLIENT) {
		s->guarded = true;
		if (s->mode == RESPONSE)
			s->mode = COMMANDS;
		s->chunk_lost = s->mode == COMMANDS && s->chunking && s->recipients > 0;
		sasl_taint(&s->sasl);
		return;
	}
	sasl_lose_answer(&s->sasl);
	if (s->mode == COMMANDS && smtp_queue_awaits(s, smtp_data_answered))
		s->mode = BODY_UNSURE;
	smtp_queue_clear(s);
	s->reply_open = false;
}

/* A last line that its sender did not end still says what it says. */
static void
smtp_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	struct smtp *s = dialogue_state(d);
	uint64_t used = 0;

	smtp_body_close_chunk(d, s);
	lines_note_unsent(d, side, ending);
	if (side == CLIENT && s->mode == BODY)
		smtp_body_end(d);
	if (s->mode == BODY || !lines_end(&s->lines, side, rest))
		return;
	if (side == SERVER)
		smtp_reply_line(d, rest);
	else if (s->mode != BODY_UNSURE || smtp_begins_command(rest))
		client_line(d, rest, &used);
}

const struct dissector smtp_dissector = {
	.name = "smtp",
	.state_size = sizeof(struct smtp),
	.probe = smtp_probe,
	.step = smtp_step,
	.gap = smtp_gap,
	.end = smtp_end,
};
