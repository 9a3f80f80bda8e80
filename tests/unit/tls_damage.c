/* link: dissectors */
/* What the TLS dissector tells where octets are missing, and where they are no record. */
#include "shared/tls_dialogue.h"

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

/* A hello that comes to no end is told at that of its stream, wherever it was cut: behind the type of its message at
 * the latest.  Not where the rest may be in a gap, and not as long as it may come. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lost_bytes),
		cmocka_unit_test(one_side_only),
		cmocka_unit_test(garbage),
		cmocka_unit_test(cut_hello),
		cmocka_unit_test(resynchronise),
		cmocka_unit_test(another_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
