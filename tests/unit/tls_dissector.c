/* link: dissectors */
/* The TLS dissector, driven through its contract by a dialogue of our own that writes down what it
 * is told. */
#include "base/table.h"
#include "base/text.h"
#include "model/dissector.h"
#include "shared/tls_flights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct dissector tls_dissector;

struct dialogue {
	void *state;
	struct budget budget;
	struct arena *arena;
	struct buffer log; /* one line an event: side, word, code, text */
	struct buffer pending[2];
	uint64_t skip[2];
	uint64_t unit[2];
	bool joined_late, settled, foreign;
};

static struct dialogue *
dialogue_start(void)
{
	struct dialogue *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	d->budget.limit = 4 << 20;
	d->arena = arena_new(&d->budget);
	d->state = calloc(1, tls_dissector.state_size);
	assert_non_null(d->arena);
	assert_non_null(d->state);
	return d;
}

static void
dialogue_stop(struct dialogue *d)
{
	buffer_free(&d->log);
	buffer_free(&d->pending[CLIENT]);
	buffer_free(&d->pending[SERVER]);
	arena_free(&d->arena);
	free(d->state);
	free(d);
}

void *
dialogue_state(struct dialogue *d)
{
	return d->state;
}

struct x509_cache *
dialogue_certificates(const struct dialogue *d)
{
	(void)d;
	return NULL;
}

struct tls_hello_cache *
dialogue_hellos(const struct dialogue *d)
{
	(void)d;
	return NULL;
}

struct arena *
dialogue_arena(struct dialogue *d)
{
	return d->arena;
}

bool
dialogue_goes_on(const struct dialogue *d, enum side side, struct span in)
{
	(void)d;
	(void)side;
	(void)in;
	return false;
}

bool
dialogue_from_start(const struct dialogue *d)
{
	return !d->joined_late;
}

void
dialogue_unit(struct dialogue *d, enum side side, uint64_t length)
{
	d->unit[side] = length;
}

void
dialogue_tell(struct dialogue *d, const struct event *event)
{
	buffer_printf(&d->log, "%c %s %x", event->side == CLIENT ? 'C' : 'S',
		event_word(event->kind), event->code);
	if (event->text.len > 0)
		buffer_add_text(&d->log, " ");
	text_quote(&d->log, event->text, 512);
	buffer_add_text(&d->log, "\n");
}

void
dialogue_event(
	struct dialogue *d, enum side side, enum event_kind kind, uint32_t code, struct span text)
{
	dialogue_tell(d, &(struct event){ .kind = kind, .side = side, .code = code, .text = text });
}

void
dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote)
{
	buffer_printf(&d->log, "%c note %s", side == CLIENT ? 'C' : 'S', note_word(kind));
	if (quote.len > 0)
		buffer_add_text(&d->log, " ");
	text_quote(&d->log, quote, 512);
	buffer_add_text(&d->log, "\n");
}

/* Hands on what waits until the dissector wants more.  The copy ends where the bytes do, so that a
 * memory checker sees a read beyond them. */
static void
deliver(struct dialogue *d, enum side side)
{
	struct buffer *pending = &d->pending[side];

	while (pending->len > 0 && !d->settled && !d->foreign) {
		uint64_t used = d->skip[side] < pending->len ? d->skip[side] : pending->len;
		uint8_t *exact;
		enum step step;

		buffer_drop(pending, (size_t)used);
		d->skip[side] -= used;
		if (pending->len == 0)
			return;
		exact = malloc(pending->len);
		assert_non_null(exact);
		memcpy(exact, pending->at, pending->len);
		used = 0;
		step = tls_dissector.step(d, side, span_from(exact, pending->len), &used);
		free(exact);
		if (step == STEP_MORE) {
			assert_true(used == 0 || used > pending->len);
			return;
		}
		d->settled = step == STEP_SETTLED;
		d->foreign = step == STEP_NOT_MINE;
		assert_true(used > 0 || d->foreign);
		d->skip[side] += used;
	}
}

static void
feed(struct dialogue *d, enum side side, struct span bytes, size_t piece)
{
	while (bytes.len > 0 && !d->settled) {
		buffer_add(&d->pending[side], span_first(bytes, piece));
		bytes = span_after(bytes, piece);
		deliver(d, side);
	}
}

static void
lose(struct dialogue *d, enum side side, uint64_t lost)
{
	uint64_t skipped = d->skip[side] < lost ? d->skip[side] : lost;

	buffer_clear(&d->pending[side]);
	d->skip[side] -= skipped;
	if (lost > skipped)
		tls_dissector.gap(d, side, lost - skipped);
}

static void
finish(struct dialogue *d, enum ending ending)
{
	for (enum side side = CLIENT; side <= SERVER && !d->settled && !d->foreign; side++)
		tls_dissector.end(d, side, buffer_span(&d->pending[side]), ending);
}

static uint8_t
digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

static struct buffer
bytes_of(const char *hex)
{
	struct buffer bytes = { 0 };

	for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
		uint8_t byte = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));

		buffer_add(&bytes, span_from(&byte, 1));
	}
	return bytes;
}

static void
feed_hex(struct dialogue *d, enum side side, const char *hex, size_t piece)
{
	struct buffer bytes = bytes_of(hex);

	feed(d, side, buffer_span(&bytes), piece);
	buffer_free(&bytes);
}

/* The first `count` parts of a flight. */
static void
feed_flight(struct dialogue *d, const struct flight *flight, size_t count, size_t piece)
{
	for (; flight->hex != NULL && count > 0; flight++, count--)
		feed_hex(d, flight->side, flight->hex, piece);
}

static bool
says(struct dialogue *d, const char *text)
{
	return strstr(buffer_text(&d->log), text) != NULL;
}

