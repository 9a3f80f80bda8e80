/* The page about everything a database holds: its frame, and what it says in few words. */
#include "report/overview.h"

#include "base/clock.h"
#include "base/table.h"
#include "base/text.h"
#include "report/chart.h"
#include "report/document.h"
#include "report/overview_private.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void
begin_section(struct html *html, const char *id, const char *title)
{
	html_print(html, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">%s</h2>\n", id, id, id,
		title);
}

static void
end_section(struct html *html)
{
	html_print(html, "</section>\n");
}

/* The head ------------------------------------------------------------------------------------- */

static void
print_head(struct overview *overview)
{
	static const struct {
		const char *id, *words;
	} places[] = {
		{ "summary", "Summary" },
		{ "verdicts", "Verdicts" },
		{ "findings", "Findings" },
		{ "sessions", "Sessions" },
		{ "reports", "Reports" },
		{ "accepted", "Accepted" },
		{ "manifest", "What was read" },
	};
	struct html *html = overview->html;
	char precise[TIME_TEXT_SIZE], now[TIME_TEXT_SIZE];

	snprintf(now, sizeof(now), "%.19sZ", text_time((int64_t)time(NULL) * NS_PER_SECOND, precise));
	document_begin(html, "Mail transport security report");
	html_print(html, "<header>\n<p class=\"maker\">starttrace</p>\n<h1>Mail transport security</h1>\n"
		"<p class=\"basis\">%s</p>\n<p class=\"made\">Made <time datetime=\"%s\">%s</time>; all times are "
		"UTC.</p>\n"
		"<nav aria-label=\"Sections\"><ul>\n", overview->request->basis, now, now);
	for (size_t i = 0; i < TABLE_LENGTH(places); i++)
		html_print(html, "<li><a href=\"#%s\">%s</a></li>\n", places[i].id, places[i].words);
	html_print(html, "</ul></nav>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n");
}

/* Summary -------------------------------------------------------------------------------------- */

static void
print_tile(struct html *html, const char *class, uint64_t count, const char *words, uint64_t whole)
{
	char share[16];

	html_print(html, "<li class=\"%s\"><span class=\"count\">%lld</span> <span class=\"what\">%s</span>", class,
		(long long)count, words);
	if (whole > 0)
		html_print(html, " <span class=\"share\">%s</span>", chart_share(count, whole, share));
	html_print(html, "</li>\n");
}

static void
print_tiles(struct html *html, const struct figures *figures)
{
	uint64_t sessions = figures->sessions;

	html_print(html, "<ul class=\"tiles\">\n");
	print_tile(html, "all", sessions, sessions == 1 ? "session" : "sessions", 0);
	print_tile(html, "protected", figures->families[FAMILY_PROTECTED], "protected from begin to end", sessions);
	print_tile(html, "clear", figures->exposed, "exposed: logins, mail or data crossed in clear", sessions);
	print_tile(html, "downgraded", figures->families[FAMILY_DOWNGRADED],
		"downgraded: somebody may have prevented TLS", sessions);
	html_print(html, "</ul>\n");
}

/* What crossed, in a sentence for somebody who reads nothing else. */
static void
print_sentences(struct html *html, const struct figures *figures)
{
	uint64_t pressing = figures->severities[3].findings + figures->severities[4].findings;

	if (figures->sessions == 0) {
		html_print(html, "<p>No session was seen that could be judged: an empty report is no proof that all "
			"is well. <a href=\"#manifest\">What was read</a> tells where to look.</p>\n");
		return;
	}
	html_print(html, "<p>In %lld %s a password or token crossed the network readable, and in %lld a whole "
		"message. ",
		(long long)figures->credentials, figures->credentials == 1 ? "session" : "sessions",
		(long long)figures->contents);
	if (figures->families[FAMILY_UNDECIDED] > 0)
		html_print(html, "Of %lld the capture shows too little to judge them. ",
			(long long)figures->families[FAMILY_UNDECIDED]);
	html_print(html, "%lld %s critical or high%s.</p>\n", (long long)pressing,
		pressing == 1 ? "finding is" : "findings are", pressing == 0 ? ": nothing presses" : "");
}

