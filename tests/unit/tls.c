/* Versions of TLS by name. */
#include "base/table.h"
#include "model/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
version_words(void **unused)
{
	static const struct {
		uint16_t    version;
		const char *word;
	} cases[] = {
		{ TLS_SSL2, "SSLv2" },
		{ TLS_SSL3, "SSLv3" },
		{ TLS_1_0, "TLSv1.0" },
		{ TLS_1_1, "TLSv1.1" },
		{ TLS_1_2, "TLSv1.2" },
		{ TLS_1_3, "TLSv1.3" },
	};

	(void)unused;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		assert_string_equal(tls_version_word(cases[i].version), cases[i].word);
	assert_null(tls_version_word(0));
	assert_null(tls_version_word(0x0305));
	assert_null(tls_version_word(0xFEFD));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
