/* SSLv2 on the wire: a length of two bytes, or three with padding, and then a message.  The
 * client's first answer to SERVER-HELLO is its master key, in clear; all that follows is encrypted,
 * errors before it are not. */
#include "base/cursor.h"
#include "base/text.h"
#include "tls_hello.h"
#include "tls_state.h"
#include "x509.h"

enum {
	LONG_HEADER = 2,                /* the form without padding, marked by the top bit */
	PADDED_HEADER = 3,
	TYPE_AT = LONG_HEADER,
	MESSAGE_ERROR = 0,
	MESSAGE_CLIENT_HELLO = 1,
	MESSAGE_SERVER_HELLO = 4,
	ERROR_SIZE = 3,
	CLIENT_HELLO_LEAST = 9 + 3 + 16,        /* fields, a cipher kind, a short challenge */
	SERVER_HELLO_LEAST = 11,
	CLIENT_RECORDS = 3,             /* master key, Finished, and one more */
	SERVER_RECORDS = 3,             /* Verify, Finished, and one more */
	FATAL = 2,
};

struct ssl2_header {
	size_t size;
	size_t length;
};

/* False while the header is incomplete. */
static bool
read_header(struct span in, struct ssl2_header *header_r)
{
	bool is_long = in.len > 0 && (in.at[0] & 0x80) != 0;

	header_r->size = is_long ? LONG_HEADER : PADDED_HEADER;
	if (in.len < header_r->size)
		return false;
	header_r->length = (size_t)(in.at[0] & (is_long ? 0x7F : 0x3F)) << 8 | in.at[1];
	return true;
}

static void
tell_client_hello(struct dialogue *d, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct tls_client_hello *hello;
	struct buffer text = { 0 };
	const char *version;
	bool damaged;

	t->client_hellos++;
	t->ssl2_offered = true;
	hello = tls_ssl2_client_hello_read(dialogue_arena(d), body, &damaged);
	if (damaged)
		dialogue_note(d, CLIENT, NOTE_MALFORMED, span_of("SSLv2 CLIENT-HELLO"));
	if (hello == NULL)
		return;
	version = tls_version_word(hello->highest_version);
	buffer_printf(&text, "%s offered in the form of SSLv2, %u suites",
		version != NULL ? version : "unknown version", hello->cipher_count);
	dialogue_tell(d, &(struct event){
		.kind = EVENT_TLS_CLIENT_HELLO, .side = CLIENT, .text = buffer_span(&text),
		.facts.client_hello = hello,
	});
	buffer_free(&text);
}

static void
tell_certificate(struct dialogue *d, struct span der)
{
	struct certificate_chain *chain = arena_alloc(dialogue_arena(d), sizeof(*chain));
	struct certificate *certificate = arena_alloc(dialogue_arena(d), sizeof(*certificate));

	if (der.len == 0 || chain == NULL || certificate == NULL)
		return;
	x509_read(dialogue_arena(d), der, certificate);
	*chain = (struct certificate_chain){ .certificates = certificate, .count = 1, .sent = 1 };
	dialogue_tell(d, &(struct event){
		.kind = EVENT_TLS_CERTIFICATES, .side = SERVER, .text = span_of("1 certificate"),
		.facts.chain = chain,
	});
}

static void
tell_server_hello(struct dialogue *d, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct tls_server_hello *hello;
	struct span certificate;
	bool damaged;

	t->ssl2 = t->server_hello = true;
	t->version = TLS_SSL2;
	hello = tls_ssl2_server_hello_read(dialogue_arena(d), body, &certificate, &damaged);
	if (damaged)
		dialogue_note(d, SERVER, NOTE_MALFORMED, span_of("SSLv2 SERVER-HELLO"));
	if (hello == NULL)
		return;
	dialogue_tell(d, &(struct event){
		.kind = EVENT_TLS_SERVER_HELLO, .side = SERVER, .text = span_of("SSLv2"),
		.facts.server_hello = hello,
	});
	tell_certificate(d, certificate);
}

