/* One session drawn as a ladder.  What one packet said is one arrow, however many lines it holds. */
#include "report/ladder.h"

#include "base/table.h"
#include "report/html_table.h"

#include <stdlib.h>

/* How a kind of line is drawn. */
enum drawing {
	SAID,           /* an arrow with words */
	TLS,            /* an arrow of the TLS block */
	WIRE,           /* no arrow: what became of the connection */
};

struct mark {
	int64_t finding;
	int64_t line;           /* 0: about the session as a whole */
	char    severity[16], kind[FIGURES_WORD], title[FIGURES_TITLE];
};

struct ladder {
	struct html          *html;
	const struct figures *figures;
	long long             session;
	struct mark           marks[LADDER_MARKS];
	size_t                mark_count, marks_left_out;
	size_t                lines;
	bool                  is_cut;           /* there are more lines than are drawn */
	uint64_t              left_out;         /* lines that were not stored */
	bool                  in_table, in_row, in_tls;
	int64_t               first_line, last_line;    /* of the row that is open */
	enum drawing          drawing;                  /* likewise */
	char                  frame[24], direction[8];  /* likewise */
};

/* The head ------------------------------------------------------------------------------------- */

static void
print_fact(struct html *html, const char *label, const char *text)
{
	if (*text != '\0')
		html_print(html, "<div><dt>%s</dt><dd>%s</dd></div>\n", label, text);
}

/* A cell that is a yes or a no is told as one. */
static const char *
yes_or_no(const char *cell)
{
	return strcmp(cell, "1") == 0 ? "yes" : strcmp(cell, "0") == 0 ? "no" : "";
}

static void
print_facts(struct html *html, const struct query_record *record)
{
	static const struct {
		const char *label, *column;
		bool        is_yes_or_no;
	} facts[] = {
		{ "Began", "started_at", false },
		{ "Ended", "ended_at", false },
		{ "Capture", "capture", false },
		{ "Vantage", "vantage", false },
		{ "Seen", "complete", false },
		{ "STARTTLS offered", "starttls_offered", true },
		{ "STARTTLS asked for", "starttls_requested", true },
		{ "Answer to it", "starttls_reply", false },
		{ "TLS", "tls_version", false },
		{ "Cipher suite", "tls_cipher", false },
		{ "Grade of TLS", "tls_grade", false },
	};

	html_print(html, "<dl class=\"facts\">\n");
	for (size_t i = 0; i < TABLE_LENGTH(facts); i++) {
		const char *text = query_cell(record, facts[i].column);

		print_fact(html, facts[i].label, facts[i].is_yes_or_no ? yes_or_no(text) : text);
	}
	html_print(html, "<div><dt>Frames</dt><dd>%s to %s</dd></div>\n</dl>\n", query_cell(record, "first_frame"),
		query_cell(record, "last_frame"));
}

static void
take_session(struct ladder *ladder, const struct query_record *record)
{
	struct html *html = ladder->html;
	const char *client = query_cell(record, "client_ip"), *server = query_cell(record, "server_ip");

	html_print(html, "<article class=\"session\" id=\"session-%lld\" aria-labelledby=\"session-%lld-title\">\n"
		"<h3 id=\"session-%lld-title\">Session %lld: %s, %s to %s port %s</h3>\n", ladder->session,
		ladder->session,
		ladder->session, ladder->session, query_cell(record, "protocol"), client, server,
		query_cell(record, "server_port"));
	html_print(html, "<p class=\"verdict\"><strong>%s</strong> %s</p>\n", query_cell(record, "verdict"),
		query_cell(record, "meaning"));
	print_facts(html, record);
	html_print(html, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Dialogue of session "
		"%lld\">\n"
		"<table class=\"ladder\">\n<caption>Dialogue of session %lld, as it was captured; times are since its "
		"begin, secrets are redacted</caption>\n<thead><tr><th scope=\"col\">Time</th><th "
		"scope=\"col\">Frame</th><th scope=\"col\" class=\"ends\"><span class=\"client\">Client %s</span> "
		"<span class=\"server\">Server %s</span></th><th scope=\"col\" "
		"class=\"struck-by\">Findings</th></tr></thead>\n<tbody>\n",
		ladder->session, ladder->session,
		client, server);
	ladder->in_table = true;
}

/* The marks ------------------------------------------------------------------------------------ */

