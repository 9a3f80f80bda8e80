/* link: dissectors */
/* The TLS dissector, message by message: records, the end of a handshake, SSLv2, and what it takes for TLS. */
#include "shared/tls_dialogue.h"

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
		cmocka_unit_test(ssl2),
		cmocka_unit_test(ssl2_to_tls),
		cmocka_unit_test(ssl2_error),
		cmocka_unit_test(recognise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