static size_t
times(struct dialogue *d, const char *text)
{
	size_t count = 0;

	for (const char *at = buffer_text(&d->log); (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

/* Whole handshakes ----------------------------------------------------------------------------- */

#define FINISHED_12(ticket, established)                                                           \
	"C tls-cipher-changed 0\n"                                                                 \
	"C tls-encrypted 16\n"                                                                     \
	"S tls-handshake 4 NewSessionTicket\n"                                                     \
	"S tls-ticket 0 " ticket "\n"                                                              \
	"S tls-cipher-changed 0\n"                                                                 \
	"S tls-encrypted 16\n"                                                                     \
	"C tls-encrypted 17\n"                                                                     \
	"C tls-established " established

#define PROVEN "2 handshake completed\n"

/* `parts`: how many parts of the flight must have come before anything may be said of its
 * completion. */
static const struct {
	const char *name;
	const struct flight *flight;
	size_t parts;
	bool settles;
	const char *log;
} handshakes[] = {
	{ "tls12", tls12, 4, true,
		"C tls-client-hello 0 TLSv1.2 offered, SNI mx.example.org, 3 suites\n"
		"S tls-server-hello 0 TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
		"S tls-certificates 0 2 certificates, CN=mx.example.org\n"
		"S tls-key-exchange 0 ECDHE x25519, ecdsa_secp256r1_sha256\n"
		"S tls-handshake e ServerHelloDone\n"
		"C tls-handshake 10 ClientKeyExchange\n" FINISHED_12(
			"d15236b83f51424079ef2da1c7582dd2", PROVEN) "S tls-encrypted 17\n" },
	{ "tls12_resumed", tls12_resumed, 3, true,
		"C tls-client-hello 0 TLSv1.2 offered, SNI mx.example.org, 2 suites\n"
		"S tls-server-hello 0 TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
		"S tls-cipher-changed 0\n"
		"S tls-encrypted 16\n"
		"C tls-cipher-changed 0\n"
		"C tls-encrypted 16\n"
		"C tls-encrypted 17\n"
		"C tls-established " PROVEN "S tls-encrypted 17\n" },
	{ "tls12_dhe", tls12_dhe, 4, true,
		"C tls-client-hello 0 TLSv1.2 offered, SNI mx.example.org, 2 suites\n"
		"S tls-server-hello 0 TLSv1.2 TLS_DHE_RSA_WITH_AES_256_CBC_SHA\n"
		"S tls-certificates 0 1 certificate, CN=old.example.org\n"
		"S tls-key-exchange 0 DHE 1024 bits, rsa_pss_rsae_sha256\n"
		"S tls-handshake e ServerHelloDone\n"
		"C tls-handshake 10 ClientKeyExchange\n" FINISHED_12(
			"5fbfca2299cafccc97115abfd143c388", PROVEN) "S tls-encrypted 17\n" },
	{ "tls12_mutual", tls12_mutual, 9, false,
		"C tls-client-hello 0 TLSv1.2 offered, SNI mx.example.org, 2 suites\n"
		"S tls-server-hello 0 TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
		"S tls-certificates 0 2 certificates, CN=mx.example.org\n"
		"S tls-key-exchange 0 ECDHE x25519, ecdsa_secp256r1_sha256\n"
		"S tls-handshake d CertificateRequest\n"
		"S tls-handshake e ServerHelloDone\n"
		"C tls-certificates 0 1 certificate, CN=mx.example.org\n"
		"C tls-handshake 10 ClientKeyExchange\n"
		"C tls-handshake f CertificateVerify\n"
		"C tls-cipher-changed 0\n"
		"C tls-encrypted 16\n"
		"S tls-alert 22b fatal unsupported_certificate\n" },
	{ "tls10", tls10, 4, true,
		"C tls-client-hello 0 TLSv1.0 offered, SNI mx.example.org, 2 suites\n"
		"S tls-server-hello 0 TLSv1.0 TLS_RSA_WITH_AES_128_CBC_SHA\n"
		"S tls-certificates 0 1 certificate, CN=old.example.org\n"
		"S tls-handshake e ServerHelloDone\n"
		"C tls-handshake 10 ClientKeyExchange\n" FINISHED_12(
			"1f208cf655b291775c3495231b98dc9d", PROVEN) "S tls-encrypted 17\n" },
	{ "tls13", tls13, 3, true,
		"C tls-client-hello 0 TLSv1.3 offered, SNI mx.example.org, 5 suites\n"
		"S tls-server-hello 0 TLSv1.3 TLS_AES_256_GCM_SHA384, x25519\n"
		"S tls-encrypted 17\n"
		"C tls-encrypted 17\n"
		"C tls-established " PROVEN },
	{ "tls13_retry", tls13_retry, 5, true,
		"C tls-client-hello 0 TLSv1.3 offered, SNI mx.example.org, 5 suites\n"
		"S tls-retry 0 TLSv1.3 TLS_AES_256_GCM_SHA384, asks for secp384r1\n"
		"C tls-client-hello 0 TLSv1.3 offered, SNI mx.example.org, 5 suites\n"
		"S tls-server-hello 0 TLSv1.3 TLS_AES_256_GCM_SHA384, secp384r1\n"
		"S tls-encrypted 17\n"
		"C tls-encrypted 17\n"
		"C tls-established " PROVEN },
	{ "tls13_rejected", tls13_rejected, 9, false,
		"C tls-client-hello 0 TLSv1.3 offered, SNI mx.example.org, 4 suites\n"
		"S tls-server-hello 0 TLSv1.3 TLS_AES_256_GCM_SHA384, x25519\n"
		"S tls-encrypted 17\n"
		"C tls-alert 230 fatal unknown_ca\n" },
	{ "tls12_rejected", tls12_rejected, 9, false,
		"C tls-client-hello 0 TLSv1.2 offered, SNI mx.example.org, 2 suites\n"
		"S tls-server-hello 0 TLSv1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n"
		"S tls-certificates 0 1 certificate, CN=mx.example.org\n"
		"S tls-key-exchange 0 ECDHE x25519, ecdsa_secp256r1_sha256\n"
		"S tls-handshake e ServerHelloDone\n"
		"C tls-alert 230 fatal unknown_ca\n" },
	{ "tls12_refused", tls12_refused, 9, false,
		"C tls-client-hello 0 TLSv1.2 offered, SNI mx.example.org, 2 suites\n"
		"S tls-alert 228 fatal handshake_failure\n" },
};

static void
whole_handshakes(void **unused)
{
	static const size_t pieces[] = { SIZE_MAX, 1, 7, 1460 };

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(handshakes) * TABLE_LENGTH(pieces); i++) {
		size_t which = i / TABLE_LENGTH(pieces);
		struct dialogue *d = dialogue_start();

		feed_flight(
			d, handshakes[which].flight, SIZE_MAX, pieces[i % TABLE_LENGTH(pieces)]);
		assert_int_equal(d->settled, handshakes[which].settles);
		finish(d, ENDING_FIN);
		assert_string_equal(buffer_text(&d->log), handshakes[which].log);
		dialogue_stop(d);
	}
}

/* However early the capture ends, nothing is claimed that was not seen. */
static void
cut_short(const struct flight *flight, size_t part, size_t bytes, bool may_claim)
{
	struct dialogue *d = dialogue_start();
	struct buffer last = bytes_of(flight[part].hex);

	feed_flight(d, flight, part, SIZE_MAX);
	feed(d, flight[part].side, span_first(buffer_span(&last), bytes), SIZE_MAX);
	finish(d, bytes % 2 == 0 ? ENDING_CAPTURE : ENDING_FIN);
	if (!may_claim)
		assert_false(says(d, "tls-established"));
	assert_false(says(d, "tls-garbage"));
	assert_false(says(d, "malformed"));
	buffer_free(&last);
	dialogue_stop(d);
}

static void
every_prefix(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(handshakes); i++) {
		const struct flight *flight = handshakes[i].flight;

		for (size_t part = 0; flight[part].hex != NULL; part++) {
			size_t length = strlen(flight[part].hex) / 2;

			for (size_t bytes = 0; bytes < length; bytes++)
				cut_short(flight, part, bytes, part >= handshakes[i].parts);
		}
	}
}

/* Records carry the version too; only that of ServerHello counts. */
static void
old_versions(void **unused)
{
	static const struct {
		uint8_t minor;
		const char *told;
	} cases[] = {
		{ 0, "S tls-server-hello 0 SSLv3 TLS_RSA" },
		{ 1, "S tls-server-hello 0 TLSv1.0 TLS_RSA" },
		{ 2, "S tls-server-hello 0 TLSv1.1 TLS_RSA" },
	};

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue *d = dialogue_start();

		for (const struct flight *part = tls10; part->hex != NULL; part++) {
			struct buffer bytes = bytes_of(part->hex);

			for (size_t at = 0; at < bytes.len;
				at += 5 + (size_t)(bytes.at[at + 3] << 8 | bytes.at[at + 4])) {
				bytes.at[at + 2] = cases[i].minor;
				if (bytes.at[at] == 22 && bytes.at[at + 5] <= 2 &&
					bytes.at[at + 9] == 3)
					bytes.at[at + 10] = cases[i].minor;
			}
			feed(d, part->side, buffer_span(&bytes), SIZE_MAX);
			buffer_free(&bytes);
		}
		assert_true(says(d, cases[i].told));
		assert_true(says(d, "tls-established 2"));
		dialogue_stop(d);
	}
}

