/* Policy files: what each setting says, and that nothing wrong in one goes unsaid. */
#include "cli/policy_file.h"

#include "base/table.h"
#include "model/tls.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* After a syntax error libconfig 1.5 forgets the text that it had just read; the program ends then.  LeakSanitizer,
 * where it is built in, asks this. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig";
}

static struct address
address(const char *text)
{
	struct address read = { { [10] = 0xFF, [11] = 0xFF } };

	if (inet_pton(AF_INET, text, read.octets + 12) != 1)
		assert_int_equal(inet_pton(AF_INET6, text, read.octets), 1);
	return read;
}

static struct policy_file *
parse(const char *text)
{
	struct policy_file *file;
	struct status status = policy_file_parse("test.conf", span_of(text), &file);

	if (!status_is_ok(&status))
		fail_msg("%s", status.message);
	assert_non_null(file);
	return file;
}

static const struct {
	const char *text;
	const char *message;
} bad[] = {
	{ "internal_network = [ \"10.0.0.0/8\" ];", "test.conf:1: no such setting: internal_network" },
	{ "\n\npartners = ( { domian = \"example.org\"; } );", "test.conf:3: no such setting in partners: domian" },
	{ "internal_networks = [ \"10.0.0.0/8\" ", "test.conf:1: syntax error" },
	{ "\nmail_servers = [ \"10.0.0.1\" ]; ???", "test.conf:2: syntax error" },
	{ "must_encrypt = [ \"10.0.0.0/8\" ]; must_encrypt = [ \"10.0.0.0/8\" ];", "duplicate setting name" },
	{ "@include \"other.conf\"", "test.conf:1: @include is not taken" },
	{ "\n  @include \"other.conf\"\n", "test.conf:2: @include is not taken" },
	{ "internal_networks = \"10.0.0.0/8\";", "internal_networks wants a list" },
	{ "internal_networks = [ ];", "internal_networks is empty" },
	{ "internal_networks = [ 10 ];", "internal_networks wants a text" },
	{ "internal_networks = [ \"\" ];", "internal_networks wants a text" },
	{ "internal_networks = [ \"10.0.0.0/33\" ];", "\"10.0.0.0/33\" has a prefix longer than 32" },
	{ "internal_networks = [\n\"10.0.0.0/8\",\n\"10.0.0.0/33\"\n\n];", "test.conf:3: internal_networks" },
	{ "internal_networks = [\n\"10.0.0.0/33\",\n\"10.0.0.0/8\"];", "test.conf:2: internal_networks" },
	{ "internal_networks = [ \"2001:db8::/129\" ];", "has a prefix longer than 128" },
	{ "internal_networks = [ \"10.0.0.0/\" ];", "has no number behind its slash" },
	{ "internal_networks = [ \"10.0.0.0/-1\" ];", "has no number behind its slash" },
	{ "internal_networks = [ \"10.0.0.0/99999999999999999999\" ];", "has no number behind its slash" },
	{ "internal_networks = [ \"10.0.0.0/8/8\" ];", "has no number behind its slash" },
	{ "internal_networks = [ \"10.0.0.1/8\" ];", "is an address inside a network" },
	{ "internal_networks = [ \"2001:db8::1/64\" ];", "is an address inside a network" },
	{ "internal_networks = [ \"10.0.0/8\" ];", "is no address" },
	{ "internal_networks = [ \"mail.example.org\" ];", "is no address" },
	{ "internal_networks = [ \"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb\" ];", "is no address" },
	{ "trusted_hops = [ \"10.0.0.1\" ];", "trusted_hops wants a list" },
	{ "protected_paths = ( [ \"10.0.0.0/8\" ] );", "wants the two networks" },
	{ "protected_paths = ( [ \"10.0.0.1\", \"10.0.0.2\", \"10.0.0.3\" ] );", "wants the two networks" },
	{ "servers = ( { network = \"10.0.0.1\"; } );", "servers needs \"internal_networks\"" },
	{ "mail_servers = [ \"10.0.0.1\" ];", "mail_servers needs \"internal_networks\"" },
	{ "servers = ( \"10.0.0.1\" );", "servers wants a group" },
	{ "servers = ( { port = 25; } );", "servers lacks \"network\"" },
	{ "servers = ( { network = \"10.0.0.1\"; port = 0; } );", "port is not from 1 to 65535" },
	{ "servers = ( { network = \"10.0.0.1\"; port = 65536; } );", "port is not from 1 to 65535" },
	{ "servers = ( { network = \"10.0.0.1\"; port = -25; } );", "port is not from 1 to 65535" },
	{ "servers = ( { network = \"10.0.0.1\"; port = 4294967321L; } );", "port is not from 1 to 65535" },
	{ "servers = ( { network = \"10.0.0.1\"; port = \"25\"; } );", "port wants a whole number" },
	{ "servers = ( { network = \"10.0.0.1\"; port = 25.0; } );", "port wants a whole number" },
	{ "servers = ( { network = \"10.0.0.1\"; name = \"mx example\"; } );", "is no host name" },
	{ "partners = ( { least_version = \"TLSv1.2\"; } );", "wants a domain or a network" },
	{ "partners = ( { domain = \"a.example\"; network = \"10.0.0.1\"; } );", "wants a domain or a network" },
	{ "partners = ( { domain = \"a.example\"; least_version = \"1.2\"; } );", "is no version" },
	{ "partners = ( { domain = \"a.example\"; least_version = \"SSLv3\"; } );", "is no version" },
	{ "partners = ( { domain = \"*.a.example\"; } );", "is no host name" },
	{ "partners = ( { domain = \"a..example\"; } );", "is no host name" },
	{ "partners = ( { domain = \"a.example.\"; } );", "is no host name" },
	{ "partners = ( { domain = \"\xc3\xa4.example\"; } );", "is no host name" },
	{ "mta_sts = ( { domain = \"a.example\"; mode = \"enforce\"; } );", "mta_sts lacks \"mx\"" },
	{ "mta_sts = ( { domain = \"a.example\"; mx = [ \"mx.a.example\" ]; } );", "mta_sts lacks \"mode\"" },
	{ "mta_sts = ( { domain = \"a.example\"; mode = \"Enforce\"; } );", "is no mode" },
	{ "mta_sts = ( { domain = \"a.example\"; mode = \"testing\"; mx = [ \"mx.*.example\" ]; } );",
	  "is no host name" },
	{ "mta_sts = ( { domain = \"a.example\"; mode = \"none\"; from = \"2025-02-30\"; } );", "is no day" },
	{ "mta_sts = ( { domain = \"a.example\"; mode = \"none\"; from = \"yesterday\"; } );", "is no time" },
	{ "mta_sts = ( { domain = \"a.example\"; mode = \"none\"; from = \"2025-02-01 12:00\"; } );", "is no time" },
	{ "mta_sts = ( { domain = \"a.example\"; mode = \"none\"; from = \"2025-02-02\"; until = \"2025-02-01\"; } );",
		"ends before it begins" },
	{ "tlsa = ( { host = \"mx.a.example\"; } );", "tlsa lacks \"records\"" },
	{ "tlsa = ( { host = \"mx.a.example\"; records = [ \"4 1 1 00\" ]; } );", "does not begin with usage" },
	{ "tlsa = ( { host = \"mx.a.example\"; records = [ \"3 1\" ]; } );", "does not begin with usage" },
	{ "tlsa = ( { host = \"mx.a.example\"; records = [ \"3 1 1\" ]; } );", "does not end in hexadecimal" },
	{ "tlsa = ( { host = \"mx.a.example\"; records = [ \"3 1 0 abc\" ]; } );", "does not end in hexadecimal" },
	{ "tlsa = ( { host = \"mx.a.example\"; records = [ \"3 1 0 xy\" ]; } );", "does not end in hexadecimal" },
	{ "tlsa = ( { host = \"mx.a.example\"; records = [ \"3 1 1 abcd\" ]; } );", "has not as many digits" },
	{ "tlsa = ( { host = \"mx.a.example\"; records = [ \"3 1 2 abcd\" ]; } );", "has not as many digits" },
	{ "thresholds = { window = 3; };", "no such setting in thresholds: window" },
	{ "thresholds = { window_days = 0; };", "window_days is not from 1 to 100000" },
	{ "thresholds = { rare_per_mille = 1000; };", "rare_per_mille is not from 1 to 999" },
	{ "thresholds = { rare_per_mille = 4; };", "says that never is more often than rare" },
	{ "thresholds = ( 3 );", "thresholds wants a group" },
	{ "privileged_accounts = [ true ];", "privileged_accounts wants a text" },
};

