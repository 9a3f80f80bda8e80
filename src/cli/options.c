/* What was asked for on the command line: one table of options, of which each command takes some. */
#include "cli/options.h"

#include "base/clock.h"
#include "base/table.h"
#include "cli/policy_words.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define USUAL_DATABASE "starttrace.db"

enum {
	RING_LEAST = 1 << 20,           /* a few frames of the greatest length */
	RING_MOST = 2047 << 20,         /* libpcap takes an int */
	SNAPLEN_LEAST = 256,            /* all headers, tunnelled ones too, and the beginning of a line */
	SNAPLEN_MOST = 1 << 18,
	DAYS_MOST = 36500,
	BY_NAME = UCHAR_MAX + 1,        /* of getopt_long: a row, and no letter */
};

/* Each reader takes the value of an option, and where it belongs in struct options.  False for a value that the option
 * does not take. */
static bool
read_text(const char *text, void *field)
{
	const char **text_r = field;

	*text_r = text;
	return true;
}

static bool
read_name(const char *text, void *field)
{
	return *text != '\0' && read_text(text, field);
}

static bool
read_flag(const char *text, void *field)
{
	bool *flag_r = field;

	(void)text;
	*flag_r = true;
	return true;
}

static bool
read_size(const char *text, void *field)
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
	*(size_t *)field = (size_t)number * factor;
	return true;
}

static bool
read_ring(const char *text, void *field)
{
	size_t size;

	if (!read_size(text, &size) || size < RING_LEAST || size > RING_MOST)
		return false;
	*(size_t *)field = size;
	return true;
}

static bool
read_accounts(const char *word, void *field)
{
	static const char *const words[] = {
		[ACCOUNTS_FULL] = "full",
		[ACCOUNTS_HMAC] = "hmac",
		[ACCOUNTS_NONE] = "none",
	};

	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		if (strcmp(word, words[i]) == 0) {
			*(enum account_mode *)field = (enum account_mode)i;
			return true;
		}
	return false;
}

static bool
read_between(const char *text, uint64_t least, uint64_t most, uint64_t *number_r)
{
	return span_number(span_of(text), number_r) && *number_r >= least && *number_r <= most;
}

static bool
read_seconds(const char *text, void *field)
{
	uint64_t seconds;

	if (!read_between(text, 1, 1000000, &seconds))
		return false;
	*(int64_t *)field = (int64_t)seconds * NS_PER_SECOND;
	return true;
}

static bool
read_days(const char *text, void *field)
{
	uint64_t days;

	if (!read_between(text, 1, DAYS_MOST, &days))
		return false;
	*(int64_t *)field = (int64_t)days * NS_PER_DAY;
	return true;
}

static bool
read_engines(const char *text, void *field)
{
	uint64_t number;

	if (!read_between(text, 1, 64, &number))
		return false;
	*(size_t *)field = (size_t)number;
	return true;
}

static bool
read_port(const char *text, void *field)
{
	uint64_t port;

	if (!read_between(text, 1, UINT16_MAX, &port))
		return false;
	*(uint16_t *)field = (uint16_t)port;
	return true;
}

static bool
read_snaplen(const char *text, void *field)
{
	uint64_t snaplen;

	if (!read_between(text, SNAPLEN_LEAST, SNAPLEN_MOST, &snaplen))
		return false;
	*(uint32_t *)field = (uint32_t)snaplen;
	return true;
}

static bool
read_severity(const char *word, void *field)
{
	return severity_from_word(span_of(word), field);
}

static bool
read_format(const char *word, void *field)
{
	return report_format_from_word(span_of(word), field);
}

static bool
read_events(const char *word, void *field)
{
	return export_events_from_word(span_of(word), field);
}

/* These two set more than one field. */
static bool
read_gate(const char *word, void *all)
{
	struct options *options = all;

	options->gate = true;
	return read_severity(word, &options->fail_on);
}

static bool
read_interface(const char *name, void *all)
{
	struct options *options = all;

	if (*name == '\0')
		return false;
	/* one too many is only counted, for check_together to say */
	if (options->interface_count < TABLE_LENGTH(options->interfaces))
		options->interfaces[options->interface_count] = (char *)name;
	options->interface_count++;
	return true;
}

#define FIELD(name) offsetof(struct options, name)

