/* The findings of the page about everything: by kind, the most pressing first, and the sessions in which they
 * struck. */
#include "report/chart.h"
#include "report/ladder.h"
#include "report/overview_private.h"

#include "base/table.h"

#include <stdlib.h>

/* By severity, by time ------------------------------------------------------------------------- */

static void
print_severities(struct html *html, const struct figures *figures)
{
	html_print(html, "<table class=\"severities\">\n<caption>Findings by severity</caption>\n<thead><tr>"
		"<th scope=\"col\">Severity</th><th scope=\"col\" class=\"number\">Findings</th><th scope=\"col\" "
		"class=\"number\">Accepted</th></tr></thead>\n<tbody>\n");
	for (size_t i = FIGURES_SEVERITIES; i-- > 0;) {
		const struct figure_severity *severity = &figures->severities[i];

		html_print(html, "<tr><th scope=\"row\"><span class=\"severity %s\">%s</span></th>"
			"<td class=\"number\">%lld</td><td class=\"number\">%lld</td></tr>\n", severity->word,
			severity->word,
			(long long)severity->findings, (long long)severity->accepted);
	}
	html_print(html, "</tbody>\n</table>\n");
}

static void
print_periods(struct html *html, const struct figures *figures)
{
	if (figures->period_count < 2)
		return;
	html_print(html, "<details><summary>Findings by time, as a table</summary>\n<div class=\"scroll\" "
		"role=\"region\" tabindex=\"0\" aria-label=\"Findings by time\">\n<table "
		"class=\"rows\">\n<caption>Findings by time</caption>\n"
		"<thead><tr><th scope=\"col\">Time</th>");
	for (size_t i = FIGURES_SEVERITIES; i-- > 0;)
		html_print(html, "<th scope=\"col\" class=\"number\">%s</th>", figures->severities[i].word);
	html_print(html, "</tr></thead>\n<tbody>\n");
	for (size_t i = 0; i < figures->period_count; i++) {
		html_print(html, "<tr><th scope=\"row\">%s</th>", figures->periods[i].label);
		for (size_t j = FIGURES_SEVERITIES; j-- > 0;)
			html_print(html, "<td class=\"number\">%lld</td>", (long long)figures->periods[i].findings[j]);
		html_print(html, "</tr>\n");
	}
	html_print(html, "</tbody>\n</table>\n</div>\n</details>\n");
}

static void
print_kinds(struct overview *overview)
{
	const struct figures *figures = overview->figures;
	struct html *html = overview->html;

	html_print(html, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Findings by kind\">\n"
		"<table class=\"rows kinds\">\n<caption>Findings by kind, the most pressing "
		"first</caption>\n<thead><tr><th scope=\"col\">Severity</th><th scope=\"col\">Finding</th><th "
		"scope=\"col\" class=\"number\">Findings</th><th scope=\"col\" class=\"number\">Accepted</th><th "
		"scope=\"col\" class=\"number\">Shown here</th></tr></thead>\n"
		"<tbody>\n");
	for (size_t i = 0; i < figures->kind_count; i++) {
		const struct figure_kind *kind = &figures->kinds[i];
		const char *severity = figures->severities[kind->severity].word;

		html_print(html, "<tr><td><span class=\"severity %s\">%s</span></td><th scope=\"row\">", severity,
			severity);
		if (kind->shown > 0)
			html_print(html, "<a href=\"#kind-%s\">%s</a>", kind->word, kind->title);
		else
			html_text(html, kind->title);
		html_print(html, "</th><td class=\"number\">%lld</td><td class=\"number\">%lld</td>"
			"<td class=\"number\">%zu</td></tr>\n", (long long)(kind->findings - kind->accepted),
			(long long)kind->accepted, kind->shown);
	}
	html_print(html, "</tbody>\n</table>\n</div>\n");
	if (figures->left_out > 0) {
		html_print(html, "<p class=\"more\">%lld more kinds: ", (long long)figures->left_out);
		overview_command(overview, "findings");
		html_print(html, "</p>\n");
	}
}