static void
what_is_wrong_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(bad); i++) {
		struct policy_file *file;
		struct status status = policy_file_parse("test.conf", span_of(bad[i].text), &file);

		if (status.code != STATUS_USAGE || strstr(status.message, bad[i].message) == NULL ||
		    strncmp(status.message, "test.conf:", 10) != 0)
			fail_msg("\"%s\" gives \"%s\", not \"%s\"", bad[i].text, status.message,
				bad[i].message);
		assert_null(file);
	}
}

static void
what_is_no_text_is_refused(void **state)
{
	struct policy_file *file;
	struct status status;

	(void)state;
	status = policy_file_parse("test.conf", span_from("a\0b", 3), &file);
	assert_int_equal(status.code, STATUS_USAGE);
	status = policy_file_read("/nonexistent/policy", &file);
	assert_int_equal(status.code, STATUS_USAGE);
	status = policy_file_read("/", &file);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_null(file);
}

/* Whatever is cut off or damaged, it is read or refused. */
static void
damage_is_survived(void **state)
{
	struct policy_file *file;
	struct status status = policy_file_read("src/cli/policy.example", &file);
	struct span text;
	char *copy;

	(void)state;
	if (!status_is_ok(&status))
		fail_msg("%s", status.message);
	text = policy_file_policy(file)->text;
	copy = malloc(text.len);
	assert_non_null(copy);
	for (size_t i = 0; i < text.len; i += 7) {
		struct policy_file *damaged = NULL;

		memcpy(copy, text.at, text.len);
		copy[i] ^= 0x15;
		policy_file_parse("damaged", span_from(copy, text.len), &damaged);
		policy_file_free(&damaged);
		policy_file_parse("cut", span_from(copy, i), &damaged);
		policy_file_free(&damaged);
	}
	free(copy);
	policy_file_free(&file);
}

