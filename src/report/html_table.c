/* A table of a page of HTML, row by row. */
#include "report/html_table.h"

#include "base/table.h"

#include <string.h>

void
html_heading(struct html *html, const char *column)
{
	char words[128];

	snprintf(words, sizeof(words), "%s", column);
	for (char *at = words; (at = strchr(at, '_')) != NULL;)
		*at = ' ';
	html_text(html, words);
}

/* A column that begins with a text is one of texts, whatever follows. */
static bool
is_text(const struct html *html, size_t column)
{
	return column < 64 && (html->texts >> column & 1) != 0;
}

void
html_table_begin(struct html *html, const char *caption, const struct query_record *record)
{
	html->texts = 0;
	for (size_t i = 0; i < record->count && i < 64; i++)
		if (record->cells[i] != NULL && !record->numbers[i])
			html->texts |= UINT64_C(1) << i;
	html_print(html, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"%s\">\n<table "
		"class=\"rows\">\n"
		"<caption>%s</caption>\n<thead><tr>", caption, caption);
	for (size_t i = 0; i < record->count; i++) {
		html_print(html, record->numbers[i] ? "<th scope=\"col\" class=\"number\">" : "<th scope=\"col\">");
		html_heading(html, record->names[i]);
		html_print(html, "</th>");
	}
	html_print(html, "</tr></thead>\n<tbody>\n");
}

/* A word of severity is shown as one: by shape and colour, too. */
static bool
is_severity(const char *column, const char *cell)
{
	static const char *const words[] = { "critical", "high", "medium", "low", "info" };

	if (strcmp(column, "severity") != 0 && strcmp(column, "worst") != 0)
		return false;
	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		if (strcmp(cell, words[i]) == 0)
			return true;
	return false;
}

static void
print_cell(struct html *html, const char *column, const char *cell, bool is_number, const struct html_links *links)
{
	const char *place = cell != NULL && links != NULL ? links->place(links->user, column, cell) : NULL;

	html_print(html, is_number ? "<td class=\"number\">" : "<td>");
	if (cell == NULL)
		html_print(html, "<span class=\"none\">-</span>");
	else if (is_severity(column, cell))
		html_print(html, "<span class=\"severity %s\">%s</span>", cell, cell);
	else if (place != NULL)
		html_print(html, "<a href=\"#%s%s\">%s</a>", place, cell, cell);
	else
		html_text(html, cell);
	html_print(html, "</td>");
}

void
html_table_row(struct html *html, const struct query_record *record, const struct html_links *links)
{
	html_print(html, "<tr>");
	for (size_t i = 0; i < record->count; i++)
		print_cell(html, record->names[i], record->cells[i], record->numbers[i] && !is_text(html, i), links);
	html_print(html, "</tr>\n");
}

void
html_table_end(struct html *html)
{
	html_print(html, "</tbody>\n</table>\n</div>\n");
}
