/* What the page about everything counts. */
#include "report/figures.h"

#include "base/table.h"
#include "base/text.h"
#include "report/scope.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	PARAMETERS_MOST = SCOPE_PARAMETERS + 2,
};

/* Copies what fits, whole characters only. */
static void
keep(char *out, size_t size, const char *text)
{
	struct span kept = text_first(span_of(text), size - 1);

	if (kept.len > 0)
		memcpy(out, kept.at, kept.len);
	out[kept.len] = '\0';
}

static int64_t
number(const struct query_record *record, const char *name)
{
	return strtoll(query_cell(record, name), NULL, 10);
}

static uint64_t
amount(const struct query_record *record, const char *name)
{
	int64_t value = number(record, name);

	return value > 0 ? (uint64_t)value : 0;
}

static enum family
family_of(const char *word)
{
	static const char *const words[FAMILIES] = {
		[FAMILY_PROTECTED] = "protected",
		[FAMILY_CLEAR] = "clear",
		[FAMILY_DOWNGRADED] = "downgraded",
		[FAMILY_STOPPED] = "stopped",
		[FAMILY_UNDECIDED] = "undecided",
	};

	for (size_t i = 0; i < FAMILIES; i++)
		if (strcmp(words[i], word) == 0)
			return (enum family)i;
	return FAMILY_UNDECIDED;
}

static void
take_verdict(struct figures *figures, const struct query_record *record)
{
	enum family family = family_of(query_cell(record, "family"));
	uint64_t sessions = amount(record, "sessions");
	struct figure_verdict *verdict;

	figures->sessions += sessions;
	figures->families[family] += sessions;
	figures->credentials += amount(record, "credentials");
	figures->contents += amount(record, "contents");
	figures->exposed += amount(record, "exposed");
	if (figures->verdict_count == FIGURES_VERDICTS)
		return;
	verdict = &figures->verdicts[figures->verdict_count++];
	verdict->family = family;
	verdict->sessions = sessions;
	keep(verdict->word, sizeof(verdict->word), query_cell(record, "word"));
	keep(verdict->sentence, sizeof(verdict->sentence), query_cell(record, "text"));
}

static void
take_severity(struct figures *figures, const struct query_record *record)
{
	size_t rank = (size_t)amount(record, "severity");

	if (rank >= FIGURES_SEVERITIES)
		return;
	keep(figures->severities[rank].word, FIGURES_WORD, query_cell(record, "word"));
	figures->severities[rank].findings = amount(record, "findings");
	figures->severities[rank].accepted = amount(record, "accepted");
}

/* A row a severity, those of one period behind each other. */
static void
take_period(struct figures *figures, const struct query_record *record)
{
	size_t rank = (size_t)amount(record, "severity");
	int64_t place = number(record, "number");
	struct figure_period *period = figures->period_count > 0 ? &figures->periods[figures->period_count - 1] : NULL;

	if (period == NULL || period->place != place) {
		if (figures->period_count == FIGURES_PERIODS)
			return;
		period = &figures->periods[figures->period_count++];
		period->place = place;
		keep(period->label, sizeof(period->label), query_cell(record, "word"));
	}
	if (rank < FIGURES_SEVERITIES)
		period->findings[rank] = amount(record, "findings");
}

static void
take_kind(struct figures *figures, const struct query_record *record)
{
	struct figure_kind *kind;

	if (figures->kind_count == FIGURES_KINDS) {
		figures->left_out++;
		return;
	}
	kind = &figures->kinds[figures->kind_count++];
	keep(kind->word, sizeof(kind->word), query_cell(record, "word"));
	keep(kind->title, sizeof(kind->title), query_cell(record, "text"));
	kind->severity = (size_t)amount(record, "severity");
	kind->severity = kind->severity < FIGURES_SEVERITIES ? kind->severity : FIGURES_SEVERITIES - 1;
	kind->findings = amount(record, "findings");
	kind->accepted = amount(record, "accepted");
}

static void
take_chosen(struct figures *figures, const struct query_record *record)
{
	size_t place = (size_t)amount(record, "findings");

	if (figures->chosen_count == FIGURES_CHOSEN || place == 0 || place > figures->kind_count)
		return;
	figures->chosen[figures->chosen_count++] = (struct figure_chosen){
		.finding = number(record, "number"), .kind = place - 1 };
	figures->kinds[place - 1].shown++;
}

static void
take(void *user, const struct query_record *record)
{
	static const struct {
		const char *part;
		void      (*take)(struct figures *figures, const struct query_record *record);
	} parts[] = {
		{ "verdict", take_verdict },
		{ "severity", take_severity },
		{ "day", take_period },
		{ "kind", take_kind },
		{ "chosen", take_chosen },
	};
	const char *part = query_cell(record, "part");

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		if (strcmp(part, parts[i].part) == 0)
			parts[i].take(user, record);
}

struct status
figures_read(struct query *query, const struct query_parameter *parameters, size_t count, struct figures **figures_r)
{
	struct figures *figures = calloc(1, sizeof(*figures));
	struct query_parameter own[PARAMETERS_MOST];
	struct status status;

	*figures_r = NULL;
	if (figures == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	assert(count + 2 <= PARAMETERS_MOST);
	if (count > 0)
		memcpy(own, parameters, count * sizeof(own[0]));
	own[count++] = (struct query_parameter){ .name = ":shown", .number = FIGURES_CHOSEN };
	own[count++] = (struct query_parameter){ .name = ":of_a_kind", .number = FIGURES_CHOSEN_A_KIND };
	status = query_run_file(query, "overview", own, count, take, figures);
	if (status_is_ok(&status))
		*figures_r = figures;
	else
		figures_free(&figures);
	return status;
}

void
figures_free(struct figures **figures)
{
	free(*figures);
	*figures = NULL;
}

void
figures_choose(struct figures *figures, size_t most)
{
	while (figures->chosen_count > most)
		figures->kinds[figures->chosen[--figures->chosen_count].kind].shown--;
}

bool
figures_shows_finding(const struct figures *figures, int64_t finding)
{
	for (size_t i = 0; i < figures->chosen_count; i++)
		if (figures->chosen[i].finding == finding)
			return true;
	return false;
}

bool
figures_shows_session(const struct figures *figures, int64_t session)
{
	for (size_t i = 0; i < figures->chosen_count; i++)
		if (figures_session(figures->chosen[i].finding) == session)
			return true;
	return false;
}

const struct figure_kind *
figures_kind(const struct figures *figures, const char *word)
{
	for (size_t i = 0; i < figures->kind_count; i++)
		if (strcmp(figures->kinds[i].word, word) == 0)
			return &figures->kinds[i];
	return NULL;
}
