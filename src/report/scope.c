/* Of which sessions a question is asked. */
#include "report/scope.h"

#include "base/table.h"

#include <ctype.h>
#include <string.h>

enum { V4_BITS_BEFORE = 96 };   /* of the mapped form */

/* Times as people write them ------------------------------------------------------------------- */

/* Fills in what a shortened time leaves out, so that it compares as text with the times of the
 * views. */
static bool
complete_time(const char *given, char out[SCOPE_TIME_SIZE])
{
	static const char beginning[] = "0000-01-01T00:00:00.000000Z";
	static const size_t whole_parts[] = { 4, 7, 10, 13, 16, 19 };
	size_t len = strlen(given), parts = 0;

	memcpy(out, beginning, sizeof(beginning));
	if (len > 0 && len < sizeof(beginning) && toupper((unsigned char)given[len - 1]) == 'Z')
		len--;
	if (len >= sizeof(beginning) - 1)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool is_digit = isdigit((unsigned char)beginning[i]) != 0;
		bool is_t = beginning[i] == 'T' && (given[i] == 't' || given[i] == ' ');

		if (is_digit && !isdigit((unsigned char)given[i]))
			return false;
		if (!is_digit && !is_t && given[i] != beginning[i])
			return false;
		out[i] = is_digit ? given[i] : beginning[i];
	}
	for (size_t i = 0; i < TABLE_LENGTH(whole_parts); i++)
		parts += len == whole_parts[i];
	return parts > 0 || len > 20;
}

/* Two digits of a completed time. */
static int
part_of(const char *time, size_t at)
{
	return (time[at] - '0') * 10 + time[at + 1] - '0';
}

static int
days_of_month(const char *time)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int century = part_of(time, 0), year = part_of(time, 2), month = part_of(time, 5);
	bool is_leap = (year != 0 ? year : century) % 4 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* Each part of a completed time is one that a calendar and a clock have; no frame is stamped with a leap second. */
static bool
time_exists(const char *time)
{
	static const struct {
		size_t at;
		int    least, most;
	} parts[] = { { 5, 1, 12 }, { 8, 1, 31 }, { 11, 0, 23 }, { 14, 0, 59 }, { 17, 0, 59 } };

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++) {
		int value = part_of(time, parts[i].at);

		if (value < parts[i].least || value > parts[i].most)
			return false;
	}
	return part_of(time, 8) <= days_of_month(time);
}

/* SQLite counts whole seconds: what is left of one would be lost without a word. */
static bool
is_whole(const char *time)
{
	static const char part[] = "000000Z";

	return strcmp(time + SCOPE_TIME_SIZE - sizeof(part), part) == 0;
}

static struct status
read_time(const char *option, const char *given, char out[SCOPE_TIME_SIZE])
{
	if (given == NULL)
		return status_ok();
	if (!complete_time(given, out) || !time_exists(out))
		return status_of(STATUS_USAGE,
			"%s: \"%s\" is no time; write it like 2024-05-01 or 2024-05-01T12:30:00 (UTC)", option, given);
	if (!is_whole(out))
		return status_of(STATUS_USAGE, "%s: \"%s\" has a part of a second; name a whole one: %.19s", option,
			given, out);
	return status_ok();
}

static struct status
read_period(const struct scope *scope, struct scope_parameters *parameters_r)
{
	struct status status = read_time("--since", scope->since, parameters_r->since);

	if (status_is_ok(&status))
		status = read_time("--until", scope->until, parameters_r->until);
	if (status_is_ok(&status) && scope->since != NULL && scope->until != NULL &&
	    strcmp(parameters_r->since, parameters_r->until) >= 0)
		return status_of(STATUS_USAGE, "no time lies between --since %s and --until %s: the second has to be "
			"later, and is not part of the period", scope->since, scope->until);
	return status;
}

/* Names that a scope takes ---------------------------------------------------------------------- */

struct naming {
	const struct scope *scope;
	struct status       status;
};

static void
take_unknown(void *user, const struct query_record *record)
{
	struct naming *naming = user;
	const char *part = query_cell(record, "part"), *names = query_cell(record, "names");
	const char *asked = strcmp(part, "vantage") == 0 ? naming->scope->vantage : naming->scope->framework;

	naming->status = status_of(STATUS_USAGE, "--%s: there is no \"%s\"; %s%s", part, asked,
		*names != '\0' ? "there are: " : "there are none", names);
}

/* A name that is misspelt must not read as "there is nothing". */
static struct status
check_names(const struct scope *scope, struct query *query, const struct scope_parameters *parameters)
{
	struct naming naming = { .scope = scope, .status = status_ok() };
	struct status status = query_run_file(query, "scope", parameters->list, parameters->count, take_unknown,
		&naming);

	return status_is_ok(&status) ? naming.status : status;
}

/* As parameters -------------------------------------------------------------------------------- */

static void
add(struct scope_parameters *parameters, const char *name, const char *text)
{
	if (text != NULL)
		parameters->list[parameters->count++] = (struct query_parameter){ .name = name, .text = text };
}

static void
add_address(struct scope_parameters *parameters, const char *name, const struct address *address)
{
	parameters->list[parameters->count++] = (struct query_parameter){
		.name = name,
		.blob = span_from(address->octets, sizeof(address->octets)),
	};
}

struct status
scope_read(const struct scope *scope, struct query *query, struct scope_parameters *parameters_r)
{
	struct status status = read_period(scope, parameters_r);

	parameters_r->count = 0;
	if (!status_is_ok(&status))
		return status;
	add(parameters_r, ":since", scope->since != NULL ? parameters_r->since : NULL);
	add(parameters_r, ":until", scope->until != NULL ? parameters_r->until : NULL);
	add(parameters_r, ":vantage", scope->vantage);
	add(parameters_r, ":framework", scope->framework);
	if (scope->network != NULL) {
		network_range(scope->network, &parameters_r->network_first, &parameters_r->network_last);
		add_address(parameters_r, ":network_first", &parameters_r->network_first);
		add_address(parameters_r, ":network_last", &parameters_r->network_last);
	}
	return check_names(scope, query, parameters_r);
}

/* As options ---------------------------------------------------------------------------------- */

void
scope_add_network(struct buffer *out, const struct network *network)
{
	char text[ADDRESS_TEXT_SIZE];
	bool is_v4 = address_is_v4(&network->address) && network->bits >= V4_BITS_BEFORE;

	buffer_printf(out, "%s/%u", address_text(&network->address, text),
		is_v4 ? network->bits - V4_BITS_BEFORE : network->bits);
}

void
scope_add_word(struct buffer *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/";

	if (*word != '\0' && strspn(word, plain) == strlen(word)) {
		buffer_add_text(out, word);
		return;
	}
	buffer_add_text(out, "'");
	for (; *word != '\0'; word++)
		buffer_add(out, *word == '\'' ? span_of("'\\''") : span_from(word, 1));
	buffer_add_text(out, "'");
}

static void
add_option(struct buffer *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buffer_printf(out, " %s ", name);
	scope_add_word(out, value);
}

void
scope_add_options(struct buffer *out, const struct scope *scope, bool with_framework)
{
	add_option(out, "--since", scope->since);
	add_option(out, "--until", scope->until);
	add_option(out, "--vantage", scope->vantage);
	if (scope->network != NULL) {
		buffer_add_text(out, " --network ");
		scope_add_network(out, scope->network);
	}
	if (with_framework)
		add_option(out, "--framework", scope->framework);
}