static void
an_empty_file_says_nothing(void **state)
{
	struct policy_file *file = parse("# nothing yet\n");
	const struct policy *policy = policy_file_policy(file);
	const struct policy_thresholds usual = policy_thresholds_default();
	const struct address any = address("192.0.2.1");

	(void)state;
	assert_false(policy_is_outside(policy, &any));
	assert_false(policy_is_inside(policy, &any));
	assert_memory_equal(&policy->thresholds, &usual, sizeof(usual));
	assert_int_equal(policy->server_count + policy->partner_count + policy->tlsa_count, 0);
	policy_file_free(&file);
	assert_null(policy_file_policy(file));
	assert_false(policy_is_outside(NULL, &any) || policy_trusts(NULL, &any, &any) ||
	             policy_protects(NULL, &any, &any) || policy_expects_issuer(NULL, span_of("CA")));
}

/* The example of the manual says what its comments say, and what stands in it for thresholds are the defaults. */
static void
the_example_is_read(void **state)
{
	const struct policy_thresholds usual = policy_thresholds_default();
	const struct policy *policy;
	struct policy_file *file;
	struct status status = policy_file_read("src/cli/policy.example", &file);
	uint8_t digest[SHA256_SIZE];

	(void)state;
	if (!status_is_ok(&status))
		fail_msg("%s", status.message);
	policy = policy_file_policy(file);
	digest_sha256(policy->text, digest);
	assert_memory_equal(digest, policy->sha256, sizeof(digest));
	assert_memory_equal(&policy->thresholds, &usual, sizeof(usual));
	assert_int_equal(policy->internal.count, 3);
	assert_int_equal(policy->trusted_hop_count, 2);
	assert_int_equal(policy->protected_path_count, 1);
	assert_int_equal(policy->server_count, 3);
	assert_true(span_is(policy->servers[0].name, "mx.example.org"));
	assert_int_equal(policy->servers[1].port, 587);
	assert_int_equal(policy->servers[2].port, 0);
	assert_int_equal(policy->mail_servers.count, 2);
	assert_int_equal(policy->must_encrypt.count, 1);
	assert_int_equal(policy->partner_count, 3);
	assert_int_equal(policy->partners[0].least_version, TLS_1_2);
	assert_int_equal(policy->partners[2].domain.len, 0);
	assert_int_equal(policy->mta_sts_count, 1);
	assert_int_equal(policy->mta_sts[0].mode, POLICY_ENFORCE);
	assert_int_equal(policy->mta_sts[0].mx_count, 2);
	assert_int_equal(policy->mta_sts[0].held.from, 1748736000);
	assert_int_equal(policy->mta_sts[0].held.until, 1780315200);
	assert_int_equal(policy->tlsa_count, 1);
	assert_int_equal(policy->tlsa[0].record_count, 2);
	assert_int_equal(policy->tlsa[0].records[1].sha256[0], 0x67);
	assert_true(policy_is_privileged(policy, span_of("ROOT")));
	assert_true(policy_expects_issuer(policy, span_of("CN=Example Inspection CA 2,O=Example")));
	assert_false(policy_expects_issuer(policy, span_of("CN=Example Inspection")));
	policy_file_free(&file);
}

static void
names_are_folded_and_records_digested(void **state)
{
	struct policy_file *file = parse(
		"mta_sts = ( { domain = \"Example.COM\"; mode = \"testing\"; mx = ( \"*.MX.example\" ); } );"
		"tlsa = ( { host = \"mx.example\"; records = [ \"3 1 0 6162 63\", \"3 0 2"
		" 00000000000000000000000000000000000000000000000000000000000000000"
		"000000000000000000000000000000000000000000000000000000000000000\" ]; } );");
	const struct policy *policy = policy_file_policy(file);
	uint8_t digest[SHA256_SIZE];

	(void)state;
	assert_true(span_equal(policy->mta_sts[0].domain, span_of("example.com")));
	assert_true(span_equal(policy->mta_sts[0].mx[0], span_of("*.mx.example")));
	assert_int_equal(policy->tlsa[0].port, 25);
	digest_sha256(span_of("abc"), digest);
	assert_true(policy->tlsa[0].records[0].comparable);
	assert_memory_equal(policy->tlsa[0].records[0].sha256, digest, sizeof(digest));
	assert_false(policy->tlsa[0].records[1].comparable);
	policy_file_free(&file);
}

