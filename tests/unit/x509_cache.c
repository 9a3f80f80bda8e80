/* dissectors/x509_cache: a chain read a second time is the same, and lives on without the cache. */
#include "x509_cache.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A list of two things that are no certificates: their digests are facts all the same. */
static const uint8_t two[] = { 0, 0, 3, 'a', 'b', 'c', 0, 0, 2, 'd', 'e' };
static const uint8_t other[] = { 0, 0, 3, 'a', 'b', 'd', 0, 0, 2, 'd', 'e' };

static void
test_same_again(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct x509_cache *cache = x509_cache_new(&budget);
	struct arena *arena = arena_new(&budget);
	struct certificate_chain plain, first, again, changed;

	(void)state;
	assert_false(x509_read_chain(arena, span_from(two, sizeof(two)), &plain));
	assert_false(x509_cache_read_chain(cache, arena, span_from(two, sizeof(two)), &first));
	assert_false(x509_cache_read_chain(cache, arena, span_from(two, sizeof(two)), &again));
	assert_false(x509_cache_read_chain(cache, arena, span_from(other, sizeof(other)), &changed));
	x509_cache_free(&cache);
	assert_null(cache);
	assert_int_equal(again.count, plain.count);
	assert_int_equal(again.sent, 2);
	for (size_t i = 0; i < plain.count; i++) {
		assert_memory_equal(first.certificates[i].sha256, plain.certificates[i].sha256, SHA256_SIZE);
		assert_memory_equal(again.certificates[i].sha256, plain.certificates[i].sha256, SHA256_SIZE);
		assert_true(again.certificates[i].unreadable);
	}
	assert_memory_not_equal(changed.certificates[0].sha256, plain.certificates[0].sha256, SHA256_SIZE);
	arena_free(&arena);
	assert_int_equal(budget.used, 0);
}

static void
test_without_memory(void **state)
{
	struct budget roomy = { .limit = 1 << 20 }, none = { .limit = 0 };
	struct x509_cache *cache = x509_cache_new(&none);
	struct arena *arena = arena_new(&roomy);
	struct certificate_chain chain;

	(void)state;
	x509_cache_read_chain(cache, arena, span_from(two, sizeof(two)), &chain);
	assert_int_equal(chain.count, 2);
	x509_cache_read_chain(NULL, arena, span_from(two, sizeof(two)), &chain);
	assert_int_equal(chain.count, 2);
	x509_cache_free(&cache);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
