/* starttrace compare: the same sessions at two vantages side by side, and every line that differs. */
#include "cli/options.h"
#include "cli/policy_file.h"
#include "cli/record.h"
#include "cli/usage.h"

#include "base/clock.h"
#include "engine/comparison.h"
#include "store/query.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = USAGE(USAGE_COMPARE);

/* Which vantages ------------------------------------------------------------------------------- */

struct names {
	char **list;
	size_t count;
	bool   failed;                  /* out of memory */
};

static void
take_name(void *user, const struct query_record *record)
{
	struct names *names = user;
	char **larger = reallocarray(names->list, names->count + 1, sizeof(*larger));
	char *name = strdup(query_cell(record, "vantage"));

	if (larger != NULL)
		names->list = larger;
	if (larger == NULL || name == NULL) {
		free(name);
		names->failed = true;
		return;
	}
	names->list[names->count++] = name;
}

static void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i]);
	free(names->list);
}

/* Asked for reading only, so that a name that is not there changes nothing. */
static struct status
read_names(const char *database, struct names *names)
{
	struct query *query = NULL;
	struct status status = query_open(database, &query);

	if (status_is_ok(&status))
		status = query_run_file(query, "vantages", NULL, 0, take_name, names);
	query_close(&query);
	if (status_is_ok(&status) && names->failed)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	return status;
}

/* The vantage without a name is that of captures read without one. */
static void
list_names(const struct names *names, char *out, size_t size)
{
	size_t len = 0;

	snprintf(out, size, "there are none");
	for (size_t i = 0; i < names->count && len < size; i++) {
		const char *name = names->list[i][0] != '\0' ? names->list[i] : "\"\"";

		len += (size_t)snprintf(out + len, size - len, "%s%s", i == 0 ? "there are: " : ", ", name);
	}
}