/* Messages and records ------------------------------------------------------------------------- */

/* A hello in two records, cut anywhere; and in records of `most` bytes. */
static void
feed_records(struct dialogue *d, struct span message, size_t first, size_t most)
{
	while (message.len > 0) {
		struct span part = span_first(message, first);
		uint8_t header[] = { 22, 3, 1, (uint8_t)(part.len >> 8), (uint8_t)part.len };

		feed(d, CLIENT, span_from(header, sizeof(header)), SIZE_MAX);
		feed(d, CLIENT, part, SIZE_MAX);
		message = span_after(message, part.len);
		first = most;
	}
}

static void
split_hello(void **unused)
{
	struct buffer hello = bytes_of(tls12[0].hex);
	struct span message = span_after(buffer_span(&hello), 5);

	(void)unused;
	for (size_t cut = 1; cut <= message.len; cut++) {
		struct dialogue *d = dialogue_start();

		feed_records(d, message, cut, message.len);
		feed_records(d, message, cut < 40 ? cut : 40, 1 + cut / 40);
		assert_string_equal(buffer_text(&d->log),
			"C tls-client-hello 0 TLSv1.2 offered, SNI mx.example.org, 3 suites\n"
			"C tls-handshake 1 ClientHello\n");
		dialogue_stop(d);
	}
	buffer_free(&hello);
}

/* ServerHello to ServerHelloDone in one record, as many servers send them. */
static void
shared_record(void **unused)
{
	struct dialogue *d = dialogue_start();
	struct buffer bytes = bytes_of(tls12[1].hex), messages = { 0 };
	uint8_t header[] = { 22, 3, 3, 0, 0 };

	(void)unused;
	for (size_t at = 0, length; at < bytes.len; at += 5 + length) {
		length = (size_t)(bytes.at[at + 3] << 8 | bytes.at[at + 4]);
		buffer_add(&messages, span_from(bytes.at + at + 5, length));
	}
	header[3] = (uint8_t)(messages.len >> 8);
	header[4] = (uint8_t)messages.len;
	feed_flight(d, tls12, 1, SIZE_MAX);
	feed(d, SERVER, span_from(header, sizeof(header)), SIZE_MAX);
	feed(d, SERVER, span_first(buffer_span(&messages), messages.len - 3), SIZE_MAX);
	assert_true(says(d, "tls-key-exchange")); /* though the record is not whole */
	assert_false(says(d, "ServerHelloDone"));
	feed(d, SERVER, span_after(buffer_span(&messages), messages.len - 3), SIZE_MAX);
	assert_true(says(d, "ServerHelloDone"));
	buffer_free(&bytes);
	buffer_free(&messages);
	dialogue_stop(d);
}

/* A NewSessionTicket: its length, then key name, IV, encrypted state and MAC in 64 bytes. */
#define TICKET(length)                                                                             \
	"160303004a0400004600001c20" length "00112233445566778899aabbccddeeff"                      \
	"303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f"

