/* Certificates while memory is short: what could not be read is missing, never taken for what is not in them. */
#include "base/arena.h"
#include "shared/refuse.h"
#include "shared/x509_samples.h"
#include "x509.h"

static struct span
der_of(const char *hex)
{
	static uint8_t der[1024];
	size_t len = strlen(hex) / 2;
	unsigned octet;

	assert_true(len <= sizeof(der));
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &octet), 1);
		der[i] = (uint8_t)octet;
	}
	return span_from(der, len);
}

/* What rules ask of a certificate, in one line. */
static void
say(const struct certificate *certificate, char out[1024])
{
	const struct certificate *c = certificate;

	snprintf(out, 1024, "%d|%.*s|%.*s|%.*s|%.*s|%.*s|%lld %lld|%s %u|%.*s|%d%d%d%d%d%d%d", c->unreadable,
		(int)c->subject.len, (const char *)c->subject.at, (int)c->issuer.len, (const char *)c->issuer.at,
		(int)c->common_name.len, (const char *)c->common_name.at, (int)c->serial.len,
		(const char *)c->serial.at,
		(int)c->names.len, (const char *)c->names.at, (long long)c->not_before, (long long)c->not_after,
		c->key_type, c->key_bits, (int)c->signature_algorithm.len, (const char *)c->signature_algorithm.at,
		c->signed_sha1, c->self_signed, c->is_ca, c->has_usage, c->for_server, c->must_staple, c->has_names);
}

static bool
read_whole(const char *hex)
{
	static char whole[1024];
	struct budget budget = { .limit = 1 << 20 };
	struct arena *arena = arena_new(&budget);
	struct certificate certificate;
	char line[1024];
	bool spent;

	if (arena == NULL)
		return false;
	x509_read(arena, der_of(hex), &certificate);
	say(&certificate, line);
	if (refused_at == 0)
		strcpy(whole, line);
	spent = arena_spent(arena);
	if (!spent)
		assert_string_equal(line, whole);
	arena_free(&arena);
	return !spent;
}

static void
test_certificates(void **state)
{
	(void)state;
	refuse_each(read_whole, ec_der);
	refuse_each(read_whole, ca_der);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