static bool
has_name(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

static struct status
choose(const struct options *options, const struct names *names, const char *vantages[2])
{
	char list[200];

	list_names(names, list, sizeof(list));
	if (options->operand_count == 0 && names->count != 2)
		return status_of(STATUS_USAGE, "%s: name the two vantages to compare; %s", options->database, list);
	for (size_t i = 0; i < 2; i++) {
		vantages[i] = options->operand_count == 0 ? names->list[i] : options->operands[i];
		if (!has_name(names, vantages[i]))
			return status_of(STATUS_USAGE, "%s: no session was seen at vantage \"%s\"; %s",
				options->database, vantages[i], list);
	}
	if (strcmp(vantages[0], vantages[1]) == 0)
		return status_of(STATUS_USAGE, "%s: a vantage is not compared with itself", vantages[0]);
	return status_ok();
}

/* What is printed ------------------------------------------------------------------------------ */

static const char *
shown_name(const struct comparison *comparison, int vantage)
{
	return comparison->vantages[vantage][0] != '\0' ? comparison->vantages[vantage] : "\"\"";
}

static void
print_name(const struct comparison *comparison, int vantage)
{
	record_print(shown_name(comparison, vantage));
}

static void
print_span(struct span text)
{
	char *copy = strndup((const char *)text.at, text.len);

	record_print(copy != NULL ? copy : "...");
	free(copy);
}

static void
print_ends(const struct vantage_session *session)
{
	char client[ADDRESS_TEXT_SIZE], server[ADDRESS_TEXT_SIZE];

	printf("%s port %u -> %s port %u", address_text(&session->client.address, client),
		(unsigned)session->client.port, address_text(&session->server.address, server),
		(unsigned)session->server.port);
}

static void
print_clocks(const struct comparison *comparison)
{
	const struct compare_match *match = &comparison->match;
	bool ahead = match->skew_ns >= 0;

	if (match->count == 0)
		return;
	printf("sessions begin %.6f s ", (double)(ahead ? match->skew_ns : -match->skew_ns) / (double)NS_PER_SECOND);
	printf("%s at ", ahead ? "later" : "earlier");
	print_name(comparison, 1);
	printf(" by the clocks (median; deviation %.6f s)\n", (double)match->deviation_ns / (double)NS_PER_SECOND);
	if (match->deviation_ns > COMPARE_UNSTEADY_NS)
		printf("the clocks do not keep step: nothing can be concluded from times\n");
}

/* Sessions that have no counterpart; the capture there may lack them. */
static void
print_alone(const struct comparison *comparison, int vantage)
{
	bool *matched = calloc(comparison->counts[vantage] + 1, sizeof(*matched));

	for (size_t i = 0; matched != NULL && i < comparison->match.count; i++)
		matched[comparison->match.pairs[i].of[vantage]] = true;
	for (size_t i = 0; matched != NULL && i < comparison->counts[vantage]; i++) {
		const struct vantage_session *session = &comparison->sessions[vantage][i];

		if (matched[i])
			continue;
		printf("  session %" PRId64 " only at ", session->id);
		print_name(comparison, vantage);
		printf(": ");
		print_ends(session);
		printf("\n");
	}
	free(matched);
}

/* What the pairs came to. */
struct outcome {
	size_t differing, same, not_compared;
};

static void
print_matched(void *user, const struct comparison *comparison)
{
	size_t pairs = comparison->match.count;

	(void)user;
	for (int v = 0; v < 2; v++) {
		print_name(comparison, v);
		printf(": %zu seen, %zu of them only there\n", comparison->counts[v],
			comparison->counts[v] - pairs);
	}
	printf("%zu matched\n", pairs);
	print_clocks(comparison);
	for (int v = 0; v < 2; v++)
		print_alone(comparison, v);
}

static void
print_line(const struct comparison *comparison, int vantage, const struct compare_difference *difference)
{
	const struct vantage_line *line = difference->lines[vantage], *before = difference->before[vantage];
	int width = 0;

	for (int v = 0; v < 2; v++)
		if ((int)strlen(shown_name(comparison, v)) > width)
			width = (int)strlen(shown_name(comparison, v));
	printf("    ");
	print_name(comparison, vantage);
	printf("%*s  ", width - (int)strlen(shown_name(comparison, vantage)), "");
	if (line != NULL) {
		printf("frame %4" PRIu64 "  %s  ", line->at.frame, difference->side == CLIENT ? "C:" : "S:");
		print_span(line->text);
	} else if (before != NULL) {
		printf("frame %4" PRIu64 "  %s  (nothing behind it)", before->at.frame,
			difference->side == CLIENT ? "C:" : "S:");
	} else {
		printf("            %s  (nothing)", difference->side == CLIENT ? "C:" : "S:");
	}
	printf("\n");
}

/* Which way a line that one vantage lacks went: with the server's lines away from it, with the client's towards it. */
static const char *
missing_word(const struct compare_lines *lines, const struct compare_difference *difference)
{
	int has = difference->lines[0] != NULL ? 0 : 1;

	if (lines->nearer < 0)
		return "at one only";
	return (difference->side == SERVER) == (has == lines->nearer) ? "removed" : "inserted";
}

static void
print_difference(const struct comparison *comparison, const struct compare_lines *lines,
	const struct compare_difference *difference)
{
	static const char *const weights[] = {
		[WEIGHT_ALLOWED] = "allowed",
		[WEIGHT_LINE] = "a line",
		[WEIGHT_LIST] = "feature list",
		[WEIGHT_DECISIVE] = "decides about TLS",
	};
	const char *change = difference->change == CHANGE_TEXT    ? "changed"
	                   : difference->change == CHANGE_ORDER   ? "moved"
	                                                          : missing_word(lines, difference);

	printf("  %s (%s)\n", change, weights[difference->weight]);
	for (int v = 0; v < 2; v++)
		print_line(comparison, v, difference);
}

static void
print_pair(void *user, const struct comparison *comparison, const struct compare_pair *pair,
	const struct compare_lines *lines)
{
	const struct vantage_session *one = &comparison->sessions[0][pair->of[0]];
	const struct vantage_session *other = &comparison->sessions[1][pair->of[1]];
	struct outcome *outcome = user;

	outcome->differing += lines->count > 0;
	outcome->same += lines->count == 0 && lines->compared > 0;
	outcome->not_compared += lines->count == 0 && lines->compared == 0;
	if (lines->count == 0)
		return;
	printf("\nsession %" PRId64 " at ", one->id);
	print_name(comparison, 0);
	printf(", session %" PRId64 " at ", other->id);
	print_name(comparison, 1);
	printf(": ");
	print_ends(one);
	printf("\n");
	if (lines->nearer >= 0) {
		printf("  nearer the server: ");
		print_name(comparison, lines->nearer);
		printf("\n");
	}
	for (size_t i = 0; i < lines->count; i++)
		print_difference(comparison, lines, &lines->list[i]);
	if (lines->broken_off)
		printf("  not compared further: TLS begins at one of the two, or its capture lacks the rest\n");
}

static void
print_outcome(const struct outcome *outcome)
{
	printf("\n%zu with differences, %zu without as far as both are whole", outcome->differing, outcome->same);
	if (outcome->not_compared > 0)
		printf(", %zu without a line that both show", outcome->not_compared);
	printf("\n");
}

/* The command ---------------------------------------------------------------------------------- */

static struct status
kept_policy(struct store *store, struct policy_file **policy_r)
{
	struct buffer text = { 0 };
	struct status status = store_policy_text(store, &text);

	if (status_is_ok(&status) && text.len > 0)
		status = policy_file_parse("the policy that is kept", buffer_span(&text), policy_r);
	buffer_free(&text);
	return status;
}

static struct status
compare(const struct options *options, const char *const vantages[2])
{
	struct outcome outcome = { 0 };
	const struct comparison_taker taker = { print_matched, print_pair, &outcome };
	struct budget budget = { .limit = options->max_memory };
	struct policy_file *policy = NULL;
	struct store *store = NULL;
	struct status status = store_open(options->database, &store), closed;

	if (!status_is_ok(&status))
		return status;
	status = kept_policy(store, &policy);
	if (status_is_ok(&status))
		status = comparison_run(store, &budget, policy_file_policy(policy), vantages, &taker);
	closed = status_is_ok(&status) ? store_close(&store) : store_give_up(&store);
	policy_file_free(&policy);
	if (status_is_ok(&status) && status_is_ok(&closed))
		print_outcome(&outcome);
	return status_is_ok(&status) ? closed : status;
}

int
command_compare(int argc, char **argv)
{
	struct options options;
	struct names names = { 0 };
	const char *vantages[2] = { NULL, NULL };
	struct status status = options_read(argc, argv, FOR_COMPARE, &options);

	if (status_is_ok(&status) && options.help) {
		printf("%s\n\n"
		       "      --max-memory SIZE      memory to hold sessions against each other, with K, M or G\n",
			usage);
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && options.operand_count != 0 && options.operand_count != 2)
		status = status_of(STATUS_USAGE, "%s", usage);
	if (status_is_ok(&status))
		status = read_names(options.database, &names);
	if (status_is_ok(&status))
		status = choose(&options, &names, vantages);
	if (status_is_ok(&status))
		status = compare(&options, vantages);
	names_free(&names);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
