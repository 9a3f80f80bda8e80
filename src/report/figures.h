/* What the page about everything counts, read once and kept: everything in it is bounded, however large the database
 * is.  For this room only. */
#ifndef STARTTRACE_REPORT_FIGURES_H
#define STARTTRACE_REPORT_FIGURES_H

#include "store/query.h"

enum {
	FIGURES_SEVERITIES = 5,
	FIGURES_VERDICTS = 32,
	FIGURES_KINDS = 400,
	FIGURES_PERIODS = 600,          /* days, months or years */
	FIGURES_CHOSEN = 240,           /* findings that are shown in full, */
	FIGURES_CHOSEN_A_KIND = 6,      /* of one kind at most so many */
	FIGURES_WORD = 80,
	FIGURES_TITLE = 240,
};

/* What sessions came to, roughly: the groups of verdicts. */
enum family {
	FAMILY_PROTECTED,
	FAMILY_CLEAR,
	FAMILY_DOWNGRADED,
	FAMILY_STOPPED,
	FAMILY_UNDECIDED,
	FAMILIES
};

struct figure_verdict {
	char        word[FIGURES_WORD], sentence[FIGURES_TITLE];
	enum family family;
	uint64_t    sessions;
};

struct figure_severity {
	char     word[FIGURES_WORD];
	uint64_t findings, accepted;            /* the second apart from the first */
};

struct figure_period {
	int64_t  place;                         /* neighbours are one apart */
	char     label[FIGURES_WORD];
	uint64_t findings[FIGURES_SEVERITIES];  /* by severity */
};

struct figure_kind {
	char     word[FIGURES_WORD], title[FIGURES_TITLE];
	size_t   severity;                      /* of its worst finding */
	uint64_t findings, accepted;            /* the second counted in the first, too */
	size_t   shown;                         /* of figures.chosen */
};

struct figure_chosen {
	int64_t finding;
	size_t  kind;                           /* of figures.kinds */
};

/* The kinds come the most pressing first, those whose findings were all accepted last; the chosen findings in the
 * order of their kinds. */
struct figures {
	uint64_t              sessions, credentials, contents, exposed;
	uint64_t              families[FAMILIES];
	size_t                verdict_count, period_count, kind_count, chosen_count;
	uint64_t              left_out;         /* kinds beyond FIGURES_KINDS */
	struct figure_verdict verdicts[FIGURES_VERDICTS];
	struct figure_severity severities[FIGURES_SEVERITIES];  /* by rank: info first */
	struct figure_period  periods[FIGURES_PERIODS];
	struct figure_kind    kinds[FIGURES_KINDS];
	struct figure_chosen  chosen[FIGURES_CHOSEN];
};

/* The parameters are those of every report.  The figures are the caller's to free; NULL on failure. */
struct status figures_read(struct query *query, const struct query_parameter *parameters, size_t count,
	struct figures **figures_r);
void          figures_free(struct figures **figures);

/* Leaves at most `most` of the chosen findings, those of the least pressing kinds going first. */
void figures_choose(struct figures *figures, size_t most);

/* Whether a finding, a session's finding or a kind's is among the chosen. */
bool figures_shows_finding(const struct figures *figures, int64_t finding);
bool figures_shows_session(const struct figures *figures, int64_t session);

/* The kind of this word, NULL when there is no finding of it. */
const struct figure_kind *figures_kind(const struct figures *figures, const char *word);

/* The session of a finding: its number begins with it. */
static inline int64_t
figures_session(int64_t finding)
{
	return finding / 1000;
}

#endif