/* Odd records, behind the flights named: what is told, and what is not. */
static const struct {
	const char *name;
	const struct flight *flight;
	size_t parts;
	enum side side;
	const char *hex;
	const char *told, *untold;
} records[] = {
	{ "heartbeat that lies", tls12, 1, CLIENT, "1803010003014000",
		"C tls-heartbeat-probe 4000 claims 16384 bytes, has 0\n", "malformed" },
	{ "heartbeat that fits", tls12, 1, CLIENT,
		"180301001401000100"
		"00000000000000000000000000000000",
		"C tls-client-hello", "heartbeat" },
	{ "two alerts in a record", tls12, 1, SERVER, "15030100040170022800",
		"S tls-alert 170 warning unrecognized_name\nS tls-alert 228 fatal "
		"handshake_failure\n",
		NULL },
	{ "alert cut in half", tls12, 1, SERVER, "150301000102", "S note malformed alert\n",
		"tls-alert" },
	{ "close_notify in clear", tls12, 2, CLIENT, "15030300020100",
		"C tls-alert 100 warning close_notify\n", "tls-established" },
	{ "no ChangeCipherSpec", tls12, 2, CLIENT, "1403030002010114030300010216030300080e000000",
		"C note malformed ChangeCipherSpec\n", "tls-cipher-changed" },
	{ "server's alert to the client's Finished", tls12, 3, SERVER, "15030300020233",
		"S tls-alert 233 fatal decrypt_error\n", "tls-established" },
	{ "encrypted alert", tls12, 3, CLIENT,
		"150303001a0000000000000000000000000000000000000000000000000000",
		"C tls-encrypted 15\n", "tls-established" },
	{ "encrypted alert, code", tls12, 3, CLIENT,
		"150303001a0000000000000000000000000000000000000000000000000000",
		"C tls-alert ff encrypted alert\n", NULL },
	{ "orderly close without a word", tls12, 4, CLIENT,
		"150303001a0000000000000000000000000000000000000000000000000000",
		"C tls-established 2", NULL },
	{ "renegotiation", tls12, 5, SERVER,
		"160303001c00000000000000000000000000000000000000000000000000000000",
		"S tls-renegotiation 0 another handshake inside\n", NULL },
	{ "second handshake record of a side", tls12, 4, CLIENT,
		"160303001c00000000000000000000000000000000000000000000000000000000",
		"C tls-renegotiation 0", NULL },
	{ "ticket", tls12, 3, SERVER, TICKET("0040"),
		"S tls-handshake 4 NewSessionTicket\nS tls-ticket 0 00112233445566778899aabbccddeeff\n", "30313233" },
	{ "second ticket", tls12, 3, SERVER, TICKET("0040") TICKET("0040"),
		"eeff\nS tls-handshake 4 NewSessionTicket\n", NULL },
	{ "ticket too short for a key name", tls12, 3, SERVER, TICKET("003f"), "NewSessionTicket", "tls-ticket" },
	{ "ticket whose length lies", tls12, 3, SERVER, TICKET("0041"), "NewSessionTicket", "tls-ticket" },
	{ "ticket from the client", tls12, 2, CLIENT, TICKET("0040"), "C tls-handshake 4", "tls-ticket" },
	{ "ticket before the ServerHello", tls12, 1, SERVER, TICKET("0040"), "S tls-handshake 4", "tls-ticket" },
	{ "certificate that is none", tls12_rejected, 1, SERVER,
		"16030300300200002c0303000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d"
		"1e1f00c02b000004ff010000"
		"160303000f0b00000b0000080000051234567890",
		"S note malformed", NULL },
	{ "message too long", tls12, 1, SERVER, "16030300100b01ffff000000000000000000000000",
		"C tls-client-hello", "tls-certificates" },
	{ "empty record", tls12, 1, SERVER, "160303000015030300020228", "S tls-alert 228",
		"malformed" },
	{ "ServerHello that is none", tls12, 1, SERVER, "16030300060200000203030e",
		"S note malformed ServerHello\nS tls-handshake 2 ServerHello\n", NULL },
	{ "ClientHello from the server", tls12, 1, SERVER, "160303000401000000",
		"S tls-handshake 1 ClientHello\n", NULL },
	{ "ClientHello that is none", tls12, 0, CLIENT, "16030100060100000203030e",
		"C note malformed ClientHello\nC tls-handshake 1 ClientHello\n",
		"tls-client-hello" },
};

static void
odd_records(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(records) * 2; i++) {
		size_t which = i / 2;
		struct dialogue *d = dialogue_start();

		feed_flight(d, records[which].flight, records[which].parts, SIZE_MAX);
		feed_hex(d, records[which].side, records[which].hex, i % 2 == 0 ? SIZE_MAX : 1);
		if (!says(d, records[which].told) ||
			(records[which].untold != NULL && says(d, records[which].untold)))
			fail_msg("%s:\n%s", records[which].name, buffer_text(&d->log));
		dialogue_stop(d);
	}
}

/* A message longer than what is kept is passed over, and the next one is read. */
static void
long_message(void **unused)
{
	struct dialogue *d = dialogue_start();
	struct buffer record = bytes_of("1603034000");
	size_t left = 4 + 0x11000;

	(void)unused;
	feed_flight(d, tls12, 1, SIZE_MAX);
	for (size_t i = 0; i < 0x4000; i++)
		buffer_add(&record, span_from("", 1));
	memcpy(record.at + 5, "\x0B\x01\x10\x00", 4);
	for (; left > 0x4000; left -= 0x4000) {
		feed(d, SERVER, buffer_span(&record), SIZE_MAX);
		memset(record.at + 5, 0, 4);
	}
	record.at[3] = (uint8_t)(left >> 8);
	record.at[4] = (uint8_t)left;
	feed(d, SERVER, span_first(buffer_span(&record), 5 + left), SIZE_MAX);
	assert_true(says(d, "S note truncated Certificate\nS tls-handshake b Certificate\n"));
	feed_flight(d, tls12 + 1, 1, SIZE_MAX);
	assert_true(says(d, "S tls-certificates 0 2 certificates"));
	buffer_free(&record);
	dialogue_stop(d);
}

static void
endless_messages(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	for (int i = 0; i < 1000; i++) {
		feed_hex(d, SERVER, "16030300040e000000", SIZE_MAX);
		feed_hex(d, SERVER, "15030300020100", SIZE_MAX);
		feed_hex(d, CLIENT, tls12[0].hex, SIZE_MAX);
		feed_hex(d, CLIENT, "1803010003014000", SIZE_MAX);
	}
	assert_int_equal(times(d, "S tls-handshake e"), 64);
	assert_int_equal(times(d, "S note truncated"), 1);
	assert_int_equal(times(d, "tls-alert"), 8);
	assert_int_equal(times(d, "tls-client-hello"), 1);
	assert_int_equal(times(d, "heartbeat-probe"), 1);
	dialogue_stop(d);
}

