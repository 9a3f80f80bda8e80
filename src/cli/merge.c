/* starttrace merge: the databases of many sensors, or of many jobs that shared an archive, into one; then history is
 * asked about all of it, so that it says what one `read` of everything would have said. */
#include "cli/options.h"
#include "cli/setup.h"
#include "cli/usage.h"

#include "engine/hindsight.h"
#include "store/merge.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const char usage[] = USAGE(USAGE_MERGE);

/* What came of all sources. */
struct merging {
	struct store *store;
	size_t        merged, refused;
	uint64_t      captures, sessions, further, open;
};

/* Progress is for a terminal only; it is wiped out by what is said next. */
static void
show(const struct options *options, size_t index)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K");
	if (index < options->operand_count)
		fprintf(stderr, "%zu of %zu: %s", index + 1, options->operand_count, options->operands[index]);
	fflush(stderr);
}

static void
add(struct merging *merging, const struct merge_result *result)
{
	merging->merged++;
	merging->captures += result->captures;
	merging->sessions += result->sessions;
	merging->further += result->sessions_further;
	merging->open += result->captures_open;
}

/* What somebody else answers for is counted apart from now on, and passes --fail-on. */
static void
say_acceptances(const struct options *options, const char *path, uint64_t count)
{
	if (count > 0)
		printf("%s: %" PRIu64 " %s in force came along; \"starttrace accept --list -d %s\" has them\n", path,
			count,
			count == 1 ? "acceptance" : "acceptances", options->database);
}

static void
say(const char *path, const struct merge_result *result)
{
	if (result->captures + result->sessions + result->sessions_further + result->acceptances == 0) {
		printf("%s: nothing that was not there\n", path);
		return;
	}
	printf("%s: %" PRIu64 " sessions of %" PRIu64 " captures are new", path, result->sessions, result->captures);
	if (result->sessions_further > 0)
		printf(", %" PRIu64 " took the place of what was there", result->sessions_further);
	if (result->captures_known > 0)
		printf("; %" PRIu64 " captures were there", result->captures_known);
	printf("\n");
}

/* One that is refused does not keep the others back. */
static struct status
merge_each(struct merging *merging, const struct options *options)
{
	struct status status = status_ok();

	for (size_t i = 0; i < options->operand_count && status_is_ok(&status); i++) {
		struct merge_result result;

		show(options, i);
		status = merge_source(merging->store, options->operands[i], &result);
		show(options, options->operand_count);
		if (!status_is_ok(&status))
			break;
		if (status_is_ok(&result.refused)) {
			add(merging, &result);
			say(options->operands[i], &result);
			say_acceptances(options, options->operands[i], result.acceptances);
		} else {
			merging->refused++;
			complain(&result.refused);
		}
	}
	return status;
}

static struct status
say_policy(struct store *store)
{
	uint64_t count = 0;
	struct status status = merge_policies(store, &count);

	if (status_is_ok(&status) && count > 1)
		fprintf(stderr, "starttrace: the sessions were read under %" PRIu64 " policies; what they mean to each "
			"other is judged by one\n", count);
	return status;
}

/* Also what an earlier call merged and was killed before it could be judged. */
static struct status
judge(struct merging *merging, const struct options *options)
{
	struct budget budget = { .limit = options->max_memory };
	struct setup setup = { 0 };
	bool is_to_judge = false;
	uint64_t forgotten = 0;
	struct status status = merge_is_to_judge(merging->store, &is_to_judge);

	if (!status_is_ok(&status) || !is_to_judge)
		return status;
	status = setup_policy(&setup, options, merging->store);
	if (status_is_ok(&status))
		status = say_policy(merging->store);
	if (status_is_ok(&status))
		status = hindsight_all(merging->store, &budget, setup_policy_of(&setup), &forgotten);
	say_forgotten(forgotten);
	if (status_is_ok(&status))
		status = merge_is_judged(merging->store);
	setup_free(&setup);
	return status;
}

static struct status
merge_all(struct merging *merging, const struct options *options)
{
	struct status status = store_open(options->database, &merging->store), closed;

	if (!status_is_ok(&status))
		return status;
	status = merge_each(merging, options);
	if (status_is_ok(&status))
		status = judge(merging, options);
	closed = status_is_ok(&status) ? store_close(&merging->store) : store_give_up(&merging->store);
	return status_is_ok(&status) ? closed : status;
}

static void
say_all(const struct merging *merging, const struct options *options)
{
	printf("%zu of %zu databases are in %s: %" PRIu64 " sessions of %" PRIu64 " captures are new", merging->merged,
		options->operand_count, options->database, merging->sessions, merging->captures);
	if (merging->further > 0)
		printf(", %" PRIu64 " took the place of what was there", merging->further);
	printf("\n");
	if (merging->open > 0)
		printf("%" PRIu64 " captures were not read to their end yet; merge again when they are\n",
			merging->open);
}

static void
print_help(void)
{
	printf("%s\n\n"
	       "  -d, --database INTO.db     the database to merge into; made when it is not there\n"
	       "      --max-memory SIZE      memory to hold sessions against each other, with K, M or G\n", usage);
}

int
command_merge(int argc, char **argv)
{
	struct merging merging = { 0 };
	struct options options;
	struct status status = options_read(argc, argv, FOR_MERGE, &options);

	if (status_is_ok(&status) && options.help) {
		print_help();
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && options.operand_count == 0)
		status = status_of(STATUS_USAGE, "%s", usage);
	if (!status_is_ok(&status)) {
		complain(&status);
		return EXIT_USAGE;
	}
	status = merge_all(&merging, &options);
	if (!status_is_ok(&status)) {
		complain(&status);
		return EXIT_INPUT;
	}
	say_all(&merging, &options);
	return merging.refused > 0 ? EXIT_INPUT : EXIT_DONE;
}
