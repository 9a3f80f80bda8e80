/* link: dissectors */
/* What a client's first lines say about their protocol, cut at every byte. */
#include "starts.h"

#include "base/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct start starts[] = { { "CAPA\r", 80 }, { "USER ", 45 }, { "QUIT", 30 } };

static unsigned
best(const char *text, size_t len)
{
	char *copy = malloc(len + 1);
	unsigned sure;

	assert_non_null(copy);
	memcpy(copy + 1, text, len);
	sure = starts_best(starts, TABLE_LENGTH(starts), span_from(copy + 1, len));
	free(copy);
	return sure;
}

static void
test_lines(void **state)
{
	static const struct {
		const char *text;
		unsigned    sure;
	} cases[] = {
		{ "", 20 },
		{ "C", 20 },
		{ "CAPA", 20 },
		{ "CAPA\r\n", 80 },
		{ "capa\r\n", 80 },
		{ "CAPACITY\r\n", 0 },
		{ "USER alice\r\n", 45 },
		{ "USER alice\r\nCAPA\r\n", 80 },
		{ "CAPA\r\nUSER alice\r\n", 80 },
		{ "USER alice\nCAPA\r\n", 80 },
		{ "hello\r\nCAPA\r\n", 0 },
		{ "USER alice\r\nhello\r\nCAPA\r\n", 45 },
		{ "USER alice\r\n\r\nCAPA\r\n", 45 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		if (best(cases[i].text, strlen(cases[i].text)) != cases[i].sure)
			fail_msg("\"%s\": %u", cases[i].text, best(cases[i].text, strlen(cases[i].text)));
}

/* What is sure stays so, however much more comes; what cannot be is not thought possible again. */
static void
test_more_takes_nothing_back(void **state)
{
	static const char *const texts[] = { "CAPA\r\nhello\r\n", "USER alice\r\nCAPA\r\n", "hello\r\nCAPA\r\n" };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++) {
		unsigned before = 20;

		for (size_t len = 1; len <= strlen(texts[i]); len++) {
			unsigned sure = best(texts[i], len);

			if ((before == 0 && sure > 0) || (before > 20 && sure < before))
				fail_msg("\"%s\": %u, then %u at %zu", texts[i], before, sure, len);
			before = sure;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_more_takes_nothing_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