/* Completion ----------------------------------------------------------------------------------- */

/* What a client sends behind the server's encrypted flight in TLS 1.3 (SHA-384: a Finished has 69
 * bytes), by record lengths; how the connection ends; what is said of the handshake. */
static const struct {
	const char *name;
	size_t lengths[4];
	enum ending ending;
	const char *told; /* NULL for nothing */
} answers[] = {
	{ "nothing", { 0 }, ENDING_FIN, NULL },
	{ "an alert", { 19 }, ENDING_FIN, NULL },
	{ "an alert and close_notify", { 19, 19 }, ENDING_FIN, NULL },
	{ "a Finished", { 69 }, ENDING_RST, "C tls-established 2" },
	{ "a Finished of another hash", { 53 }, ENDING_FIN, NULL },
	{ "Finished and data", { 69, 40 }, ENDING_FIN, "C tls-established 2" },
	{ "a flight with a certificate", { 700 }, ENDING_FIN, "C tls-established 1" },
	{ "the same, and data", { 700, 40 }, ENDING_FIN, "C tls-established 2" },
	{ "a padded alert", { 40 }, ENDING_FIN, NULL },
};

static void
feed_application(struct dialogue *d, enum side side, size_t length)
{
	uint8_t record[1024] = { 23, 3, 3, (uint8_t)(length >> 8), (uint8_t)length };

	feed(d, side, span_from(record, 5 + length), SIZE_MAX);
}

static void
client_answers(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(answers); i++) {
		struct dialogue *d = dialogue_start();

		feed_flight(d, tls13, 2, SIZE_MAX);
		feed_hex(d, CLIENT, "140303000101", SIZE_MAX);
		for (size_t j = 0; j < 4 && answers[i].lengths[j] > 0; j++)
			feed_application(d, CLIENT, answers[i].lengths[j]);
		finish(d, answers[i].ending);
		if (says(d, "tls-established") != (answers[i].told != NULL) ||
			(answers[i].told != NULL && !says(d, answers[i].told)))
			fail_msg("%s:\n%s", answers[i].name, buffer_text(&d->log));
		dialogue_stop(d);
	}
}

/* TLS 1.2 with nothing behind the Finished of both sides. */
static void
silent_end(void **unused)
{
	static const struct {
		enum ending ending;
		const char *told;
	} cases[] = {
		{ ENDING_FIN, "tls-established 2" },
		{ ENDING_RST, "tls-established 1" },
		{ ENDING_CAPTURE, "tls-established 1" },
	};

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue *d = dialogue_start();

		feed_flight(d, tls12, 4, SIZE_MAX);
		assert_false(says(d, "tls-established"));
		finish(d, cases[i].ending);
		assert_true(says(d, cases[i].told));
		assert_int_equal(times(d, "tls-established"), 1);
		dialogue_stop(d);
	}
}

#define RANDOM "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

/* Early data comes before the server spoke, and may be refused: it proves nothing. */
static void
early_data(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed_hex(d, CLIENT,
		"160301003a010000360303" RANDOM "00000213020100000b002a0000002b0003020304",
		SIZE_MAX);
	feed_hex(d, CLIENT, "140303000101", SIZE_MAX);
	feed_application(d, CLIENT, 69);
	feed_application(d, CLIENT, 100);
	feed_flight(d, tls13 + 1, 1, SIZE_MAX);
	assert_true(says(d, "S tls-encrypted 17"));
	assert_false(says(d, "C tls-encrypted"));
	assert_false(says(d, "tls-cipher-changed"));
	assert_false(says(d, "tls-established"));
	feed_application(d, CLIENT, 21);
	assert_false(says(d, "tls-established"));
	feed_application(d, CLIENT, 69);
	assert_true(says(d, "C tls-established 1"));
	dialogue_stop(d);
}

/* Where next protocol negotiation was agreed on, the client sends one encrypted message more. */
static void
next_protocol(void **unused)
{
	static const char encrypted[] = "16030300080102030405060708";
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed_flight(d, tls12, 1, SIZE_MAX);
	feed_hex(d, SERVER, "16030300300200002c0303" RANDOM "00c02f00000433740000", SIZE_MAX);
	feed_hex(d, SERVER, "140303000101", SIZE_MAX);
	feed_hex(d, SERVER, encrypted, SIZE_MAX);
	feed_hex(d, CLIENT, "140303000101", SIZE_MAX);
	feed_hex(d, CLIENT, encrypted, SIZE_MAX);
	feed_hex(d, CLIENT, encrypted, SIZE_MAX);
	assert_false(says(d, "tls-renegotiation"));
	feed_hex(d, CLIENT, encrypted, SIZE_MAX);
	assert_true(says(d, "C tls-renegotiation 0 another handshake inside, not bound"));
	dialogue_stop(d);
}

/* The suite with a short tag has shorter alerts and a shorter Finished. */
static void
short_tag(void **unused)
{
	static const struct {
		size_t length;
		bool established;
	} cases[] = { { 11, false }, { 19, false }, { 45, true }, { 53, false } };

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct dialogue *d = dialogue_start();

		feed_flight(d, tls13, 1, SIZE_MAX);
		feed_hex(d, SERVER, "16030300320200002e0303" RANDOM "001305000006002b00020304",
			SIZE_MAX);
		feed_application(d, SERVER, 600);
		feed_application(d, CLIENT, cases[i].length);
		assert_int_equal(says(d, "tls-established 2"), cases[i].established);
		dialogue_stop(d);
	}
}

/* A session that could be renegotiated unsafely is watched for longer. */
static void
unsafe_renegotiation(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed_flight(d, tls12, 1, SIZE_MAX);
	feed_hex(d, SERVER, "160303002a020000260303" RANDOM "00c02f00", SIZE_MAX);
	feed_hex(d, SERVER, "14030300010116030300080102030405060708", SIZE_MAX);
	feed_hex(d, CLIENT, "14030300010116030300080102030405060708", SIZE_MAX);
	feed_application(d, CLIENT, 50);
	feed_application(d, SERVER, 50);
	assert_true(says(d, "tls-established 2"));
	assert_false(d->settled);
	feed_hex(d, SERVER, "16030300080102030405060708", SIZE_MAX);
	assert_true(says(d, "S tls-renegotiation 0 another handshake inside, not bound"));
	assert_true(d->settled);
	dialogue_stop(d);
}