/* The narrowing is the script's work, so it stays hidden without one. */
static void
print_filter(struct html *html, const struct figures *figures)
{
	html_print(html, "<form class=\"filter\" role=\"search\" hidden>\n<label for=\"filter\">Show findings "
		"with</label>\n"
		"<input id=\"filter\" type=\"search\" autocomplete=\"off\" placeholder=\"address, account, word, "
		"capture\">\n"
		"<label for=\"filter-severity\">of at least</label>\n<select id=\"filter-severity\">\n");
	for (size_t i = 1; i < FIGURES_SEVERITIES; i++)
		html_print(html, "<option value=\"%zu\">%s</option>\n", i, figures->severities[i].word);
	html_print(html, "</select>\n<output id=\"filter-count\" for=\"filter filter-severity\" "
		"role=\"status\"></output>\n"
		"</form>\n");
}

/* A kind --------------------------------------------------------------------------------------- */

struct explanation {
	struct html *html;
	char         part[16];
	size_t       rows;      /* of this part */
};

static void
print_meaning(struct explanation *explanation, const struct query_record *record)
{
	struct html *html = explanation->html;
	size_t most = html->most;

	html->most = OVERVIEW_WORDS;
	html_print(html, "<p class=\"meaning\">%s</p>\n<dl class=\"meaning\">\n<dt>Seen when</dt><dd>%s</dd>\n"
		"<dt>How sure</dt><dd>%s</dd>\n<dt>What to do</dt><dd class=\"fix\">%s</dd>\n</dl>\n",
		query_cell(record, "sentence"), query_cell(record, "trigger"), query_cell(record, "confidence"),
		query_cell(record, "fix"));
	html->most = most;
}

static void
print_remedy(struct explanation *explanation, const struct query_record *record)
{
	if (strcmp(query_cell(record, "product"), "none") == 0)
		html_print(explanation->html, "<li>%s</li>\n", query_cell(record, "setting"));
	else
		html_print(explanation->html, "<li>%s: <code>%s</code></li>\n", query_cell(record, "product"),
			query_cell(record, "setting"));
}

/* What is not certain is said to be so: nobody should quote it unread. */
static void
print_clause(struct explanation *explanation, const struct query_record *record)
{
	const char *note = query_cell(record, "note");

	html_print(explanation->html, "<li><b>%s</b>", query_cell(record, "clause"));
	if (*note != '\0')
		html_print(explanation->html, " %s", note);
	if (strcmp(query_cell(record, "certain"), "1") != 0)
		html_print(explanation->html, " <span class=\"uncertain\">look it up before quoting it</span>");
	html_print(explanation->html, "</li>\n");
}

static const struct explained {
	const char *part, *list;        /* the title of the list that the part is, or NULL */
	void      (*print)(struct explanation *explanation, const struct query_record *record);
} explained[] = {
	{ "finding", NULL, print_meaning },
	{ "remedy", "Settings that end it", print_remedy },
	{ "clause", "Clauses it touches", print_clause },
	{ "control", "Controls it touches", print_clause },
};

static const struct explained *
explained_part(const char *part)
{
	for (size_t i = 0; i < TABLE_LENGTH(explained); i++)
		if (strcmp(explained[i].part, part) == 0)
			return &explained[i];
	return NULL;
}

/* Ends the list of the part that was told, and begins that of the next; `part` NULL: there is none. */
static void
change_part(struct explanation *explanation, const char *part)
{
	const struct explained *was = explained_part(explanation->part);
	const struct explained *next = part != NULL ? explained_part(part) : NULL;

	if (was != NULL && was->list != NULL)
		html_print(explanation->html, "</ul>\n</details>\n");
	if (next != NULL && next->list != NULL)
		html_print(explanation->html, "<details class=\"clauses\"><summary>%s</summary>\n<ul>\n", next->list);
	snprintf(explanation->part, sizeof(explanation->part), "%s", part != NULL ? part : "");
}

static void
take_explanation(void *user, const struct query_record *record)
{
	struct explanation *explanation = user;
	const char *part = query_cell(record, "part");
	const struct explained *told = explained_part(part);

	if (told == NULL)
		return;
	if (strcmp(part, explanation->part) != 0)
		change_part(explanation, part);
	told->print(explanation, record);
}

