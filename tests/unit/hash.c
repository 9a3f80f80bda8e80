/* The keyed hash: vectors computed by another implementation (OpenSSL's SIPHASH, one and three rounds), and
 * independence of where the bytes lie. */
#include "base/hash.h"
#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* 00 01 ... 0f */
static const struct hash_key counting = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

/* Over the bytes 00 01 02 ...; the lengths stand on either side of whole words. */
static const struct {
	size_t   len;
	uint64_t hash;
} vectors[] = {
	{ 0, 0xABAC0158050FC4DC },
	{ 1, 0xC9F49BF37D57CA93 },
	{ 7, 0xD3927D989BB11140 },
	{ 8, 0x369095118D299A8E },
	{ 9, 0x25A48EB36C063DE4 },
	{ 15, 0xD320D86D2A519956 },
	{ 16, 0xCC4FDD1A7D908B66 },
	{ 63, 0x9D199062B7BBB3A8 },
};

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(vectors); i++) {
		/* as large as the bytes, so that a memory checker sees a read beyond them */
		uint8_t *bytes = malloc(vectors[i].len + 1);
		uint64_t hash;

		assert_non_null(bytes);
		for (size_t k = 0; k < vectors[i].len; k++)
			bytes[k + 1] = (uint8_t)k;
		hash = hash_bytes(&counting, bytes + 1, vectors[i].len);
		free(bytes);
		if (hash != vectors[i].hash)
			fail_msg("%zu bytes: %llx", vectors[i].len, (unsigned long long)hash);
	}
}

/* One bit of the key or of the bytes changes about half of the result. */
static void
test_every_bit_counts(void **state)
{
	uint8_t bytes[24] = "a flow's addresses, 5432";
	uint64_t plain = hash_bytes(&counting, bytes, sizeof(bytes));

	(void)state;
	for (unsigned bit = 0; bit < 8 * sizeof(bytes); bit++) {
		int changed;

		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		changed = __builtin_popcountll(plain ^ hash_bytes(&counting, bytes, sizeof(bytes)));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_in_range(changed, 10, 54);
	}
	for (unsigned bit = 0; bit < 128; bit++) {
		struct hash_key key = counting;

		*(bit < 64 ? &key.k0 : &key.k1) ^= UINT64_C(1) << bit % 64;
		assert_int_not_equal(hash_bytes(&key, bytes, sizeof(bytes)), plain);
	}
}

static void
test_random_keys_differ(void **state)
{
	struct hash_key keys[16];

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(keys); i++) {
		keys[i] = hash_key_random();
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(keys[i].k0, keys[k].k0);
			assert_int_not_equal(keys[i].k1, keys[k].k1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_random_keys_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