static void
take_fix(void *user, const struct query_record *record)
{
	if (strcmp(query_cell(record, "part"), "finding") == 0)
		html_text(user, query_cell(record, "fix"));
}

/* The most pressing kinds that somebody has not answered for, and what ends each. */
static struct status
print_first(struct overview *overview)
{
	const struct figures *figures = overview->figures;
	struct status status = status_ok();
	size_t told = 0;

	for (size_t i = 0; i < figures->kind_count && told < OVERVIEW_FIRST && status_is_ok(&status); i++) {
		const struct figure_kind *kind = &figures->kinds[i];
		struct query_parameter parameter = { .name = ":kind", .text = kind->word };
		const char *severity = figures->severities[kind->severity].word;
		uint64_t counted = kind->findings - kind->accepted;

		if (kind->severity < 2 || counted == 0)
			continue;
		html_print(overview->html, told++ == 0 ? "<h3>What to do first</h3>\n<ol class=\"first\">\n" : "");
		html_print(overview->html, "<li><p><span class=\"severity %s\">%s</span> <a href=\"#kind-%s\">%s</a> "
			"<span class=\"times\">%lld %s</span></p>\n<p>", severity, severity, kind->word, kind->title,
			(long long)counted, counted == 1 ? "time" : "times");
		status = query_run_file(overview->query, "explain", &parameter, 1, take_fix, overview->html);
		html_print(overview->html, "</p></li>\n");
	}
	html_print(overview->html, told > 0 ? "</ol>\n" : "");
	return status;
}

static struct status
print_summary(struct overview *overview)
{
	struct status status;

	begin_section(overview->html, "summary", "Summary");
	print_tiles(overview->html, overview->figures);
	print_sentences(overview->html, overview->figures);
	status = print_first(overview);
	end_section(overview->html);
	return status;
}

/* Verdicts ------------------------------------------------------------------------------------- */

static void
print_legend(struct html *html, const struct figures *figures)
{
	char share[16];

	html_print(html, "<ul class=\"legend\">\n");
	for (size_t i = 0; i < FAMILIES; i++)
		html_print(html, "<li class=\"%s\"><b>%s</b> %lld <span class=\"share\">%s</span></li>\n",
			chart_family_word((enum family)i), chart_family_words((enum family)i),
			(long long)figures->families[i],
			chart_share(figures->families[i], figures->sessions, share));
	html_print(html, "</ul>\n");
}

static void
print_verdict_row(struct html *html, const struct figure_verdict *verdict, uint64_t sessions)
{
	char share[16];

	html_print(html, "<tr><th scope=\"row\">%s</th><td class=\"number\">%lld</td><td class=\"number\">%s</td>"
		"<td class=\"drawn\">", verdict->word, (long long)verdict->sessions,
		chart_share(verdict->sessions, sessions, share));
	chart_bar(html, chart_family_word(verdict->family), verdict->sessions, sessions);
	html_print(html, "</td><td>%s</td></tr>\n", verdict->sentence);
}