/* Bytes that are missing ----------------------------------------------------------------------- */

/* Bytes `from` to `to` of part `part` are lost. */
static const struct {
	const char *name;
	const struct flight *flight;
	size_t part, from, to;
	const char *told, *untold;
} gaps[] = {
	{ "inside a certificate", tls12, 1, 300, 500, "C tls-established 2", "tls-certificates" },
	{ "what follows it is read", tls12, 1, 300, 500, "S tls-handshake e ServerHelloDone",
		NULL },
	{ "inside an encrypted record", tls13, 1, 300, 500, "C tls-established 2", "note" },
	{ "the server's Finished", tls12, 3, 180, 242, "S tls-established 1", "renegotiation" },
	{ "both Hellos' ends", tls12, 1, 20, 1134, "C tls-encrypted 16", "tls-server-hello" },
	{ "the ServerHello of TLS 1.3", tls13, 1, 0, 130, "tls-established 1", "tls-server-hello" },
	{ "the ClientHello", tls13, 0, 0, 517, "C tls-established 2", "tls-client-hello" },
	{ "all that the server said", tls12, 1, 0, 1134, "C tls-client-hello", "garbage" },
};

static void
lost_bytes(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(gaps); i++) {
		struct dialogue *d = dialogue_start();

		for (size_t part = 0; gaps[i].flight[part].hex != NULL; part++) {
			enum side side = gaps[i].flight[part].side;
			struct buffer bytes = bytes_of(gaps[i].flight[part].hex);
			struct span all = buffer_span(&bytes);

			if (part == gaps[i].part) {
				feed(d, side, span_first(all, gaps[i].from), SIZE_MAX);
				lose(d, side, gaps[i].to - gaps[i].from);
				all = span_after(all, gaps[i].to);
			}
			feed(d, side, all, SIZE_MAX);
			buffer_free(&bytes);
		}
		finish(d, ENDING_FIN);
		if (!says(d, gaps[i].told) || (gaps[i].untold != NULL && says(d, gaps[i].untold)))
			fail_msg("%s:\n%s", gaps[i].name, buffer_text(&d->log));
		dialogue_stop(d);
	}
}

/* Whatever single run of bytes is lost, no step crashes and no completion is called proven that was
 * not seen. */
static void
any_gap(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(handshakes); i++) {
		const struct flight *flight = handshakes[i].flight;

		for (size_t part = 0; flight[part].hex != NULL; part++) {
			size_t length = strlen(flight[part].hex) / 2;

			for (size_t from = 0; from < length; from += 11) {
				struct dialogue *d = dialogue_start();
				struct buffer bytes = bytes_of(flight[part].hex);

				feed_flight(d, flight, part, SIZE_MAX);
				feed(d, flight[part].side, span_first(buffer_span(&bytes), from),
					SIZE_MAX);
				lose(d, flight[part].side, length - from);
				feed_flight(d, flight + part + 1, SIZE_MAX, SIZE_MAX);
				finish(d, ENDING_FIN);
				assert_true(handshakes[i].settles || !says(d, "tls-established"));
				assert_false(says(d, "tls-garbage"));
				buffer_free(&bytes);
				dialogue_stop(d);
			}
		}
	}
}

static void
joined_late(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	d->joined_late = true;
	feed_flight(d, tls12 + 4, 2, SIZE_MAX);
	assert_false(says(d, "tls-established")); /* a lone record may be an alert of TLS 1.3 */
	feed_application(d, CLIENT, 100);
	assert_true(says(d, "C tls-established 1"));
	assert_true(d->settled);
	dialogue_stop(d);

	d = dialogue_start();
	d->joined_late = true;
	feed_application(d, SERVER, 600);
	feed_application(d, CLIENT, 19);
	finish(d, ENDING_FIN);
	assert_false(says(d, "tls-established"));
	dialogue_stop(d);

	d = dialogue_start(); /* in the middle of a handshake: nothing is read into its bytes */
	d->joined_late = true;
	feed_hex(d, SERVER,
		"1603030028a0000001bb000000000000000000000000000000000000000000000000"
		"00000000000000000000000000",
		SIZE_MAX);
	assert_string_equal(buffer_text(&d->log), "");
	dialogue_stop(d);

	d = dialogue_start(); /* a handshake that begins later is seen whole */
	d->joined_late = true;
	feed_flight(d, tls12, SIZE_MAX, SIZE_MAX);
	assert_string_equal(buffer_text(&d->log), handshakes[0].log);
	dialogue_stop(d);
}

/* One side was not captured: that is no proof of anything, and no reason to go on for ever. */
static void
one_side_only(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed_flight(d, tls12, 1, SIZE_MAX);
	feed_flight(d, tls12 + 2, 1, SIZE_MAX);
	for (int i = 0; i < 300 && !d->settled; i++)
		feed_application(d, CLIENT, 300);
	assert_true(d->settled);
	assert_false(says(d, "tls-established"));
	dialogue_stop(d);
}

/* Bytes that are no record --------------------------------------------------------------------- */

