/* What rules ask of protocols by their names; every dissector's protocol has a row. */
#include "model/protocol.h"

#include "base/table.h"
#include "model/dissector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define DISSECTOR(name) extern const struct dissector name##_dissector;
#include "dissectors.def"
#undef DISSECTOR

static const struct dissector *const dissectors[] = {
#define DISSECTOR(name) &name##_dissector,
#include "dissectors.def"
#undef DISSECTOR
};

static void
test_every_dissector_has_a_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(dissectors); i++)
		if (!protocol_is_known(span_of(dissectors[i]->name)))
			fail_msg("%s has no row", dissectors[i]->name);
	assert_false(protocol_is_known(span_of("")));
	assert_false(protocol_is_known(span_of("ssh")));
	assert_false(protocol_is_known(span_of("smt")));
	assert_false(protocol_is_known(span_of("smtps")));
}

static void
test_traits(void **state)
{
	static const struct {
		const char *name;
		unsigned    traits;
	} rows[] = {
		{ "smtp", PROTOCOL_SENDS },
		{ "lmtp", PROTOCOL_INNER },
		{ "imap", PROTOCOL_READS | PROTOCOL_LOGIN },
		{ "pop3", PROTOCOL_READS | PROTOCOL_LOGIN },
		{ "sieve", PROTOCOL_LOGIN },
		{ "ftp", PROTOCOL_ASKS },
		{ "nntp", 0 },
		{ "ssh", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(rows); i++)
		for (unsigned trait = PROTOCOL_SENDS; trait <= PROTOCOL_ASKS; trait *= 2) {
			bool wanted = (rows[i].traits & trait) != 0;

			if (protocol_has(span_of(rows[i].name), (enum protocol_trait)trait) != wanted)
				fail_msg("%s: trait %u", rows[i].name, trait);
		}
}

static void
test_offers(void **state)
{
	(void)state;
	assert_true(span_is(protocol_offer(span_of("pop3")), "STLS"));
	assert_true(span_is(protocol_offer(span_of("ftp")), "AUTH"));
	assert_true(span_is(protocol_offer(span_of("imap")), "STARTTLS"));
	assert_true(span_is(protocol_offer((struct span){ 0 }), "STARTTLS"));
}

static void
test_alpn(void **state)
{
	(void)state;
	assert_string_equal(protocol_by_alpn(span_of("managesieve")), "sieve");
	assert_string_equal(protocol_by_alpn(span_of("xmpp-server")), "xmpp");
	assert_string_equal(protocol_by_alpn(span_of("nntp")), "nntp");
	assert_string_equal(protocol_by_alpn(span_of("nnsp")), "nntp");
	assert_string_equal(protocol_by_alpn(span_of("irc")), "irc");
	assert_string_equal(protocol_by_alpn(span_of("h2")), "http");
	assert_string_equal(protocol_by_alpn(span_of("smtp")), "smtp");
	assert_string_equal(protocol_by_alpn(span_of("esmtp")), "smtp");
	assert_null(protocol_by_alpn(span_of("h")));
	assert_null(protocol_by_alpn(span_of("acme-tls/1")));
	assert_null(protocol_by_alpn((struct span){ 0 }));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_dissector_has_a_row),
		cmocka_unit_test(test_traits),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_alpn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