/* An option, its letter where it has a short form, and the commands that take it. */
static const struct option_row {
	const char *name;
	int         letter;
	unsigned    takers;             /* enum option_taker */
	bool      (*read)(const char *value, void *field);
	size_t      field;
} table[] = {
	{ "database", 'd', FOR_ALL & ~FOR_EXPLAIN, read_text, FIELD(database) },
	{ "filter", 'f', FOR_READ | FOR_WATCH, read_text, FIELD(filter) },
	{ "jobs", 'j', FOR_READ | FOR_WATCH, read_engines, FIELD(engines) },
	{ "vantage", 0, FOR_READ | FOR_WATCH | FOR_REPORT | FOR_EXPORT, read_text, FIELD(vantage) },
	{ "json", 0, FOR_READ | FOR_WATCH, read_flag, FIELD(json) },
	{ "fail-on", 0, FOR_READ, read_gate, 0 },
	{ "accounts", 0, FOR_READ | FOR_WATCH, read_accounts, FIELD(accounts) },
	{ "policy", 0, FOR_READ | FOR_WATCH, read_text, FIELD(policy_file) },
	{ "trust-store", 0, FOR_READ | FOR_WATCH, read_text, FIELD(trust_store) },
	{ "fingerprint-key", 0, FOR_READ | FOR_WATCH, read_text, FIELD(key_file) },
	{ "max-memory", 0, FOR_READ | FOR_WATCH | FOR_COMPARE | FOR_MERGE, read_size, FIELD(max_memory) },
	{ "idle", 0, FOR_READ | FOR_WATCH, read_seconds, FIELD(idle_ns) },
	{ "since", 0, FOR_REPORT | FOR_EXPORT, read_text, FIELD(since) },
	{ "until", 0, FOR_REPORT | FOR_EXPORT | FOR_ACCEPT, read_text, FIELD(until) },
	{ "format", 0, FOR_REPORT | FOR_ACCEPT, read_format, FIELD(format) },
	{ "network", 0, FOR_REPORT | FOR_EXPORT | FOR_ACCEPT, read_name, FIELD(network) },
	{ "framework", 0, FOR_REPORT, read_name, FIELD(framework) },
	{ "service", 0, FOR_ACCEPT, read_name, FIELD(service) },
	{ "by", 0, FOR_ACCEPT, read_text, FIELD(by) },
	{ "reason", 0, FOR_ACCEPT, read_text, FIELD(reason) },
	{ "revoke", 0, FOR_ACCEPT, read_text, FIELD(revoke) },
	{ "list", 0, FOR_ACCEPT, read_flag, FIELD(list) },
	{ "history", 0, FOR_ACCEPT, read_flag, FIELD(history) },
	{ "events", 0, FOR_EXPORT, read_events, FIELD(events) },
	{ "write", 'w', FOR_CARVE, read_text, FIELD(output) },
	{ "finding", 0, FOR_CARVE, read_text, FIELD(finding) },
	{ "interface", 'i', FOR_WATCH, read_interface, 0 },
	{ "json-file", 0, FOR_WATCH, read_name, FIELD(json_file) },
	{ "json-socket", 0, FOR_WATCH, read_name, FIELD(json_socket) },
	{ "syslog", 0, FOR_WATCH, read_flag, FIELD(syslog) },
	{ "journal", 0, FOR_WATCH, read_flag, FIELD(journal) },
	{ "least", 0, FOR_WATCH, read_severity, FIELD(least) },
	{ "metrics-file", 0, FOR_WATCH, read_name, FIELD(metrics_file) },
	{ "metrics-port", 0, FOR_WATCH, read_port, FIELD(metrics_port) },
	{ "retain", 0, FOR_WATCH, read_days, FIELD(retain_ns) },
	{ "user", 0, FOR_WATCH, read_name, FIELD(user) },
	{ "buffer", 0, FOR_WATCH, read_ring, FIELD(ring_bytes) },
	{ "snaplen", 0, FOR_WATCH, read_snaplen, FIELD(snaplen) },
	{ "help", 'h', FOR_ALL, read_flag, FIELD(help) },
};

/* The letters of the table, for getopt_long. */
static const char short_forms[] = ":d:f:i:j:w:h";

