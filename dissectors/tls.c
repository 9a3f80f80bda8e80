/* TLS as a bystander sees it: records of SSLv3 to TLS 1.3 (RFC 8446, section 5.1; RFC 5246, section
 * 6.2), both sides.  Handshake messages are read while they are in clear (tls_handshake), encrypted
 * records are counted (tls_progress), SSLv2 has its own form (tls_ssl2_records).  No keys, and
 * nothing is verified. */
#include "tls_record.h"

#include "base/cursor.h"

#include <string.h>

enum {
	WHOLE_MOST = 512,       /* an encrypted record up to this counts when all of it came */
	STEADY = 2,             /* see tls_place */
};

extern const struct dissector tls_dissector;

/* After a gap a handshake record may be encrypted or the middle of a message: it is read only where
 * a message of this side begins in it and fits. */
static bool
is_message(enum side side, struct span body, size_t length)
{
	static const char client_types[] = "\x01\x0B\x0F\x10";
	static const char server_types[] = "\x02\x04\x0B\x0C\x0D\x0E\x16";
	struct cursor c = cursor_of(body);
	int type = (int)cursor_be(&c, 1);
	size_t message = MESSAGE_HEADER + (size_t)cursor_be(&c, 3);

	return type != 0 && strchr(side == CLIENT ? client_types : server_types, type) != NULL &&
	       message <= length;
}

/* Takes one message, or the part of one that the record holds.  `header` is the size of the
 * record's header, 0 when it was taken with an earlier message. */
static enum step
handshake(struct dialogue *d, enum side side, struct span in, size_t header, uint64_t *used_r)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];
	struct span body = span_first(span_after(in, header), half->record_left);
	size_t want = tls_handshake_want(&half->part, body, half->record_left);

	*used_r = header + (want > 0 ? want : MESSAGE_HEADER);
	if (want == 0 || body.len < want)
		return STEP_MORE;
	half->record_left -= want;
	dialogue_unit(d, side, *used_r);
	tls_handshake_take(d, side, span_first(body, want));
	return STEP_TAKEN;
}

/* Taking records ------------------------------------------------------------------------------- */

static enum step
pass_over(struct dialogue *d, enum side side, const struct tls_record *record, uint64_t *used_r)
{
	*used_r = RECORD_HEADER + record->length;
	dialogue_unit(d, side, *used_r);
	return STEP_TAKEN;
}

static enum step
begin_handshake(struct dialogue *d, enum side side, struct span in, const struct tls_record *record,
	uint64_t *used_r)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];
	struct span body = span_after(in, RECORD_HEADER);
	enum step step;

	if (record->length == 0)
		return pass_over(d, side, record, used_r);
	if (half->unsure && half->part.header_len == 0) {
		*used_r = RECORD_HEADER + MESSAGE_HEADER;
		if (record->length >= MESSAGE_HEADER && body.len < MESSAGE_HEADER)
			return STEP_MORE;
		if (record->length < MESSAGE_HEADER || !is_message(side, body, record->length))
			return pass_over(d, side, record, used_r);
	}
	half->record_left = record->length;
	step = handshake(d, side, in, RECORD_HEADER, used_r);
	if (step == STEP_MORE)
		half->record_left = 0;
	return step;
}

static enum step
whole_clear(struct dialogue *d, enum side side, struct span in, const struct tls_record *record,
	uint64_t *used_r)
{
	struct span body = span_first(span_after(in, RECORD_HEADER), record->length);

	*used_r = RECORD_HEADER + record->length;
	if (body.len < record->length)
		return STEP_MORE;
	dialogue_unit(d, side, *used_r);
	switch (record->type) {
	case RECORD_CHANGE_CIPHER: tls_change_cipher(d, side, body); break;
	case RECORD_ALERT: tls_clear_alert(d, side, body); break;
	case RECORD_HEARTBEAT: tls_heartbeat(d, side, body); break;
	case RECORD_HANDSHAKE:
	case RECORD_APPLICATION: break;
	}
	return STEP_TAKEN;
}

/* Until the handshake is over a short record counts only when all of it came: a Finished that was
 * cut off finished nothing. */
static enum step
encrypted(struct dialogue *d, enum side side, struct span in, const struct tls_record *record,
	uint64_t *used_r)
{
	const struct tls *t = dialogue_state(d);

	*used_r = RECORD_HEADER + record->length;
	if (!t->established && record->length <= WHOLE_MOST && in.len < *used_r)
		return STEP_MORE;
	dialogue_unit(d, side, *used_r);
	if (record->type == RECORD_ALERT)
		tls_encrypted_alert(d, side);
	return tls_encrypted(d, side, record->type, (uint32_t)record->length);
}

