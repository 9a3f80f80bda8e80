/* link: dissectors */
/* Real handshakes: what is told of each, whole, cut short, with a hole anywhere and with octets changed. */
#include "shared/tls_dialogue.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_handshakes),
		cmocka_unit_test(every_prefix),
		cmocka_unit_test(old_versions),
		cmocka_unit_test(any_gap),
		cmocka_unit_test(joined_late),
		cmocka_unit_test(spent_budget),
		cmocka_unit_test(damaged_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