/* The table as getopt_long wants it: what it returns tells the row. */
static void
list_names(struct option names_r[TABLE_LENGTH(table) + 1])
{
	memset(names_r, 0, (TABLE_LENGTH(table) + 1) * sizeof(*names_r));
	for (size_t i = 0; i < TABLE_LENGTH(table); i++) {
		names_r[i].name = table[i].name;
		names_r[i].has_arg = table[i].read == read_flag ? no_argument : required_argument;
		names_r[i].val = BY_NAME + (int)i;
	}
}

/* Of a letter, or of a row by its long name: `found` is what getopt_long returned. */
static const struct option_row *
row_of(int found)
{
	size_t i = 0;

	if (found >= BY_NAME)
		return &table[found - BY_NAME];
	while (table[i].letter != found)
		i++;
	return &table[i];
}

static struct status
check_together(const char *command, const struct options *options)
{
	if (options->accounts == ACCOUNTS_HMAC && options->key_file == NULL)
		return status_of(STATUS_USAGE, "%s: --accounts hmac needs --fingerprint-key FILE", command);
	if (options->interface_count > TABLE_LENGTH(options->interfaces))
		return status_of(STATUS_USAGE, "%s: at most %zu interfaces", command,
			TABLE_LENGTH(options->interfaces));
	return status_ok();
}

/* A letter among several behind one dash is not yet passed when it is told of: the word before it is another one. */
static struct status
no_such_option(char **argv)
{
	const char *word = argv[optind - 1];
	bool is_long = strncmp(word, "--", 2) == 0 && (optopt == 0 || strchr(word, '=') != NULL);

	if (is_long || optopt <= ' ' || optopt > '~')
		return status_of(STATUS_USAGE, "%s: no such option: %s", argv[0], word);
	return status_of(STATUS_USAGE, "%s: no such option: -%c", argv[0], optopt);
}

struct status
options_read(int argc, char **argv, enum option_taker taker, struct options *options_r)
{
	struct option names[TABLE_LENGTH(table) + 1];
	int found;

	*options_r = (struct options){
		.database = USUAL_DATABASE,
		.vantage = (taker & (FOR_READ | FOR_WATCH)) != 0 ? "" : NULL,
		.max_memory = (size_t)1 << 30,
		.idle_ns = engine_config_default().flows.idle_ns,
		.least = SEVERITY_LOW,
	};
	list_names(names);
	opterr = 0;
	optind = 1;
	while ((found = getopt_long(argc, argv, short_forms, names, NULL)) != -1) {
		const struct option_row *row;

		if (found == ':')
			return status_of(STATUS_USAGE, "%s: %s needs a value", argv[0], argv[optind - 1]);
		if (found == '?')
			return no_such_option(argv);
		row = row_of(found);
		if ((row->takers & taker) == 0)
			return status_of(STATUS_USAGE, "%s: no such option: --%s", argv[0], row->name);
		if (!row->read(optarg, (char *)options_r + row->field))
			return status_of(STATUS_USAGE, "%s: --%s does not take \"%s\"", argv[0], row->name, optarg);
	}
	options_r->operands = argv + optind;
	options_r->operand_count = (size_t)(argc - optind);
	return check_together(argv[0], options_r);
}

struct status
options_scope(const struct options *options, struct network *network_r, struct scope *scope_r)
{
	const char *wrong = options->network != NULL ? policy_read_network(options->network, network_r) : NULL;

	*scope_r = (struct scope){
		.since = options->since,
		.until = options->until,
		.vantage = options->vantage,
		.network = options->network != NULL ? network_r : NULL,
		.framework = options->framework,
	};
	return wrong == NULL ? status_ok() : status_of(STATUS_USAGE, "--network %s: %s", options->network, wrong);
}

void
print_database_option(const char *database)
{
	struct buffer word = { 0 };

	if (strcmp(database, USUAL_DATABASE) == 0)
		return;
	scope_add_word(&word, database);
	printf(" -d %s", buffer_text(&word));
	buffer_free(&word);
}

void
complain(const struct status *status)
{
	fprintf(stderr, "starttrace: %s\n", status->message);
}

void
say_forgotten(uint64_t forgotten)
{
	if (forgotten > 0)
		fprintf(stderr,
			"starttrace: what earlier sessions taught of %" PRIu64 " clients, services and keys was "
			"forgotten for want of room, the longest unused first\n", forgotten);
}
