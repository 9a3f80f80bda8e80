/* starttrace accept: somebody answers for findings until a day, takes that back, or looks up who did. */
#include "cli/options.h"
#include "cli/policy_words.h"
#include "cli/terminal.h"
#include "cli/usage.h"

#include "store/acceptance.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	ACCOUNT_SIZE = 128,
};

/* What is meant ---------------------------------------------------------------------------------- */

struct service {
	struct address address;
	bool           has_address;
	uint16_t       port;            /* 0: any */
};

static bool
read_port(struct span text, uint16_t *port_r)
{
	uint64_t port;

	if (!span_number(text, &port) || port == 0 || port > UINT16_MAX)
		return false;
	*port_r = (uint16_t)port;
	return true;
}

static bool
read_address(struct span text, struct address *address_r)
{
	char copy[ADDRESS_TEXT_SIZE];

	if (text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	return address_from_text(copy, address_r);
}

/* A port, an address, or both with a colon between them; an address of IPv6, which has colons itself, in brackets (RFC
 * 3986, section 3.2.2).  NULL, or what is wrong with it. */
static const char *
read_service(const char *text, struct service *service_r)
{
	struct span host = span_of(text), rest;
	size_t end;

	*service_r = (struct service){ 0 };
	if (read_port(host, &service_r->port))
		return NULL;
	if (span_starts(host, "[")) {
		end = span_find(host, "]");
		rest = span_after(host, end + 1);
		if (end == host.len)
			return "has no second bracket";
		host = span_after(span_first(host, end), 1);
		if (!span_has(host, ":"))
			return "has no IPv6 address in its brackets";
	} else {
		end = span_find(host, ":");
		rest = span_after(host, end);
		host = span_first(host, end);
		if (span_has(span_after(rest, 1), ":"))
			return "has more than one colon; an IPv6 address stands in brackets, as in [2001:db8::25]:587";
	}
	if (!read_address(host, &service_r->address))
		return "is no port, address or ADDRESS:PORT";
	service_r->has_address = true;
	if (rest.len == 0 || (span_starts(rest, ":") && read_port(span_after(rest, 1), &service_r->port)))
		return NULL;
	return "has no port behind its address";
}

/* The account in which this runs; behind sudo also the one from which it was called, as sudo tells it to root. */
static const char *
account_name(char name_r[ACCOUNT_SIZE])
{
	const struct passwd *account = getpwuid(getuid());
	const char *caller = getuid() == 0 ? getenv("SUDO_USER") : NULL;

	if (account == NULL)
		snprintf(name_r, ACCOUNT_SIZE, "user %ju", (uintmax_t)getuid());
	else
		snprintf(name_r, ACCOUNT_SIZE, "%s%s%s", account->pw_name, caller != NULL ? ", sudo by " : "",
			caller != NULL ? caller : "");
	return name_r;
}

/* Accepting and revoking ------------------------------------------------------------------------- */

static void
say_accepted(const char *database, const struct acceptance *acceptance, const struct acceptance_effect *effect)
{
	char until[sizeof("9999-12-31T23:59:59Z")] = "";
	const time_t end = (time_t)acceptance->until;
	struct tm parts;

	if (gmtime_r(&end, &parts) != NULL)
		strftime(until, sizeof(until), "%Y-%m-%dT%H:%M:%SZ", &parts);
	printf("Acceptance %" PRId64 " is in force until %s: %s%s%s%s%s.\n", effect->number, until, acceptance->kind,
		acceptance->network != NULL ? ", network " : "",
		acceptance->network != NULL ? acceptance->network_text : "",
		acceptance->service_text != NULL ? ", service " : "",
		acceptance->service_text != NULL ? acceptance->service_text : "");
	printf("It covers %" PRIu64 " findings of %" PRIu64 " sessions at present, and those to come.\n",
		effect->findings, effect->sessions);
	if (effect->critical > 0 && effect->kinds == 1)
		printf("Take care: findings of this kind are usually critical.\n");
	else if (effect->critical > 0)
		printf("Take care: of its %" PRIu64 " kinds of findings %" PRIu64 " are usually critical.\n",
			effect->kinds, effect->critical);
	printf("\"starttrace accept --revoke %" PRId64, effect->number);
	print_database_option(database);
	printf(" --by WHO --reason WHY\" ends it before its time.\n");
}

static struct status
read_limits(const struct options *options, struct network *network_r, struct service *service_r, int64_t *until_r)
{
	const char *wrong = options->network != NULL ? policy_read_network(options->network, network_r) : NULL;

	if (wrong != NULL)
		return status_of(STATUS_USAGE, "--network %s: %s", options->network, wrong);
	wrong = options->service != NULL ? read_service(options->service, service_r) : NULL;
	if (wrong != NULL)
		return status_of(STATUS_USAGE, "--service %s: %s", options->service, wrong);
	wrong = policy_read_time(options->until, until_r);
	if (wrong != NULL)
		return status_of(STATUS_USAGE, "--until %s: %s", options->until, wrong);
	return status_ok();
}

static struct status
accept_findings(const struct options *options, const struct acceptance_word *word)
{
	struct network network;
	struct service service = { 0 };
	struct acceptance acceptance = { .word = *word };
	struct acceptance_effect effect;
	struct status status;

	if (options->operand_count != 1 || options->until == NULL)
		return status_of(STATUS_USAGE, USAGE(USAGE_ACCEPT));
	status = read_limits(options, &network, &service, &acceptance.until);
	acceptance.kind = options->operands[0];
	acceptance.network_text = options->network;
	acceptance.network = options->network != NULL ? &network : NULL;
	acceptance.service_text = options->service;
	acceptance.server = service.has_address ? &service.address : NULL;
	acceptance.port = service.port;
	if (status_is_ok(&status))
		status = acceptance_add(options->database, &acceptance, &effect);
	if (status_is_ok(&status))
		say_accepted(options->database, &acceptance, &effect);
	return status;
}

static struct status
revoke_acceptance(const struct options *options, const struct acceptance_word *word)
{
	struct acceptance_effect effect;
	struct status status;
	uint64_t number;

	if (!span_number(span_of(options->revoke), &number) || number > INT64_MAX)
		return status_of(STATUS_USAGE, "--revoke %s: is no number of an acceptance; \"starttrace accept "
			"--list\" has them", options->revoke);
	status = acceptance_revoke(options->database, (int64_t)number, word, &effect);
	if (status_is_ok(&status))
		printf("Acceptance %" PRIu64 " is revoked; it covered %" PRIu64 " findings of %" PRIu64 " sessions.\n",
			number, effect.findings, effect.sessions);
	return status;
}

static struct status
write_down(const struct options *options)
{
	char account[ACCOUNT_SIZE];
	const struct acceptance_word word = { .by = options->by, .reason = options->reason,
		.recorded_by = account_name(account) };

	if (options->by == NULL || options->reason == NULL)
		return status_of(STATUS_USAGE, options->revoke == NULL ? USAGE(USAGE_ACCEPT)
			: USAGE(USAGE_REVOKE));
	return options->revoke != NULL ? revoke_acceptance(options, &word) : accept_findings(options, &word);
}

/* Looking up ------------------------------------------------------------------------------------- */

static struct status
look_up(const struct options *options)
{
	const struct report_request request = {
		.name = options->history ? "audit" : "accepted",
		.format = options->format,
		.width = terminal_width(),
	};
	struct query *query;
	struct status status = query_open(options->database, &query);

	if (status_is_ok(&status) && options->history)
		status = report_print_answer(stdout, query, &request);
	else if (status_is_ok(&status))
		status = report_print(stdout, query, &request);
	query_close(&query);
	return status;
}

/* One of four things is asked for, with what belongs to it and nothing else. */
static struct status
check_form(const struct options *options)
{
	const bool writes = options->by != NULL || options->reason != NULL || options->revoke != NULL;
	const bool limits = options->operand_count > 0 || options->network != NULL || options->service != NULL ||
	                    options->until != NULL;

	if (options->list && options->history)
		return status_of(STATUS_USAGE, "accept: --list or --history, one at a time");
	if ((options->list || options->history) && (writes || limits))
		return status_of(STATUS_USAGE, "accept: --list and --history change nothing and take -d and --format");
	if (!options->list && !options->history && options->format != REPORT_TEXT)
		return status_of(STATUS_USAGE, "accept: --format is for --list and --history");
	if (options->revoke != NULL && limits)
		return status_of(STATUS_USAGE, "accept: --revoke ends a whole acceptance: with -d, --by and --reason");
	return status_ok();
}

static void
print_help(void)
{
	fputs(USAGE(USAGE_ACCEPT) "\n"
	      "       starttrace accept --revoke NUMBER [-d DB] --by WHO --reason WHY\n"
	      "       starttrace accept --list|--history [-d DB] [--format text|csv|json|html]\n\n"
	      "  KIND                       a kind of finding, or the beginning of some and '*'\n"
	      "      --network NET          only where client or server is in this network\n"
	      "      --service SERVICE      only at this port, this server, or both; IPv6 in brackets\n"
	      "      --by WHO               who answers for it\n"
	      "      --reason WHY           why it is accepted, or is so no more\n"
	      "      --until DATE           when it ends, UTC: 2027-06-30 or 2027-06-30T12:30\n"
	      "      --revoke NUMBER        end an acceptance before its time\n"
	      "      --list                 what is accepted, and what was\n"
	      "      --history              every change, as the database wrote it down\n", stdout);
}

int
command_accept(int argc, char **argv)
{
	struct options options;
	struct status status = options_read(argc, argv, FOR_ACCEPT, &options);

	if (status_is_ok(&status) && options.help) {
		print_help();
		return EXIT_DONE;
	}
	if (status_is_ok(&status))
		status = check_form(&options);
	if (status_is_ok(&status))
		status = options.list || options.history ? look_up(&options) : write_down(&options);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