static void
take_mark(struct ladder *ladder, const struct query_record *record)
{
	struct mark *mark;

	if (ladder->mark_count == LADDER_MARKS) {
		ladder->marks_left_out++;
		return;
	}
	mark = &ladder->marks[ladder->mark_count++];
	mark->finding = strtoll(query_cell(record, "finding_id"), NULL, 10);
	mark->line = strtoll(query_cell(record, "line"), NULL, 10);
	snprintf(mark->severity, sizeof(mark->severity), "%s", query_cell(record, "severity"));
	snprintf(mark->kind, sizeof(mark->kind), "%s", query_cell(record, "kind"));
	snprintf(mark->title, sizeof(mark->title), "%s", query_cell(record, "title"));
}

/* Leads to the finding, or at least to what findings of its kind mean. */
static void
print_mark(const struct ladder *ladder, const struct mark *mark)
{
	const struct figure_kind *kind = figures_kind(ladder->figures, mark->kind);

	html_print(ladder->html, "<li><span class=\"severity %s\">%s</span> ", mark->severity, mark->severity);
	if (figures_shows_finding(ladder->figures, mark->finding))
		html_print(ladder->html, "<a href=\"#finding-%lld\">%s</a></li>", (long long)mark->finding,
			mark->title);
	else if (kind != NULL && kind->shown > 0)
		html_print(ladder->html, "<a href=\"#kind-%s\">%s</a></li>", mark->kind, mark->title);
	else
		html_print(ladder->html, "%s</li>", mark->title);
}

static bool
is_between(const struct mark *mark, int64_t first, int64_t last)
{
	return mark->line >= first && mark->line <= last;
}

/* The marks of the lines from `first` to `last` as a list; nothing where there are none. */
static void
print_marks(const struct ladder *ladder, int64_t first, int64_t last)
{
	size_t count = 0;

	for (size_t i = 0; i < ladder->mark_count; i++)
		if (is_between(&ladder->marks[i], first, last)) {
			html_print(ladder->html, count++ == 0 ? "<ul class=\"marks\">" : "");
			print_mark(ladder, &ladder->marks[i]);
		}
	html_print(ladder->html, count > 0 ? "</ul>" : "");
}

static bool
strikes(const struct ladder *ladder, int64_t line)
{
	for (size_t i = 0; i < ladder->mark_count; i++)
		if (ladder->marks[i].line == line)
			return true;
	return false;
}

/* The rungs ------------------------------------------------------------------------------------ */

static enum drawing
drawing_of(const char *kind)
{
	if (strncmp(kind, "tls-", 4) == 0 || strcmp(kind, "upgrade") == 0)
		return TLS;
	if (strcmp(kind, "gap") == 0 || strcmp(kind, "conflict") == 0 || strcmp(kind, "close") == 0)
		return WIRE;
	return SAID;
}

static void
end_row(struct ladder *ladder)
{
	if (!ladder->in_row)
		return;
	html_print(ladder->html, "</div></td><td class=\"struck\">");
	print_marks(ladder, ladder->first_line, ladder->last_line);
	html_print(ladder->html, "</td></tr>\n");
	ladder->in_row = false;
}

/* A block of its own from the first message of TLS to the next line in clear; what became of the connection belongs to
 * the block in which it happened. */
static void
change_block(struct ladder *ladder, enum drawing drawing)
{
	if (drawing == TLS && !ladder->in_tls)
		html_print(ladder->html, "</tbody>\n<tbody class=\"tls\">\n<tr><td></td><td></td>"
			"<th scope=\"rowgroup\" class=\"lane\">TLS</th><td></td></tr>\n");
	if (drawing == SAID && ladder->in_tls)
		html_print(ladder->html, "</tbody>\n<tbody>\n");
	ladder->in_tls = drawing == TLS || (drawing == WIRE && ladder->in_tls);
}

/* "+1.234 ms"; seconds from one second on. */
static void
print_since(struct html *html, const char *at, const char *since_us)
{
	long long us = strtoll(since_us, NULL, 10);
	char text[48];

	if (us < 1000000 && us > -1000000)
		snprintf(text, sizeof(text), "%.3f ms", (double)us / 1000);
	else
		snprintf(text, sizeof(text), "%.3f s", (double)us / 1000000);
	html_print(html, "<td class=\"when\"><time datetime=\"%s\">%s</time></td>", at, text);
}

static void
begin_row(struct ladder *ladder, const struct query_record *record, enum drawing drawing)
{
	static const char *const classes[] = { [SAID] = "said", [TLS] = "said", [WIRE] = "wire" };
	struct html *html = ladder->html;
	const char *direction = query_cell(record, "direction");
	bool is_client = strcmp(direction, "client") == 0;

	end_row(ladder);
	change_block(ladder, drawing);
	ladder->drawing = drawing;
	ladder->in_row = true;
	ladder->first_line = strtoll(query_cell(record, "line"), NULL, 10);
	snprintf(ladder->frame, sizeof(ladder->frame), "%s", query_cell(record, "frame"));
	snprintf(ladder->direction, sizeof(ladder->direction), "%s", direction);
	html_print(html, "<tr class=\"%s %s\">", classes[drawing], is_client ? "from-client" : "from-server");
	print_since(html, query_cell(record, "at"), query_cell(record, "since_us"));
	html_print(html, "<td class=\"frame\">%s</td><td class=\"lane\"><div class=\"words\">", ladder->frame);
	if (drawing != WIRE)
		html_print(html, "<span class=\"hidden\">%s: </span>",
			is_client ? "client to server" : "server to client");
}