static enum step
take_record(struct dialogue *d, enum side side, struct span in, const struct tls_record *record,
	uint64_t *used_r)
{
	const struct tls *t = dialogue_state(d);
	const struct tls_side *half = &t->sides[side];

	switch (record->type) {
	case RECORD_APPLICATION: return encrypted(d, side, in, record, used_r);
	case RECORD_HANDSHAKE:
		if (half->changed)
			return encrypted(d, side, in, record, used_r);
		return begin_handshake(d, side, in, record, used_r);
	case RECORD_ALERT:
		if (half->changed || (half->unsure && record->length != ALERT_SIZE))
			return encrypted(d, side, in, record, used_r);
		return whole_clear(d, side, in, record, used_r);
	case RECORD_CHANGE_CIPHER:
		if (half->changed && record->length != 1)
			return encrypted(d, side, in, record, used_r);
		return whole_clear(d, side, in, record, used_r);
	case RECORD_HEARTBEAT:
		if (half->changed || half->unsure || t->established)
			return pass_over(d, side, record, used_r);
		return whole_clear(d, side, in, record, used_r);
	}
	return STEP_NOT_MINE;
}

/* A side that does not begin with a hello, in a connection that was joined late, is in the middle
 * of something. */
static void
begin(struct dialogue *d, enum side side, struct span in, const struct tls_record *record)
{
	const uint8_t hello = side == CLIENT ? HANDSHAKE_CLIENT_HELLO : HANDSHAKE_SERVER_HELLO;
	struct tls *t = dialogue_state(d);
	bool is_handshake = record->type == RECORD_HANDSHAKE && record->length > 0;

	if (is_handshake && in.len <= RECORD_HEADER)
		return;
	t->sides[side].began = true;
	if (!dialogue_from_start(d) && (!is_handshake || in.at[RECORD_HEADER] != hello))
		t->sides[side].unsure = true;
}

static bool
may_be_ssl2(const struct tls *t, enum side side, struct span in)
{
	return !t->sides[side].began && (in.at[0] & 0x80) != 0 && !t->server_hello;
}

static enum step
tls_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];
	struct tls_record record;
	enum step step;

	if (t->ssl2 && half->lost) {    /* its records cannot be told from other bytes */
		*used_r = in.len;
		return STEP_TAKEN;
	}
	if (t->ssl2)
		return tls_ssl2_record(d, side, in, used_r);
	if (half->record_left > 0)
		return handshake(d, side, in, 0, used_r);
	if (half->lost) {
		step = tls_seek(d, side, in, used_r);
		if (half->lost || *used_r > 0)
			return step;
	}
	if (may_be_ssl2(t, side, in)) {
		step = tls_ssl2_hello(d, side, in, used_r);
		if (step != STEP_NOT_MINE)
			return step;
		*used_r = 0;
	}
	switch (tls_read_header(in, &record)) {
	case HEADER_NONE: return tls_garbage(d, side, in, used_r);
	case HEADER_SHORT: *used_r = RECORD_HEADER; return STEP_MORE;
	case HEADER_WHOLE: break;
	}
	if (!half->began)
		begin(d, side, in, &record);
	step = take_record(d, side, in, &record, used_r);
	if (step != STEP_MORE && half->steady < STEADY)
		half->steady++;
	return step;
}

/* A gap inside an encrypted record never comes here: the dialogue passes such a record over
 * unseen. */
static void
tls_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];

	if (lost == 0)
		return;
	half->part.header_len = half->part.len = 0;
	half->part.passed_over = false;
	half->record_left = 0;
	half->lost = half->unsure = true;
	half->steady = 0;
}

/* Of bytes that go beyond the header. */
static bool
begins_hello(struct span rest)
{
	struct tls_record record;

	return tls_read_header(rest, &record) == HEADER_WHOLE && record.type == RECORD_HANDSHAKE &&
	       rest.at[RECORD_HEADER] == HANDSHAKE_CLIENT_HELLO;
}

/* The client's first hello began, here or in records before, and the rest of it will not come.  Where bytes are missing
 * they may have been the rest. */
static bool
hello_is_cut(struct dialogue *d, enum side side, struct span rest)
{
	const struct tls *t = dialogue_state(d);
	const struct tls_side *half = &t->sides[side];
	uint64_t awaited;

	if (side != CLIENT || t->client_hellos > 0 || half->lost || half->unsure)
		return false;
	if (half->part.header_len > 0)
		return half->part.header[0] == HANDSHAKE_CLIENT_HELLO;
	if (rest.len <= RECORD_HEADER || half->record_left > 0)
		return false;
	if (may_be_ssl2(t, side, rest))
		return tls_ssl2_hello(d, side, rest, &awaited) == STEP_MORE;
	return begins_hello(rest);
}

static void
tls_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];
	struct tls_record record;

	if (rest.len > 0 && !half->lost && half->record_left == 0 && !t->ssl2 &&
	    (half->began || t->sides[side_other(side)].began) &&
	    tls_read_header(rest, &record) == HEADER_NONE)
		tls_last_garbage(d, side, rest);
	if (hello_is_cut(d, side, rest))
		dialogue_event(d, side, EVENT_TLS_HELLO_CUT, 0, span_of("ClientHello without its end"));
	tls_conclude(d, side, ending);
}

const struct dissector tls_dissector = {
	.name       = "tls",
	.state_size = sizeof(struct tls),
	.probe      = tls_probe,
	.carries    = tls_carries,
	.step       = tls_step,
	.gap        = tls_gap,
	.end        = tls_end,
};
