/* Certificate lists, as a handshake brings them, and single certificates. */
#include "fuzz.h"

#include "x509.h"

enum {
	DER_SEQUENCE = 0x30,
	DER_LONG_TWO = 0x82,            /* the length stands in two bytes */
	DER_HEADER = 4,
	LIST_HEADER = 3,
};

static void
look_at(const struct certificate *certificate)
{
	const struct span spans[] = { certificate->subject, certificate->issuer,
		certificate->common_name, certificate->serial, certificate->signature_algorithm,
		certificate->names };
	static const char *const hosts[] = { "mail.example.com", "192.0.2.20", "2001:db8::20", "" };

	for (size_t i = 0; i < TABLE_LENGTH(spans); i++)
		fuzz_touch(spans[i]);
	for (size_t i = 0; i < TABLE_LENGTH(hosts); i++)
		certificate_covers(certificate, span_of(hosts[i]));
}

/* The first byte chooses the budget; a list follows. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_from(data, size));
	struct budget budget = fuzz_budget((uint8_t)cursor_be(&in, 1));
	struct arena *arena = arena_new(&budget);
	struct certificate_chain chain = { 0 };
	struct certificate certificate = { 0 };

	if (arena != NULL) {
		x509_read_chain(arena, cursor_rest(&in), &chain);
		fuzz_promise(chain.count <= chain.sent && chain.count <= X509_CHAIN_MOST,
			"a chain is no longer than what was sent, and bounded");
		for (size_t i = 0; i < chain.count; i++)
			look_at(&chain.certificates[i]);
		x509_read(arena, span_after(cursor_rest(&in), LIST_HEADER), &certificate);
		look_at(&certificate);
	}
	arena_free(&arena);
	fuzz_all_given_back(&budget);
	return 0;
}

/* A list entry gives itself away: three bytes of length, and a DER sequence of just that length. */
static size_t
entry_length(struct span s)
{
	size_t len;

	if (s.len < LIST_HEADER + DER_HEADER || s.at[3] != DER_SEQUENCE || s.at[4] != DER_LONG_TWO)
		return 0;
	len = (size_t)s.at[1] << 8 | s.at[2];
	if (s.at[0] != 0 || len != ((size_t)s.at[5] << 8 | s.at[6]) + DER_HEADER ||
	    len + LIST_HEADER > s.len)
		return 0;
	return len + LIST_HEADER;
}

struct streams {
	struct buffer bytes[2];
};

static void
add_payload(void *user, const struct segment *segment)
{
	struct streams *streams = user;

	buffer_add(&streams->bytes[segment->source.port < segment->target.port], segment->payload);
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	struct streams streams = { 0 };

	fuzz_each_segment(path, add_payload, &streams);
	for (size_t i = 0; i < TABLE_LENGTH(streams.bytes); i++) {
		struct span rest = buffer_span(&streams.bytes[i]);

		for (; rest.len > 0; rest = span_after(rest, 1)) {
			if (entry_length(rest) == 0)
				continue;
			if (seed->len == 0)
				buffer_add(seed, span_from("\0", 1));
			buffer_add(seed, span_first(rest, entry_length(rest)));
		}
		buffer_free(&streams.bytes[i]);
	}
}
