/* Where a record begins, and how to find the next one when bytes are missing or are no record. */
#include "tls_record.h"

#include "base/cursor.h"
#include "base/text.h"

#include <string.h>

enum {
	GARBAGE_MOST = 64,              /* bytes without a line end that are looked at together */
	STEADY = 2,                     /* records in a row that make the place certain */
	LIKELY_ALERT_MOST = 512,
	REPLY_LEAST = 200,
	REPLY_MOST = 599,
};

enum tls_header
tls_read_header(struct span in, struct tls_record *record_r)
{
	struct cursor c = cursor_of(in);

	if (in.len >= 1 && (in.at[0] < RECORD_CHANGE_CIPHER || in.at[0] > RECORD_HEARTBEAT))
		return HEADER_NONE;
	if ((in.len >= 2 && in.at[1] != 3) || (in.len >= 3 && in.at[2] > 4))
		return HEADER_NONE;
	if (in.len >= 4 && (in.at[3] << 8) > RECORD_MOST)
		return HEADER_NONE;
	record_r->type = (enum record_type)cursor_be(&c, 1);
	record_r->version = (uint16_t)cursor_be(&c, 2);
	record_r->length = cursor_be(&c, 2);
	if (c.failed)
		return HEADER_SHORT;
	return record_r->length <= RECORD_MOST ? HEADER_WHOLE : HEADER_NONE;
}

/* A line of the server that begins with three digits, as "220 ready" and "554-no" do: its code, and 0 for any other. */
static uint32_t
reply_code(enum side side, struct span line)
{
	struct span digits = span_first(line, 3);
	uint64_t code;

	if (side != SERVER || !text_is_printable(line) || !span_number(digits, &code) || code < REPLY_LEAST ||
	    code > REPLY_MOST)
		return 0;
	return line.len == 3 || line.at[3] == ' ' || line.at[3] == '-' ? (uint32_t)code : 0;
}

/* Says what kind of bytes came.  They are not quoted: they may be a login that goes on in clear.  A
 * server's reply code is no secret. */
static void
tell_garbage(struct dialogue *d, enum side side, struct span unit)
{
	struct span line = unit;
	struct buffer text = { 0 };
	uint32_t code;

	if (!span_take_line(&unit, &line))
		line = unit;
	code = reply_code(side, line);
	buffer_add_text(&text, text_is_printable(line) ? "text" : "bytes that are no record");
	if (code != 0)
		buffer_printf(&text, ", reply %u", (unsigned)code);
	dialogue_event(d, side, EVENT_TLS_GARBAGE, code, buffer_span(&text));
	buffer_free(&text);
}

/* Told once a side, and not where the place itself is a guess. */
void
tls_last_garbage(struct dialogue *d, enum side side, struct span unit)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];

	half->lost = true;
	if (half->garbage_told || (half->unsure && half->steady < STEADY))
		return;
	half->garbage_told = true;
	tell_garbage(d, side, unit);
}

enum step
tls_garbage(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	const struct tls *t = dialogue_state(d);
	struct span head = span_first(in, GARBAGE_MOST);
	const uint8_t *lf = memchr(head.at, '\n', head.len);

	if (!t->sides[CLIENT].began && !t->sides[SERVER].began)
		return STEP_NOT_MINE;
	if (!t->established && !t->sides[side].unsure && dialogue_goes_on(d, side, head))
		return STEP_NOT_MINE;
	if (lf == NULL && head.len < GARBAGE_MOST)
		return STEP_MORE;
	*used_r = lf != NULL ? (uint64_t)(lf - head.at) + 1 : GARBAGE_MOST;
	dialogue_unit(d, side, *used_r);
	tls_last_garbage(d, side, span_first(in, (size_t)*used_r));
	return STEP_TAKEN;
}

/* Stricter than a header in its place has to be: this one is found by chance or not at all. */
static bool
is_likely_record(const struct tls *t, const struct tls_record *record)
{
	uint16_t version = t->version > TLS_1_2 ? TLS_1_2 : t->version;

	if (record->version > TLS_1_2 || (version != 0 && record->version != version))
		return false;
	switch (record->type) {
	case RECORD_CHANGE_CIPHER: return record->length == 1;
	case RECORD_ALERT: return record->length == ALERT_SIZE ||
	                          (record->length > 16 && record->length < LIKELY_ALERT_MOST);
	case RECORD_HANDSHAKE: return record->length >= MESSAGE_HEADER;
	case RECORD_APPLICATION: return record->length > 8;
	case RECORD_HEARTBEAT: break;
	}
	return false;
}

/* Passes over what is no record, up to where one may begin. */
enum step
tls_seek(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct tls *t = dialogue_state(d);
	struct tls_record record;

	for (*used_r = 0; *used_r < in.len; ++*used_r) {
		enum tls_header header = tls_read_header(span_after(in, (size_t)*used_r), &record);

		if (header == HEADER_WHOLE && is_likely_record(t, &record)) {
			t->sides[side].lost = false;
			t->sides[side].steady = 0;
			break;
		}
		if (header == HEADER_SHORT)
			break;
	}
	if (*used_r > 0)
		return STEP_TAKEN;
	*used_r = t->sides[side].lost ? RECORD_HEADER : 0;
	return STEP_MORE;
}