static struct status
begin_kind(struct overview *overview, const struct figure_kind *kind)
{
	struct html *html = overview->html;
	const char *severity = overview->figures->severities[kind->severity].word;
	struct explanation explanation = { .html = html };
	struct query_parameter parameter = { .name = ":kind", .text = kind->word };
	struct status status;

	html_print(html, "<section class=\"kind\" id=\"kind-%s\" aria-labelledby=\"kind-%s-title\">\n"
		"<h3 id=\"kind-%s-title\"><span class=\"severity %s\">%s</span> %s</h3>\n", kind->word, kind->word,
		kind->word,
		severity, severity, kind->title);
	status = query_run_file(overview->query, "explain", &parameter, 1, take_explanation, &explanation);
	change_part(&explanation, NULL);
	return status;
}

static void
end_kind(struct overview *overview, const struct figure_kind *kind)
{
	uint64_t counted = kind->findings - kind->accepted;

	if (counted > kind->shown)
		html_print(overview->html, "<p class=\"more\">%lld more: <code>SELECT * FROM v_finding WHERE kind = "
			"'%s'</code></p>\n", (long long)(counted - kind->shown), kind->word);
	html_print(overview->html, "</section>\n");
}

/* A finding ------------------------------------------------------------------------------------ */

static void
print_where(struct html *html, const struct query_record *record)
{
	const char *frame = query_cell(record, "frame"), *first = query_cell(record, "first_frame");

	html_print(html, "<dl class=\"facts\">\n<div><dt>When</dt><dd><time datetime=\"%s\">%s</time></dd></div>\n"
		"<div><dt>Confidence</dt><dd>%s, score %s</dd></div>\n<div><dt>Capture</dt><dd>%s</dd></div>\n",
		query_cell(record, "at"), query_cell(record, "at"), query_cell(record, "confidence"),
		query_cell(record, "score"), query_cell(record, "capture"));
	if (*frame != '\0')
		html_print(html, "<div><dt>%s</dt><dd>%s%s%s, from the %s</dd></div>\n", *first != '\0' ? "Frames"
			: "Frame",
			first, *first != '\0' ? " to " : "", frame, query_cell(record, "direction"));
	html_print(html, "<div><dt>Session</dt><dd><a href=\"#session-%s\">%s, with its "
		"dialogue</a></dd></div>\n</dl>\n",
		query_cell(record, "session_id"), query_cell(record, "session_id"));
}

static void
print_proof(struct html *html, const struct query_record *record)
{
	const char *evidence = query_cell(record, "evidence"), *reasons = query_cell(record, "reasons");
	const char *sessions = query_cell(record, "sessions"), *others = query_cell(record, "others");
	bool is_one = strcmp(others, "1") == 0;

	if (*evidence != '\0')
		html_print(html, "<p class=\"evidence\"><span class=\"label\">Evidence</span> <code>%s</code></p>\n",
			evidence);
	if (*reasons != '\0')
		html_print(html, "<p class=\"reasons\"><span class=\"label\">Because</span> %s</p>\n", reasons);
	if (*sessions != '\0')
		html_print(html, "<p class=\"reasons\"><span class=\"label\">Rests on</span> what %s other %s showed%s "
			"%s</p>\n", others, is_one ? "session" : "sessions", is_one ? ":" : ", among them", sessions);
	html_print(html, "<p class=\"filter-text\"><span class=\"label\">Wireshark</span> <code "
		"class=\"wireshark\">%s</code></p>\n", query_cell(record, "wireshark_filter"));
}

static void
take_finding(void *user, const struct query_record *record)
{
	struct html *html = user;
	const char *id = query_cell(record, "finding_id"), *severity = query_cell(record, "severity");

	html_print(html, "<article class=\"finding\" id=\"finding-%s\" aria-labelledby=\"finding-%s-title\">\n"
		"<h4 id=\"finding-%s-title\"><span class=\"severity %s\">%s</span> %s, %s to %s port %s</h4>\n", id,
		id, id,
		severity, severity, query_cell(record, "protocol"), query_cell(record, "client_ip"),
		query_cell(record, "server_ip"), query_cell(record, "server_port"));
	print_proof(html, record);
	print_where(html, record);
	html_print(html, "</article>\n");
}

