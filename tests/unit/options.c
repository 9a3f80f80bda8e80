/* Options as they are typed, and what they come to. */
#include "base/clock.h"
#include "base/table.h"
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

enum {
	WORDS_MOST = 64,
};

/* Reads `line`, words with one blank between them, into which the options point. */
static struct status
read_line(char *line, struct options *options_r)
{
	char *argv[WORDS_MOST + 1] = { "watch" };
	int argc = 1;

	for (char *word = strtok(line, " "); word != NULL && argc < WORDS_MOST; word = strtok(NULL, " "))
		argv[argc++] = word;
	return options_read(argc, argv, FOR_WATCH, options_r);
}

static void
all_that_a_sensor_takes(void **state)
{
	char line[] = "-i eth1 --interface eth2 -d /x.db -f tcp -j 3 --vantage inside --json --json-file /x.jsonl "
		"--json-socket /x.sock --syslog --journal --least high --metrics-file /x.prom --metrics-port 9393 "
		"--retain 90 --user mail --buffer 256M --snaplen 65535 --policy none --trust-store /ca --accounts none "
		"--max-memory 2G --idle 60";
	struct options options;
	struct status status = read_line(line, &options);

	(void)state;
	assert_string_equal(status.message, "");
	assert_int_equal(options.interface_count, 2);
	assert_string_equal(options.interfaces[0], "eth1");
	assert_string_equal(options.interfaces[1], "eth2");
	assert_string_equal(options.database, "/x.db");
	assert_string_equal(options.filter, "tcp");
	assert_int_equal(options.engines, 3);
	assert_string_equal(options.vantage, "inside");
	assert_true(options.json && options.syslog && options.journal);
	assert_string_equal(options.json_file, "/x.jsonl");
	assert_string_equal(options.json_socket, "/x.sock");
	assert_int_equal(options.least, SEVERITY_HIGH);
	assert_string_equal(options.metrics_file, "/x.prom");
	assert_int_equal(options.metrics_port, 9393);
	assert_int_equal(options.retain_ns, 90 * NS_PER_DAY);
	assert_string_equal(options.user, "mail");
	assert_int_equal(options.ring_bytes, 256 << 20);
	assert_int_equal(options.snaplen, 65535);
	assert_string_equal(options.policy_file, "none");
	assert_string_equal(options.trust_store, "/ca");
	assert_int_equal(options.accounts, ACCOUNTS_NONE);
	assert_int_equal(options.max_memory, INT64_C(2) << 30);
	assert_int_equal(options.idle_ns, 60 * NS_PER_SECOND);
	assert_int_equal(options.operand_count, 0);
}

static void
without_a_word(void **state)
{
	char line[] = "";
	struct options options;
	struct status status = read_line(line, &options);

	(void)state;
	assert_true(status_is_ok(&status));
	assert_int_equal(options.interface_count, 0);
	assert_int_equal(options.least, SEVERITY_LOW);
	assert_int_equal(options.metrics_port, 0);
	assert_int_equal(options.retain_ns, 0);
	assert_int_equal(options.ring_bytes, 0);
	assert_int_equal(options.snaplen, 0);
	assert_null(options.json_file);
	assert_null(options.json_socket);
	assert_null(options.metrics_file);
	assert_null(options.user);
	assert_false(options.syslog || options.journal || options.json);
	assert_string_equal(options.database, "starttrace.db");
}

