/* Records that are read whole while they are in clear: alerts, ChangeCipherSpec, heartbeats. */
#include "tls_record.h"

#include "base/cursor.h"
#include "base/text.h"
#include "tls_names.h"

enum {
	ALERTS_MOST = 8,                /* of one side that are told */
	ALERT_FATAL = 2,
	HEARTBEAT_REQUEST = 1,
	HEARTBEAT_HEADER = 1 + 2,       /* type and length (RFC 6520, section 4) */
	HEARTBEAT_LEAST = HEARTBEAT_HEADER + 16,        /* and padding */
};

static void
tell_alert(struct dialogue *d, enum side side, uint8_t level, uint8_t description)
{
	const char *name = tls_alert_name(description);
	struct buffer text = { 0 };

	buffer_add_text(&text, level == ALERT_FATAL ? "fatal " : "warning ");
	if (name != NULL)
		buffer_add_text(&text, name);
	else
		buffer_printf(&text, "%u", description);
	dialogue_event(d, side, EVENT_TLS_ALERT, (uint32_t)level << 8 | description,
		buffer_span(&text));
	buffer_free(&text);
}

static bool
count_alert(struct tls_side *half)
{
	return half->alerts < ALERTS_MOST && ++half->alerts > 0;
}

/* Several alerts may share a record. */
void
tls_clear_alert(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);

	if (body.len == 0 || body.len % ALERT_SIZE != 0)
		dialogue_note(d, side, NOTE_MALFORMED, span_of("alert"));
	for (; body.len >= ALERT_SIZE; body = span_after(body, ALERT_SIZE))
		if (count_alert(&t->sides[side]))
			tell_alert(d, side, body.at[0], body.at[1]);
}

/* Keys are active on this side: that an alert was sent is all that can be said. */
void
tls_encrypted_alert(struct dialogue *d, enum side side)
{
	struct tls *t = dialogue_state(d);

	if (count_alert(&t->sides[side]))
		dialogue_event(d, side, EVENT_TLS_ALERT, TLS_ALERT_UNREADABLE,
			span_of("encrypted alert"));
}

/* In TLS 1.3 it is there for middleboxes and changes nothing (RFC 8446, section 5); a client that
 * sends early data sends it before the version is known. */
void
tls_change_cipher(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct tls_side *half = &t->sides[side];

	if (body.len != 1 || body.at[0] != 1) {
		dialogue_note(d, side, NOTE_MALFORMED, span_of("ChangeCipherSpec"));
		return;
	}
	if (tls_is_13(t) || half->changed || (t->early_data && !t->server_hello))
		return;
	half->changed = true;
	dialogue_event(d, side, EVENT_TLS_CIPHER_CHANGED, 0, (struct span){ 0 });
}

/* CVE-2014-0160: a request whose payload cannot fit in its record. */
void
tls_heartbeat(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct cursor c = cursor_of(body);
	uint32_t type = cursor_be(&c, 1), claimed = cursor_be(&c, 2);
	struct buffer text = { 0 };

	if (c.failed || type != HEARTBEAT_REQUEST || claimed + HEARTBEAT_LEAST <= body.len ||
	    t->sides[side].probed)
		return;
	t->sides[side].probed = true;
	buffer_printf(&text, "claims %u bytes, has %zu", claimed, body.len - HEARTBEAT_HEADER);
	dialogue_event(d, side, EVENT_TLS_HEARTBEAT_PROBE, claimed, buffer_span(&text));
	buffer_free(&text);
}