static struct status
print_finding(struct overview *overview, int64_t finding)
{
	const struct query_parameter parameters[] = {
		{ .name = ":session", .number = figures_session(finding) },
		{ .name = ":finding", .number = finding },
	};

	return query_run_file(overview->query, "overview_finding", parameters, TABLE_LENGTH(parameters), take_finding,
		overview->html);
}

/* All of them ---------------------------------------------------------------------------------- */

static struct status
print_findings(struct overview *overview)
{
	const struct figures *figures = overview->figures;
	struct status status = status_ok();

	for (size_t i = 0; i < figures->chosen_count && status_is_ok(&status); i++) {
		const struct figure_chosen *chosen = &figures->chosen[i];
		bool is_first = i == 0 || chosen[-1].kind != chosen->kind;
		bool is_last = i + 1 == figures->chosen_count || chosen[1].kind != chosen->kind;

		if (is_first)
			status = begin_kind(overview, &figures->kinds[chosen->kind]);
		if (status_is_ok(&status))
			status = print_finding(overview, chosen->finding);
		if (is_last)
			end_kind(overview, &figures->kinds[chosen->kind]);
	}
	return status;
}

static bool
is_first_of_session(const struct figures *figures, size_t place)
{
	for (size_t i = 0; i < place; i++)
		if (figures_session(figures->chosen[i].finding) == figures_session(figures->chosen[place].finding))
			return false;
	return true;
}

static struct status
print_sessions(struct overview *overview)
{
	const struct figures *figures = overview->figures;
	struct status status = status_ok();

	html_print(overview->html, "</section>\n<section id=\"sessions\" aria-labelledby=\"sessions-title\">\n"
		"<h2 id=\"sessions-title\">Sessions of these findings</h2>\n<p>What client and server said, and where "
		"the findings struck. Each session can be seen whole with <code>starttrace show</code>, and cut out as "
		"a capture with <code>starttrace carve</code>.</p>\n");
	for (size_t i = 0; i < figures->chosen_count && status_is_ok(&status); i++)
		if (is_first_of_session(figures, i))
			status = ladder_print(overview->html, overview->query,
				figures_session(figures->chosen[i].finding),
				figures);
	html_print(overview->html, "</section>\n");
	return status;
}

/* Prints all of the section into memory; *text_r is the caller's to free. */
static struct status
draft(struct overview *overview, char **text_r, size_t *len_r)
{
	struct html *page = overview->html, html = { .out = open_memstream(text_r, len_r), .most = OVERVIEW_CELL };
	struct status status;

	if (html.out == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	overview->html = &html;
	print_kinds(overview);
	print_filter(&html, overview->figures);
	status = print_findings(overview);
	if (status_is_ok(&status))
		status = print_sessions(overview);
	overview->html = page;
	if (fclose(html.out) != 0 || html.scratch.failed)
		status = status_of(STATUS_NO_MEMORY, "out of memory");
	html_free(&html);
	return status;
}

struct status
overview_findings(struct overview *overview)
{
	struct figures *figures = overview->figures;
	struct html *html = overview->html;
	struct status status;
	char *text = NULL;
	size_t len = 0;

	html_print(html, "<section id=\"findings\" aria-labelledby=\"findings-title\">\n"
		"<h2 id=\"findings-title\">Findings</h2>\n");
	html_print(html, "<div class=\"counts\">\n");
	print_severities(html, figures);
	chart_periods(html, figures);
	html_print(html, "</div>\n");
	print_periods(html, figures);
	status = draft(overview, &text, &len);
	while (status_is_ok(&status) && len > OVERVIEW_FINDINGS_BYTES && figures->chosen_count > 0) {
		figures_choose(figures, figures->chosen_count * 3 / 4);
		free(text);
		text = NULL;
		status = draft(overview, &text, &len);
	}
	if (status_is_ok(&status))
		html_own(html, text);
	free(text);
	return status;
}