static const struct {
	const char *network, *address;
	bool        inside;
} networks[] = {
	{ "10.0.0.0/8", "10.255.0.1", true },
	{ "10.0.0.0/8", "11.0.0.0", false },
	{ "10.0.0.0/9", "10.127.255.255", true },
	{ "10.0.0.0/9", "10.128.0.0", false },
	{ "10.1.2.3", "10.1.2.3", true },
	{ "10.1.2.3", "10.1.2.2", false },
	{ "10.1.2.3", "10.1.2.4", false },
	{ "0.0.0.0/0", "203.0.113.1", true },
	{ "0.0.0.0/0", "2001:db8::1", false },
	{ "::/0", "2001:db8::1", true },
	{ "::/0", "10.0.0.1", false },
	{ "2001:db8::/33", "2001:db8:7fff::1", true },
	{ "2001:db8::/33", "2001:db8:8000::1", false },
	{ "2001:db8::1", "2001:db8::1", true },
	{ "2001:db8::1", "2001:db8::2", false },
	{ "::ffff:10.0.0.0/104", "10.1.1.1", true },
};

static void
networks_end_where_they_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(networks); i++) {
		struct address asked = address(networks[i].address);
		struct policy_file *file;
		char text[128];

		snprintf(text, sizeof(text), "internal_networks = [ \"%s\" ];", networks[i].network);
		file = parse(text);
		if (policy_is_inside(policy_file_policy(file), &asked) != networks[i].inside ||
		    policy_is_outside(policy_file_policy(file), &asked) == networks[i].inside)
			fail_msg("%s in %s", networks[i].address, networks[i].network);
		policy_file_free(&file);
	}
}

static const struct {
	const char *pattern, *host;
	bool        means;
} patterns[] = {
	{ "mx.example.net", "MX.example.net", true },
	{ "mx.example.net", "mx.example.net.", false },
	{ "*.example.net", "mx.example.net", true },
	{ "*.example.net", "a.mx.example.net", false },
	{ "*.example.net", "example.net", false },
	{ "*.example.net", ".example.net", false },
	{ "*.example.net", "", false },
	{ "example.net", "mx.example.net", false },
};

static void
patterns_stand_for_one_label(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(patterns); i++)
		if (policy_pattern_has(span_of(patterns[i].pattern), span_of(patterns[i].host)) !=
			patterns[i].means)
			fail_msg("%s and %s", patterns[i].pattern, patterns[i].host);
}

static void
pairs_are_asked_both_ways(void **state)
{
	struct policy_file *file = parse("internal_networks = [ \"10.0.0.0/8\" ];"
		"trusted_hops = ( [ \"10.0.0.1\", \"10.0.0.2\" ], [ \"10.0.1.0/24\" ] );"
		"protected_paths = ( [ \"10.1.0.0/16\", \"10.2.0.0/16\" ] );"
		"servers = ( { network = \"10.0.0.0/24\"; port = 25; }, { network = \"10.0.1.1\"; } );");
	const struct policy *policy = policy_file_policy(file);
	struct address a = address("10.0.0.1"), b = address("10.0.0.2"), c = address("10.0.1.1");
	struct address d = address("10.1.0.1"), e = address("10.2.0.1"), f = address("10.1.0.2");

	(void)state;
	assert_true(policy_trusts(policy, &a, &b) && policy_trusts(policy, &b, &a));
	assert_false(policy_trusts(policy, &a, &c));
	assert_true(policy_protects(policy, &d, &e) && policy_protects(policy, &e, &d));
	assert_false(policy_protects(policy, &d, &f) || policy_protects(policy, &a, &d));
	assert_non_null(policy_server_at(policy, &(struct endpoint){ a, 25 }));
	assert_null(policy_server_at(policy, &(struct endpoint){ a, 587 }));
	assert_non_null(policy_server_at(policy, &(struct endpoint){ c, 587 }));
	policy_file_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(what_is_no_text_is_refused),
		cmocka_unit_test(damage_is_survived),
		cmocka_unit_test(an_empty_file_says_nothing),
		cmocka_unit_test(the_example_is_read),
		cmocka_unit_test(names_are_folded_and_records_digested),
		cmocka_unit_test(networks_end_where_they_end),
		cmocka_unit_test(patterns_stand_for_one_label),
		cmocka_unit_test(pairs_are_asked_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
