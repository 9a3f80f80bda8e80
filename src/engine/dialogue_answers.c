/* What a dissector may ask of its dialogue (model/dissector.h): its state, where things stand, to tell what it saw. */
#include "engine/dialogue_private.h"

#include "base/digest.h"
#include "base/text.h"

#include <string.h>

enum {
	ACCOUNTS_MOST = 256,            /* names and fingerprints told, more than a session keeps */
	LINE_LEAST = 64,                /* so much text is a line, if its end is still to come */
};

struct where
dialogue_where(const struct dialogue *d, enum side side)
{
	const struct half *half = &d->half[side];

	return (struct where){
		.first = half_moment(half, half->offset, &d->now),
		.last = half_completed(half, half->unit, &d->now),
		.offset = half->offset,
		.length = half->unit,
	};
}

void
dialogue_unit(struct dialogue *d, enum side side, uint64_t length)
{
	d->half[side].unit = length;
}

void *
dialogue_state(struct dialogue *d)
{
	return d->half[d->reading].dissector == &tls_dissector ? d->tls_state : d->first_state;
}

bool
dialogue_goes_on(const struct dialogue *d, enum side side, struct span in)
{
	struct span line = in;

	if (d->first == NULL || !d->tls_due)
		return false;
	if (side == SERVER)
		return !half_is_tls(&d->half[CLIENT]);
	if (d->first->probe(side, in) >= PROBE_SURE)
		return true;
	return (span_take_line(&in, &line) || in.len >= LINE_LEAST) && text_is_printable(line);
}

struct arena *
dialogue_arena(struct dialogue *d)
{
	return d->session->arena;
}

struct x509_cache *
dialogue_certificates(const struct dialogue *d)
{
	return d->common->certificates;
}

struct tls_hello_cache *
dialogue_hellos(const struct dialogue *d)
{
	return d->common->hellos;
}

void
dialogue_is_called(struct dialogue *d, const char *protocol)
{
	d->session->protocol = protocol;
}

bool
dialogue_from_start(const struct dialogue *d)
{
	return d->from_start;
}

bool
dialogue_is_end(const struct dialogue *d, enum side side, const struct address *address)
{
	return address_equal(side == CLIENT ? &d->session->client.address : &d->session->server.address, address);
}

size_t
dialogue_held(const struct dialogue *d, enum side side)
{
	return d->half[side].held ? d->half[side].pending.len : 0;
}

size_t
dialogue_pending(const struct dialogue *d, enum side side)
{
	const struct half *half = &d->half[side];

	if (half_is_tls(half))
		return 0;               /* how much of a record has come depends on the network alone */
	return half->busy ? half->behind : half->pending.len;
}

bool
dialogue_was_held(const struct dialogue *d)
{
	const struct half *half = &d->half[d->reading];

	return d->tls_due && half->offset < half->held_until;
}

uint64_t
dialogue_skipping(const struct dialogue *d, enum side side)
{
	return d->half[side].skip;
}

void
dialogue_stop_skipping(struct dialogue *d, enum side side)
{
	d->half[side].skip = 0;
	d->half[side].awaited = 0;
}

void
dialogue_release(struct dialogue *d, enum side side)
{
	d->half[side].held = false;
}

static struct span
quoted(struct dialogue *d, struct span text)
{
	buffer_clear(&d->text);
	text_quote(&d->text, text, QUOTE_MOST);
	if (d->text.failed) {
		arena_lose(d->session->arena);
		buffer_free(&d->text);          /* the next one may find room */
	}
	return buffer_span(&d->text);
}

void
dialogue_tell(struct dialogue *d, const struct event *told)
{
	struct event event = *told;

	if (event.where.length == 0)
		event.where = dialogue_where(d, event.side);
	event.text = quoted(d, event.text);
	if (d->tls_due && event_is_logged(event.kind)) {
		d->told_line = true;
		d->told_len = span_first(event.text, TOLD_MOST).len;
		memcpy(d->told, event.text.len > 0 ? event.text.at : (const uint8_t *)"", d->told_len);
	}
	session_event(d->session, &event);
}

void
dialogue_event(struct dialogue *d, enum side side, enum event_kind kind, uint32_t code,
	struct span text)
{
	dialogue_tell(d, &(struct event){ .kind = kind, .side = side, .code = code, .text = text });
}

void
dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote)
{
	struct where where = dialogue_where(d, side);

	session_note(d->session, kind, side, &where, quoted(d, quote));
}

uint32_t
dialogue_login(struct dialogue *d)
{
	return ++d->logins;
}

/* A keyed digest in hex, in the arena; empty without a key. */
static struct span
keyed_digest(struct dialogue *d, struct span bytes)
{
	uint8_t digest[SHA256_SIZE];
	struct buffer text = { 0 };

	if (d->common->privacy.key.len == 0 || bytes.len == 0 || d->accounts++ >= ACCOUNTS_MOST)
		return (struct span){ 0 };
	digest_hmac_sha256(d->common->privacy.key, bytes, digest);
	text_hex(&text, span_from(digest, sizeof(digest)));
	return arena_keep(d->session->arena, &text);
}

struct span
dialogue_account(struct dialogue *d, struct span name)
{
	switch (d->common->privacy.accounts) {
	case ACCOUNTS_FULL:
		return d->accounts++ < ACCOUNTS_MOST ? arena_copy(d->session->arena, quoted(d, name))
		                                     : (struct span){ 0 };
	case ACCOUNTS_HMAC: return keyed_digest(d, name);
	case ACCOUNTS_NONE: break;
	}
	return (struct span){ 0 };
}

struct span
dialogue_fingerprint(struct dialogue *d, struct span secret)
{
	return keyed_digest(d, secret);
}