static bool
is_same_row(const struct ladder *ladder, const struct query_record *record, enum drawing drawing)
{
	return ladder->in_row && drawing != WIRE && drawing == ladder->drawing &&
	       strcmp(ladder->frame, query_cell(record, "frame")) == 0 &&
	       strcmp(ladder->direction, query_cell(record, "direction")) == 0;
}

static void
take_line(struct ladder *ladder, const struct query_record *record)
{
	const char *kind = query_cell(record, "kind");
	enum drawing drawing = drawing_of(kind);
	bool struck;

	if (ladder->lines == LADDER_LINES) {
		ladder->is_cut = true;
		return;
	}
	if (!is_same_row(ladder, record, drawing))
		begin_row(ladder, record, drawing);
	ladder->lines++;
	ladder->last_line = strtoll(query_cell(record, "line"), NULL, 10);
	struck = strikes(ladder, ladder->last_line);
	html_print(ladder->html, struck ? "<mark class=\"line\">" : "<span class=\"line\">");
	if (drawing != SAID)
		html_print(ladder->html, "<b>%s</b> ", kind);
	html_print(ladder->html, "<code>%s</code>", query_cell(record, "text"));
	html_print(ladder->html, struck ? "</mark>" : "</span>");
}

static void
take_left_out(struct ladder *ladder, const struct query_record *record)
{
	ladder->left_out = strtoull(query_cell(record, "lines"), NULL, 10);
}

/* The foot ------------------------------------------------------------------------------------- */

static bool
has_marks(const struct ladder *ladder, int64_t first, int64_t last)
{
	for (size_t i = 0; i < ladder->mark_count; i++)
		if (is_between(&ladder->marks[i], first, last))
			return true;
	return false;
}

/* The marks that stand at no rung that is drawn. */
static void
print_loose_marks(const struct ladder *ladder, const char *where, int64_t first, int64_t last)
{
	if (!has_marks(ladder, first, last))
		return;
	html_print(ladder->html, "<div class=\"loose\"><p>%s</p>\n", where);
	print_marks(ladder, first, last);
	html_print(ladder->html, "</div>\n");
}

static void
print_foot(struct ladder *ladder)
{
	struct html *html = ladder->html;

	end_row(ladder);
	html_print(html, "</tbody>\n</table>\n</div>\n");
	if (ladder->lines == 0)
		html_print(html, "<p>No line of this dialogue is known.</p>\n");
	if (ladder->is_cut)
		html_print(html, "<p class=\"more\">More lines: <code>starttrace show %lld</code></p>\n",
			ladder->session);
	if (ladder->left_out > 0)
		html_print(html, "<p class=\"more\">%lld more lines were seen and not kept.</p>\n",
			(long long)ladder->left_out);
	print_loose_marks(ladder, "About the session as a whole:", 0, 0);
	print_loose_marks(ladder, "In lines that are not drawn:", ladder->last_line + 1, INT64_MAX);
	if (ladder->marks_left_out > 0)
		html_print(html, "<p class=\"more\">%zu more findings: <code>starttrace show %lld</code></p>\n",
			ladder->marks_left_out, ladder->session);
	html_print(html, "</article>\n");
}

static void
take(void *user, const struct query_record *record)
{
	static const struct {
		const char *part;
		void      (*take)(struct ladder *ladder, const struct query_record *record);
	} parts[] = {
		{ "session", take_session },
		{ "mark", take_mark },
		{ "line", take_line },
		{ "left-out", take_left_out },
	};
	const char *part = query_cell(record, "part");

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		if (strcmp(part, parts[i].part) == 0)
			parts[i].take(user, record);
}

struct status
ladder_print(struct html *html, struct query *query, int64_t session, const struct figures *figures)
{
	struct ladder ladder = { .html = html, .figures = figures, .session = session };
	const struct query_parameter parameters[] = {
		{ .name = ":session", .number = session },
		{ .name = ":lines", .number = LADDER_LINES },
	};
	struct status status = query_run_file(query, "ladder", parameters, TABLE_LENGTH(parameters), take, &ladder);

	if (ladder.in_table)
		print_foot(&ladder);
	return status;
}