/* Later versions gave the errors of SSLv2 numbers of their own. */
static uint32_t
alert_of(uint32_t error)
{
	switch (error) {
	case 1: return 40;              /* no cipher: handshake_failure */
	case 2: return 41;              /* no certificate */
	case 4: return 42;              /* bad certificate */
	case 6: return 43;              /* unsupported certificate type */
	default: return 80;
	}
}

static void
tell_error(struct dialogue *d, enum side side, struct span body)
{
	struct tls *t = dialogue_state(d);
	struct cursor message = cursor_of(span_after(body, 1));
	uint32_t error = cursor_be(&message, 2);
	struct buffer text = { 0 };

	if (t->sides[side].alerts++ > 0)
		return;
	buffer_printf(&text, "SSLv2 error %u", error);
	dialogue_event(d, side, EVENT_TLS_ALERT, FATAL << 8 | alert_of(error), buffer_span(&text));
	buffer_free(&text);
}

/* What a side may begin with in the old form, by the message's type and length. */
static bool
is_opening(const struct tls *t, enum side side, uint8_t type, size_t length)
{
	if (side == CLIENT)
		return type == MESSAGE_CLIENT_HELLO && length >= CLIENT_HELLO_LEAST;
	return t->ssl2_offered && ((type == MESSAGE_SERVER_HELLO && length >= SERVER_HELLO_LEAST) ||
	                           (type == MESSAGE_ERROR && length == ERROR_SIZE));
}

enum step
tls_ssl2_hello(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct tls *t = dialogue_state(d);
	struct ssl2_header header;
	struct span body;
	size_t whole;

	*used_r = TYPE_AT + 1;
	if (!read_header(in, &header) || in.len <= TYPE_AT)
		return STEP_MORE;
	whole = header.size + header.length;
	if (header.size != LONG_HEADER || !is_opening(t, side, in.at[TYPE_AT], header.length))
		return STEP_NOT_MINE;
	*used_r = whole;
	if (in.len < whole)
		return STEP_MORE;
	body = span_after(span_first(in, whole), header.size);
	dialogue_unit(d, side, whole);
	t->sides[side].began = true;
	if (side == CLIENT)
		tell_client_hello(d, body);
	else if (body.at[0] == MESSAGE_ERROR)
		tell_error(d, side, body);
	else
		tell_server_hello(d, body);
	return STEP_TAKEN;
}

/* An error crosses in clear until the client sent its key. */
static bool
is_clear_error(const struct tls *t, struct span in, const struct ssl2_header *header)
{
	return t->sides[CLIENT].ssl2_records == 0 && header->size == LONG_HEADER &&
	       header->length == ERROR_SIZE && in.at[TYPE_AT] == MESSAGE_ERROR;
}

static enum step
count_record(struct dialogue *d, enum side side)
{
	struct tls *t = dialogue_state(d);
	unsigned records = ++t->sides[side].ssl2_records;

	if (records == (side == CLIENT ? 2 : 1))
		dialogue_event(d, side, EVENT_TLS_ENCRYPTED, 0, (struct span){ 0 });
	if (t->sides[CLIENT].ssl2_records < CLIENT_RECORDS ||
	    t->sides[SERVER].ssl2_records < SERVER_RECORDS)
		return STEP_TAKEN;
	t->established = true;
	dialogue_event(d, side, EVENT_TLS_ESTABLISHED, CONFIDENCE_LIKELY,
		span_of("handshake completed, likely"));
	return STEP_SETTLED;
}

enum step
tls_ssl2_record(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct tls *t = dialogue_state(d);
	struct ssl2_header header;
	size_t whole;

	*used_r = TYPE_AT + 1;
	if (!read_header(in, &header) || in.len <= TYPE_AT)
		return STEP_MORE;
	whole = header.size + header.length;
	*used_r = whole;
	if (is_clear_error(t, in, &header)) {
		if (in.len < whole)
			return STEP_MORE;
		dialogue_unit(d, side, whole);
		tell_error(d, side, span_after(span_first(in, whole), header.size));
		return STEP_TAKEN;
	}
	dialogue_unit(d, side, whole);
	return count_record(d, side);
}