static void
odd_values_are_usage_errors(void **state)
{
	static const struct {
		const char *line, *says;
	} cases[] = {
		{ "-i", "needs a value" },
		{ "-i 1 -i 2 -i 3 -i 4 -i 5 -i 6 -i 7 -i 8 -i 9 -i 10 -i 11 -i 12 -i 13 -i 14 -i 15 -i 16 -i 17",
			"at most 16" },
		{ "--metrics-port 0", "--metrics-port does not take \"0\"" },
		{ "--metrics-port 65536", "does not take" },
		{ "--metrics-port http", "does not take" },
		{ "--retain 0", "--retain does not take \"0\"" },
		{ "--retain 36501", "does not take" },
		{ "--retain -1", "does not take" },
		{ "--retain 1.5", "does not take" },
		{ "--buffer 1023K", "does not take" },
		{ "--buffer 2G", "does not take" },
		{ "--buffer 64X", "does not take" },
		{ "--snaplen 255", "does not take" },
		{ "--snaplen 262145", "does not take" },
		{ "--least awful", "--least does not take \"awful\"" },
		{ "--idle 0", "does not take" },
		{ "-j 65", "--jobs does not take \"65\"" },
		{ "--frob", "no such option: --frob" },
		{ "--finding 3", "no such option: --finding" },
		{ "--accounts hmac", "needs --fingerprint-key" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct options options;
		struct status status;
		char line[200];

		snprintf(line, sizeof(line), "%s", cases[i].line);
		status = read_line(line, &options);
		if (status.code != STATUS_USAGE || !span_has(span_of(status.message), cases[i].says))
			fail_msg("%s: \"%s\", without \"%s\"", cases[i].line, status.message, cases[i].says);
	}
}

static void
empty_names_are_usage_errors(void **state)
{
	static char *const names[] = { "--interface", "--json-file", "--json-socket", "--metrics-file", "--user" };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(names); i++) {
		char *argv[] = { "watch", names[i], "", NULL };
		struct options options;
		struct status status = options_read(3, argv, FOR_WATCH, &options);

		if (status.code != STATUS_USAGE)
			fail_msg("%s takes an empty name", names[i]);
	}
}

/* Each command takes its own options, and those of others not. */
static void
options_of_others_are_usage_errors(void **state)
{
	static const struct {
		enum option_taker taker;
		char             *option, *value, *says;        /* NULL: taken */
	} cases[] = {
		{ FOR_READ, "--fail-on", "high", NULL },
		{ FOR_WATCH, "--fail-on", "high", "x: no such option: --fail-on" },
		{ FOR_READ, "-i", "eth1", "x: no such option: --interface" },
		{ FOR_EXPORT, "--vantage", "inside", NULL },
		{ FOR_COMPARE, "--vantage", "inside", "x: no such option: --vantage" },
		{ FOR_CARVE, "-w", "x.pcapng", NULL },
		{ FOR_SHOW, "-w", "x.pcapng", "x: no such option: --write" },
		{ FOR_SHOW, "-d", "x.db", NULL },
		{ FOR_EXPLAIN, "-d", "x.db", "x: no such option: --database" },
		{ FOR_EXPLAIN, "--help", NULL, NULL },
		{ FOR_READ, "-V", "inside", "x: no such option: -V" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		char *argv[] = { "x", cases[i].option, cases[i].value, NULL };
		struct options options;
		struct status status = options_read(cases[i].value != NULL ? 3 : 2, argv, cases[i].taker, &options);

		assert_string_equal(status.message, cases[i].says != NULL ? cases[i].says : "");
	}
}

/* The limits themselves are taken. */
static void
the_greatest_and_the_least(void **state)
{
	char least[] = "--buffer 1M --snaplen 256 --retain 1 --metrics-port 1 -i any";
	char most[] = "--buffer 2047M --snaplen 262144 --retain 36500 --metrics-port 65535 --least critical";
	struct options options;
	struct status status = read_line(least, &options);

	(void)state;
	assert_true(status_is_ok(&status));
	assert_int_equal(options.ring_bytes, 1 << 20);
	status = read_line(most, &options);
	assert_true(status_is_ok(&status));
	assert_int_equal(options.ring_bytes, 2047 << 20);
	assert_int_equal(options.snaplen, 262144);
	assert_int_equal(options.retain_ns, 36500 * NS_PER_DAY);
	assert_true(options.retain_ns > 0);
	assert_int_equal(options.metrics_port, 65535);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_a_sensor_takes),
		cmocka_unit_test(without_a_word),
		cmocka_unit_test(odd_values_are_usage_errors),
		cmocka_unit_test(empty_names_are_usage_errors),
		cmocka_unit_test(options_of_others_are_usage_errors),
		cmocka_unit_test(the_greatest_and_the_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
