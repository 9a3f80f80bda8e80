/* What was asked for on the command line: one table of options, of which each command takes some. */
#include "cli/options.h"

#include "base/table.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

/* Options without a short form of their own have a capital letter here that is not offered as one. */
static const struct option names[] = {
	{ "database", required_argument, NULL, 'd' },
	{ "filter", required_argument, NULL, 'f' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "vantage", required_argument, NULL, 'V' },
	{ "json", no_argument, NULL, 'J' },
	{ "fail-on", required_argument, NULL, 'F' },
	{ "accounts", required_argument, NULL, 'A' },
	{ "policy", required_argument, NULL, 'P' },
	{ "trust-store", required_argument, NULL, 'T' },
	{ "fingerprint-key", required_argument, NULL, 'K' },
	{ "max-memory", required_argument, NULL, 'M' },
	{ "idle", required_argument, NULL, 'I' },
	{ "since", required_argument, NULL, 'S' },
	{ "until", required_argument, NULL, 'U' },
	{ "format", required_argument, NULL, 'O' },
	{ "write", required_argument, NULL, 'w' },
	{ "finding", required_argument, NULL, 'N' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static bool
read_size(const char *text, size_t *size_r)
{
	static const struct {
		char   suffix;
		size_t factor;
	} suffixes[] = { { 'K', 1 << 10 }, { 'M', 1 << 20 }, { 'G', 1 << 30 } };
	struct span digits = span_of(text);
	size_t factor = 1;
	uint64_t number;

	for (size_t i = 0; digits.len > 0 && i < TABLE_LENGTH(suffixes); i++)
		if ((digits.at[digits.len - 1] & ~0x20) == suffixes[i].suffix) {
			factor = suffixes[i].factor;
			digits.len--;
			break;
		}
	if (!span_number(digits, &number) || number == 0 || number > SIZE_MAX / factor)
		return false;
	*size_r = (size_t)number * factor;
	return true;
}

static bool
read_accounts(const char *word, enum account_mode *accounts_r)
{
	static const char *const words[] = {
		[ACCOUNTS_FULL] = "full",
		[ACCOUNTS_HMAC] = "hmac",
		[ACCOUNTS_NONE] = "none",
	};

	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*accounts_r = (enum account_mode)i;
			return true;
		}
	return false;
}

static bool
read_seconds(const char *text, int64_t *ns_r)
{
	uint64_t seconds;

	if (!span_number(span_of(text), &seconds) || seconds == 0 || seconds > 1000000)
		return false;
	*ns_r = (int64_t)seconds * 1000000000;
	return true;
}

static bool
read_engines(const char *text, size_t *engines_r)
{
	uint64_t number;

	if (!span_number(span_of(text), &number) || number == 0 || number > 64)
		return false;
	*engines_r = (size_t)number;
	return true;
}

/* False for a value that the option does not take. */
static bool
take_option(int letter, const char *value, struct options *options)
{
	switch (letter) {
	case 'd': options->database = value; return true;
	case 'f': options->filter = value; return true;
	case 'j': return read_engines(value, &options->engines);
	case 'V': options->vantage = value; return true;
	case 'J': options->json = true; return true;
	case 'F':
		options->gate = true;
		return severity_from_word(span_of(value), &options->fail_on);
	case 'A': return read_accounts(value, &options->accounts);
	case 'P': options->policy_file = value; return true;
	case 'T': options->trust_store = value; return true;
	case 'K': options->key_file = value; return true;
	case 'M': return read_size(value, &options->max_memory);
	case 'I': return read_seconds(value, &options->idle_ns);
	case 'S': options->since = value; return true;
	case 'U': options->until = value; return true;
	case 'O': return report_format_from_word(span_of(value), &options->format);
	case 'w': options->output = value; return true;
	case 'N': options->finding = value; return true;
	case 'h': options->help = true; return true;
	default: return false;
	}
}

static const char *
long_name(int letter)
{
	for (size_t i = 0; names[i].name != NULL; i++)
		if (names[i].val == letter)
			return names[i].name;
	return "?";
}

struct status
options_read(int argc, char **argv, const char *letters, struct options *options_r)
{
	int letter;

	*options_r = (struct options){
		.database = "starttrace.db",
		.vantage = "",
		.max_memory = (size_t)1 << 30,
		.idle_ns = engine_config_default().flows.idle_ns,
	};
	opterr = 0;
	optind = 1;
	while ((letter = getopt_long(argc, argv, ":d:f:j:w:h", names, NULL)) != -1) {
		if (letter == ':')
			return status_of(STATUS_USAGE, "%s: %s needs a value", argv[0], argv[optind - 1]);
		if (letter == '?' || (letter != 'h' && strchr(letters, letter) == NULL))
			return status_of(STATUS_USAGE, "%s: no such option: %s", argv[0],
				argv[optind - 1]);
		if (!take_option(letter, optarg, options_r))
			return status_of(STATUS_USAGE, "%s: --%s does not take \"%s\"", argv[0],
				long_name(letter), optarg);
	}
	options_r->operands = argv + optind;
	options_r->operand_count = (size_t)(argc - optind);
	if (options_r->accounts == ACCOUNTS_HMAC && options_r->key_file == NULL)
		return status_of(STATUS_USAGE, "%s: --accounts hmac needs --fingerprint-key FILE",
			argv[0]);
	return status_ok();
}

void
complain(const struct status *status)
{
	fprintf(stderr, "starttrace: %s\n", status->message);
}
