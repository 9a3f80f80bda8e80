/* Of which sessions a question is asked. */
#include "report/scope.h"

#include <ctype.h>
#include <string.h>

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
	for (size_t i = 0; i < sizeof(whole_parts) / sizeof(whole_parts[0]); i++)
		parts += len == whole_parts[i];
	return parts > 0 || len > 20;
}

/* Each part of a completed time is one that a calendar and a clock have. */
static bool
time_exists(const char *time)
{
	static const struct {
		size_t at;
		int    least, most;
	} parts[] = { { 5, 1, 12 }, { 8, 1, 31 }, { 11, 0, 23 }, { 14, 0, 59 }, { 17, 0, 60 } };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int value = (time[parts[i].at] - '0') * 10 + time[parts[i].at + 1] - '0';

		if (value < parts[i].least || value > parts[i].most)
			return false;
	}
	return true;
}

static struct status
read_time(const char *option, const char *given, char out[SCOPE_TIME_SIZE])
{
	if (given == NULL || (complete_time(given, out) && time_exists(out)))
		return status_ok();
	return status_of(STATUS_USAGE,
		"%s: \"%s\" is no time; write it like 2024-05-01 or 2024-05-01T12:30:00 (UTC)",
		option, given);
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
scope_read(const struct scope *scope, struct scope_parameters *parameters_r)
{
	struct status status = read_time("--since", scope->since, parameters_r->since);

	if (status_is_ok(&status))
		status = read_time("--until", scope->until, parameters_r->until);
	parameters_r->count = 0;
	add(parameters_r, ":since", scope->since != NULL ? parameters_r->since : NULL);
	add(parameters_r, ":until", scope->until != NULL ? parameters_r->until : NULL);
	add(parameters_r, ":vantage", scope->vantage);
	add(parameters_r, ":framework", scope->framework);
	if (scope->network != NULL) {
		network_range(scope->network, &parameters_r->network_first, &parameters_r->network_last);
		add_address(parameters_r, ":network_first", &parameters_r->network_first);
		add_address(parameters_r, ":network_last", &parameters_r->network_last);
	}
	return status;
}