static void
garbage(void **unused)
{
	static const struct {
		enum side side;
		const char *bytes;
		const char *told;
	} cases[] = {
		{ CLIENT, "AUTH PLAIN AGpvZQBzZWNyZXQ=\r\nMAIL FROM:<joe@example.org>\r\n",
			"C tls-garbage 0 text\n" },
		{ SERVER, "220 mx.example.org ESMTP\r\n", "S tls-garbage dc text, reply 220\n" },
		{ SERVER, "554-no\r\n", "S tls-garbage 22a text, reply 554\n" },
		{ SERVER, "421", "S tls-garbage 1a5 text, reply 421\n" },
		{ SERVER, "2201 lines\r\n", "S tls-garbage 0 text\n" },
		{ SERVER, "999 lines\r\n", "S tls-garbage 0 text\n" },
		{ SERVER, "220 \x01\r\n", "S tls-garbage 0 bytes that are no record\n" },
		{ SERVER, "HTTP/1.1 400 Bad Request\r\n", "S tls-garbage 0 text\n" },
		{ CLIENT, "220 mx.example.org\r\n", "C tls-garbage 0 text\n" },
		{ SERVER, "454 TLS zurzeit nicht verf\xc3\xbcgbar\r\n", "S tls-garbage 1c6 text, reply 454\n" },
		{ SERVER, "454 verf\xfcgbar\r\n", "S tls-garbage 0 bytes that are no record\n" },
		{ SERVER,
			"\x01\x02\x03 no line end, but quite a lot of bytes that go on and on for "
			"a while",
			"S tls-garbage 0 bytes that are no record\n" },
		{ CLIENT, "QUIT", "C tls-garbage 0 text\n" },
		{ CLIENT, "\x16\x05\x01", "C tls-garbage 0 bytes that are no record\n" },
	};

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases) * 2; i++) {
		struct dialogue *d = dialogue_start();

		feed_flight(d, tls13_rejected, SIZE_MAX, SIZE_MAX);
		feed(d, cases[i / 2].side, span_of(cases[i / 2].bytes), i % 2 == 0 ? SIZE_MAX : 1);
		finish(d, ENDING_FIN);
		assert_true(says(d, cases[i / 2].told));
		assert_int_equal(times(d, "garbage"), 1);
		assert_false(says(d, "AGpv"));
		dialogue_stop(d);
	}
}

/* A hello that comes to no end is told at that of its stream, wherever it was cut: behind the type of its message at the
 * latest.  Not where the rest may be in a gap, and not as long as it may come. */
static void
cut_hello(void **unused)
{
	static const char old[] = "802e0100020015000000100100800300800700c0060040020080040080"
				   "00000a112233445566778899aabbccddeeff00";
	static const char pieces[] = "16030100020100" "160301000301ff03" "160301000403030102";
	const struct {
		const char *hex;
		size_t least, whole;
	} hellos[] = {
		{ tls12[0].hex, 6, strlen(tls12[0].hex) / 2 },
		{ tls13[0].hex, 6, strlen(tls13[0].hex) / 2 },
		{ pieces, 6, SIZE_MAX },
		{ old, 6, 48 },
	};

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(hellos); i++) {
		struct buffer bytes = bytes_of(hellos[i].hex);

		for (size_t len = 1; len <= bytes.len * 2; len++) {
			struct span hello = span_first(buffer_span(&bytes), (len + 1) / 2);
			struct dialogue *d = dialogue_start();

			feed(d, CLIENT, hello, len % 2 == 0 ? SIZE_MAX : 1);
			assert_false(says(d, "tls-hello-cut"));
			finish(d, ENDING_RST);
			assert_int_equal(times(d, "C tls-hello-cut"),
				hello.len < hellos[i].whole && hello.len >= hellos[i].least);
			dialogue_stop(d);

			d = dialogue_start();
			feed(d, CLIENT, hello, SIZE_MAX);
			lose(d, CLIENT, 10);
			finish(d, ENDING_FIN);
			assert_false(says(d, "tls-hello-cut"));
			dialogue_stop(d);
		}
		buffer_free(&bytes);
	}
}

/* Text in front of ServerHello: told, and the handshake is found again behind it. */
static void
resynchronise(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed_flight(d, tls12, 1, SIZE_MAX);
	feed(d, SERVER, span_of("220 2.0.0 Ready\r\n220 and again\r\n"), SIZE_MAX);
	feed_flight(d, tls12 + 1, SIZE_MAX, SIZE_MAX);
	assert_int_equal(times(d, "garbage"), 1);
	assert_true(says(d, "S tls-server-hello 0 TLSv1.2"));
	assert_true(says(d, "C tls-established 2"));
	dialogue_stop(d);
}

static void
another_protocol(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed(d, SERVER, span_of("220 mx.example.org ESMTP\r\n"), SIZE_MAX);
	assert_true(d->foreign);
	assert_string_equal(buffer_text(&d->log), "");
	dialogue_stop(d);
}

/* SSLv2 ---------------------------------------------------------------------------------------- */

static void
ssl2(void **unused)
{
	static const char client_hello[] = "802e010002001500000010"
					   "010080"
					   "0700c0"
					   "030080"
					   "060040"
					   "020080"
					   "040080"
					   "050080"
					   "000102030405060708090a0b0c0d0e0f";
	static const char server_hello[] = "8021"
					   "04"
					   "00"
					   "01"
					   "0002"
					   "0000"
					   "0006"
					   "0010"
					   "010080"
					   "0700c0"
					   "000102030405060708090a0b0c0d0e0f";
	static const char master_key[] = "800a02010080000000000000";
	static const char encrypted[] = "80100102030405060708090a0b0c0d0e0f10";

	(void)unused;
	for (size_t piece = 1; piece < 100; piece += 98) {
		struct dialogue *d = dialogue_start();

		feed_hex(d, CLIENT, client_hello, piece);
		feed_hex(d, SERVER, server_hello, piece);
		feed_hex(d, CLIENT, master_key, piece);
		feed_hex(d, SERVER, encrypted, piece);
		feed_hex(d, CLIENT, encrypted, piece);
		feed_hex(d, SERVER, encrypted, piece);
		assert_false(says(d, "tls-established"));
		feed_hex(d, CLIENT, encrypted, piece);
		feed_hex(d, SERVER, encrypted, piece);
		assert_string_equal(buffer_text(&d->log),
			"C tls-client-hello 0 SSLv2 offered in the form of SSLv2, 7 suites\n"
			"S tls-server-hello 0 SSLv2\n"
			"S tls-encrypted 0\n"
			"C tls-encrypted 0\n"
			"S tls-established 1 handshake completed, likely\n");
		assert_true(d->settled);
		dialogue_stop(d);
	}
}