static void
print_verdicts(struct overview *overview)
{
	struct html *html = overview->html;
	const struct figures *figures = overview->figures;

	begin_section(html, "verdicts", "How well sessions were protected");
	if (figures->sessions == 0) {
		html_print(html, "<p>There is no session to judge.</p>\n");
		end_section(html);
		return;
	}
	chart_families(html, figures);
	print_legend(html, figures);
	html_print(html, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Sessions by verdict\">\n"
		"<table class=\"verdicts\">\n<caption>Sessions by verdict; each session has exactly "
		"one</caption>\n<thead><tr><th scope=\"col\">Verdict</th><th scope=\"col\" "
		"class=\"number\">Sessions</th><th scope=\"col\" class=\"number\">Share</th><th scope=\"col\"><span "
		"class=\"hidden\">Drawn</span></th><th scope=\"col\">Meaning</th></tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < figures->verdict_count; i++)
		print_verdict_row(html, &figures->verdicts[i], figures->sessions);
	html_print(html, "</tbody>\n</table>\n</div>\n");
	end_section(html);
}

/* What was accepted ---------------------------------------------------------------------------- */

static void
print_accepted_severities(struct html *html, const struct figures *figures)
{
	html_print(html, "<ul class=\"list\">\n");
	for (size_t i = FIGURES_SEVERITIES; i-- > 0;) {
		const struct figure_severity *severity = &figures->severities[i];

		if (severity->accepted > 0)
			html_print(html, "<li><span class=\"severity %s\">%s</span> %lld</li>\n", severity->word,
				severity->word, (long long)severity->accepted);
	}
	html_print(html, "</ul>\n");
}

static struct status
print_accepted(struct overview *overview)
{
	struct html *html = overview->html;
	const struct figures *figures = overview->figures;
	uint64_t accepted = 0;
	struct status status;

	begin_section(html, "accepted", "Accepted findings");
	for (size_t i = 0; i < FIGURES_SEVERITIES; i++)
		accepted += figures->severities[i].accepted;
	html_print(html, "<p>For %lld %s somebody answers until a day that was named; %s counted apart everywhere on "
		"this page.</p>\n", (long long)accepted, accepted == 1 ? "finding" : "findings",
		accepted == 1 ? "it is" : "they are");
	if (accepted > 0)
		print_accepted_severities(html, figures);
	status = overview_report(overview, "accepted");
	end_section(html);
	return status;
}

/* The page ------------------------------------------------------------------------------------- */

static struct status
print_manifest(struct overview *overview)
{
	struct status status;

	begin_section(overview->html, "manifest", "What was read, and what it cannot show");
	html_print(overview->html, "<p>%s</p>\n<p>A finding about something that never came is told only where the "
		"capture shows all that matters. What a capture does not show is left open, never guessed.</p>\n",
		overview->request->basis);
	status = overview_captures(overview);
	if (status_is_ok(&status))
		status = overview_report(overview, "manifest");
	end_section(overview->html);
	return status;
}

/* "session", "session_id", "last_session": the column is of numbers of such things. */
static bool
names(const char *column, const char *thing)
{
	size_t len = strlen(column), thing_len = strlen(thing);

	if (len > 3 && strcmp(column + len - 3, "_id") == 0)
		len -= 3;
	return len >= thing_len && memcmp(column + len - thing_len, thing, thing_len) == 0 &&
	       (len == thing_len || column[len - thing_len - 1] == '_');
}

/* Places to which a cell of a table can lead. */
static const char *
place_of(const void *user, const char *column, const char *cell)
{
	const struct figures *figures = user;
	const struct figure_kind *kind;

	if (names(column, "session") && figures_shows_session(figures, strtoll(cell, NULL, 10)))
		return "session-";
	if (names(column, "finding") && figures_shows_finding(figures, strtoll(cell, NULL, 10)))
		return "finding-";
	kind = names(column, "kind") ? figures_kind(figures, cell) : NULL;
	return kind != NULL && kind->shown > 0 ? "kind-" : NULL;
}

static struct status
print_sections(struct overview *overview)
{
	struct status status;

	print_head(overview);
	status = print_summary(overview);
	print_verdicts(overview);
	if (status_is_ok(&status))
		status = overview_findings(overview);
	if (status_is_ok(&status)) {
		begin_section(overview->html, "reports", "Reports");
		status = overview_reports(overview);
		end_section(overview->html);
	}
	if (status_is_ok(&status))
		status = print_accepted(overview);
	if (status_is_ok(&status))
		status = print_manifest(overview);
	html_print(overview->html, "</main>\n");
	document_end(overview->html);
	return status;
}

struct status
overview_print(FILE *out, struct query *query, const struct overview_request *request)
{
	struct html html = { .out = out };
	struct overview overview = { .html = &html, .query = query, .request = request };
	struct status status = figures_read(query, request->parameters, request->count, &overview.figures);

	if (status_is_ok(&status)) {
		overview.links = (struct html_links){ .place = place_of, .user = overview.figures };
		status = print_sections(&overview);
	}
	if (status_is_ok(&status) && html.scratch.failed)
		status = status_of(STATUS_NO_MEMORY, "out of memory");
	if (status_is_ok(&status) && (fflush(out) != 0 || ferror(out)))
		status = status_of(STATUS_STORE, "cannot write the report: %s", strerror(errno));
	figures_free(&overview.figures);
	html_free(&html);
	return status;
}
