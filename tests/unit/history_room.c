/* All of history in little memory: whatever strangers come and go, every subject goes on learning. */
#include "shared/footprints.h"

enum {
	STRANGERS = 20000,
};

static void *
create(struct budget *budget, const struct policy *policy)
{
	return history_new(budget, policy);
}

static void
take(void *memory, const struct footprint *footprint, const struct hindsight *hindsight)
{
	history_take(memory, footprint, hindsight);
}

static void
destroy(void *memory)
{
	struct history *history = memory;

	history_free(&history);
}

static const struct subject whole = { create, take, destroy, NULL };

#define TLS "offers asked agreed hello server-hello established version 0x303 offers-version 0x304 " \
	"traits 24 verdict protected-starttls "

/* What strangers do: it fills the memory of one subject, of one part of it, or of all.  N is the stranger's number. */
static const struct {
	const char *does;
	bool        too_many;           /* whatever memory there is */
} strangers[] = {
	{ "greets nN.example client-name cN.example offers", true },
	{ "greets nN.example client-name cN.example no whole", false },
	{ "greets nN.example client-name cN.example hello share sN ticket tN", true },
	{ "greets nN.example client-name cN.example share sN ticket tN key 5 days 0,90 names nN.example " TLS, true },
};

static void
tell_strangers(struct story *story, struct history *history, const char *does, unsigned first, unsigned count)
{
	char script[512];

	for (unsigned i = first; i < first + count; i++) {
		unsigned high = i >> 16, middle = i >> 8 & 255, low = i & 255;
		int len = snprintf(script, sizeof(script), "after 1s client 11.%u.%u.%u server 12.%u.%u.%u,25 ", high,
			middle, low, high, middle, low);

		for (const char *at = does; *at != '\0'; at++)
			len += snprintf(script + len, sizeof(script) - (size_t)len, *at == 'N' ? "%u" : "%c",
				*at == 'N' ? i : (unsigned char)*at);
		story_tell(story, &whole, history, script);
	}
}

/* What each subject says of a service that was not there before. */
static const struct {
	const char *kind, *before, *last;
} lessons[] = {
	{ "downgrade-offer-missing-vs-history", "times 60 every 2h client 10.0.*.1 server 10.1.1.1 offers",
		"after 1h client 10.200.1.1 server 10.1.1.1 lacks application" },
	{ "downgrade-fallback-after-handshake-failure",
		"client 10.3.0.1 server 10.1.1.2 asked agreed hello verdict handshake-failed",
		"after 5s client 10.3.0.1 server 10.1.1.2 offers application verdict plaintext-declined exposed 32" },
	{ "cert-changed", "times 10 every 1h client 10.4.*.1 server 10.1.1.3 key 7 days 0,90 names a.example " TLS,
		"after 1h client 10.5.1.1 server 10.1.1.3 key 9 days 0,90 names a.example " TLS },
};

static void
check(size_t limit, const char *does, bool forgets)
{
	static struct story story;
	struct budget budget = { .limit = limit };
	struct history *history = history_new(&budget, NULL);

	assert_non_null(history);
	memset(&story, 0, sizeof(story));
	tell_strangers(&story, history, does, 0, STRANGERS);
	for (size_t i = 0; i < TABLE_LENGTH(lessons); i++) {
		story_tell(&story, &whole, history, lessons[i].before);
		tell_strangers(&story, history, does, STRANGERS * (unsigned)(i + 1), 30);
		story_tell(&story, &whole, history, lessons[i].last);
		if (heard_insight(&story.heard, lessons[i].kind) == NULL)
			fail_msg("%s: nothing is said in %zu bytes after \"%s\"", lessons[i].kind, limit, does);
	}
	assert_true(budget.used <= budget.limit / 2);
	assert_int_equal(history_forgotten(history) > 0, forgets);
	history_free(&history);
	assert_int_equal(budget.used, 0);
}

static void
test_strangers(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(strangers); i++) {
		check(8 << 20, strangers[i].does, true);
		check((size_t)1 << 30, strangers[i].does, strangers[i].too_many);
	}
}

/* A clock may be set, and a session is told of when it ends: any order of times is lived through. */
static void
test_times_in_any_order(void **state)
{
	static const char *const does[] = {
		"offers", "lacks application", "asked agreed hello verdict handshake-failed", "lacks application quit",
		"key 7 days 0,90 share s ticket t " TLS, "key 9 days -10,5 " TLS, "asked refused code 454",
	};
	static struct story story;
	struct budget budget = { .limit = 64 << 20 };
	struct history *history = history_new(&budget, NULL);
	uint32_t random = 1;

	(void)state;
	memset(&story, 0, sizeof(story));
	for (int i = 0; i < 20000; i++) {
		char script[256];

		random = random * 1664525 + 1013904223;
		snprintf(script, sizeof(script), "at %dm client 10.%u.0.1 server 10.9.9.%u %s",
			(int)(random >> 8 & 0x1FFFF) - 0x10000, random >> 28, random >> 25 & 3,
			does[(random >> 4) % TABLE_LENGTH(does)]);
		story_tell(&story, &whole, history, script);
	}
	history_free(&history);
	assert_int_equal(budget.used, 0);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_times_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