/* The old form offers TLS 1.0 and the server takes it. */
static void
ssl2_to_tls(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed_hex(d, CLIENT,
		"8022"
		"01"
		"0301"
		"0009"
		"0000"
		"0010"
		"00002f"
		"00000a"
		"0000ff"
		"000102030405060708090a0b0c0d0e0f",
		SIZE_MAX);
	feed_flight(d, tls10 + 1, SIZE_MAX, SIZE_MAX);
	assert_true(
		says(d, "C tls-client-hello 0 TLSv1.0 offered in the form of SSLv2, 3 suites\n"));
	assert_true(says(d, "S tls-server-hello 0 TLSv1.0"));
	assert_true(says(d, "C tls-established 2"));
	dialogue_stop(d);
}

static void
ssl2_error(void **unused)
{
	struct dialogue *d = dialogue_start();

	(void)unused;
	feed_hex(d, CLIENT,
		"801c"
		"01"
		"0002"
		"0003"
		"0000"
		"0010"
		"010080"
		"000102030405060708090a0b0c0d0e0f",
		SIZE_MAX);
	feed_hex(d, SERVER, "8003000001", SIZE_MAX);
	assert_true(says(d, "S tls-alert 228 SSLv2 error 1\n"));
	dialogue_stop(d);
}

/* Memory and malice ---------------------------------------------------------------------------- */

static void
spent_budget(void **unused)
{
	(void)unused;
	for (size_t limit = 4096; limit < 80000; limit += 4096) {
		struct dialogue *d = dialogue_start();

		d->budget.limit = limit;
		feed_flight(d, tls12, SIZE_MAX, SIZE_MAX);
		assert_true(says(d, "C tls-established 2"));
		dialogue_stop(d);
	}
}

/* Bytes changed at random: nothing crashes, every piece size gives the same. */
static void
damaged_bytes(void **unused)
{
	uint32_t seed = 1;

	(void)unused;
	for (size_t i = 0; i < 1000; i++) {
		struct dialogue *a = dialogue_start(), *b = dialogue_start();
		const struct flight *part = handshakes[i % TABLE_LENGTH(handshakes)].flight;

		for (; part->hex != NULL; part++) {
			struct buffer bytes = bytes_of(part->hex);

			for (int changes = 0; changes < 2; changes++) {
				seed = seed * 1664525 + 1013904223;
				bytes.at[(seed >> 8) % bytes.len % 256] ^= (uint8_t)(seed & 0xFF);
			}
			feed(a, part->side, buffer_span(&bytes), SIZE_MAX);
			feed(b, part->side, buffer_span(&bytes), 1 + i % 3);
			buffer_free(&bytes);
		}
		finish(a, ENDING_FIN);
		finish(b, ENDING_FIN);
		if (strcmp(buffer_text(&a->log), buffer_text(&b->log)) != 0)
			fail_msg("%zu:\n%s-- in pieces:\n%s", i, buffer_text(&a->log),
				buffer_text(&b->log));
		dialogue_stop(a);
		dialogue_stop(b);
	}
}

/* Recognition ---------------------------------------------------------------------------------- */

static const struct {
	enum side side;
	const char *hex;
	unsigned least, most;
} probes[] = {
	{ CLIENT, "16", 1, 49 },
	{ CLIENT, "1603", 1, 49 },
	{ CLIENT, "160301", 1, 49 },
	{ CLIENT, "1603010200", 1, 49 },
	{ CLIENT, "160301020001", 90, 100 },
	{ SERVER, "160303007a02", 90, 100 },
	{ SERVER, "160301020001", 0, 0 },
	{ CLIENT, "160303007a02", 0, 0 },
	{ CLIENT, "1605010200", 0, 0 },
	{ CLIENT, "160301ffff", 0, 0 },
	{ CLIENT, "16030100000000", 0, 0 },
	{ CLIENT, "170303001400112233", 55, 65 },
	{ SERVER, "15030300020228", 55, 65 },
	{ SERVER, "140303000101", 55, 65 },
	{ CLIENT, "80", 1, 20 },
	{ CLIENT, "802e01", 1, 40 },
	{ CLIENT, "802e010002", 1, 40 },
	{ CLIENT, "802e010002001500000010", 70, 95 },
	{ CLIENT, "802e010301001500000010", 70, 95 },
	{ CLIENT, "802f010002001500000010", 0, 0 },
	{ CLIENT, "802e020002001500000010", 0, 0 },
	{ CLIENT, "802e017777001500000010", 0, 0 },
	{ SERVER,
		"8021040001000200000006"
		"0010",
		70, 95 },
	{ SERVER,
		"8022040001000200000006"
		"0010",
		0, 0 },
	{ SERVER, "323230206d782e6578616d706c65", 0, 0 }, /* 220 mx.example */
	{ CLIENT, "45484c4f20", 0, 0 },                   /* EHLO */
	{ CLIENT, "30", 0, 0 },                           /* LDAP */
	{ CLIENT, "0d0a", 0, 0 },
};

static void
recognise(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(probes); i++) {
		struct buffer bytes = bytes_of(probes[i].hex);
		unsigned sure = tls_dissector.probe(probes[i].side, buffer_span(&bytes));

		if (sure < probes[i].least || sure > probes[i].most)
			fail_msg("%s: %u", probes[i].hex, sure);
		buffer_free(&bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_handshakes),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(old_versions),
		cmocka_unit_test(split_hello),
		cmocka_unit_test(shared_record),
		cmocka_unit_test(odd_records),
		cmocka_unit_test(long_message),
		cmocka_unit_test(endless_messages),
		cmocka_unit_test(client_answers),
		cmocka_unit_test(silent_end),
		cmocka_unit_test(early_data),
		cmocka_unit_test(next_protocol),
		cmocka_unit_test(short_tag),
		cmocka_unit_test(unsafe_renegotiation),
		cmocka_unit_test(lost_bytes),
		cmocka_unit_test(any_gap),
		cmocka_unit_test(joined_late),
		cmocka_unit_test(one_side_only),
		cmocka_unit_test(garbage),
		cmocka_unit_test(cut_hello),
		cmocka_unit_test(resynchronise),
		cmocka_unit_test(another_protocol),
		cmocka_unit_test(ssl2),
		cmocka_unit_test(ssl2_to_tls),
		cmocka_unit_test(ssl2_error),
		cmocka_unit_test(spent_budget),
		cmocka_unit_test(damaged_bytes),
		cmocka_unit_test(recognise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
