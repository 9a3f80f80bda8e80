/* A table on its way to paper, in four formats.  Whatever a database holds, and it may be somebody
 * else's, no format lets it reach further than into its own cell. */
#include "report/page.h"

#include "base/text.h"
#include "report/page_html.h"

#include <string.h>

enum {
	WIDEST_CELL = 64,       /* of the aligned text, in characters: a SHA-256 is whole */
	MOST_COLUMNS = 64,
};

/* The quoting of text.h, but backslashes stay single: what is stored was quoted on its way in. */
void
page_clean(struct buffer *out, const char *cell)
{
	while (*cell != '\0') {
		size_t plain = strcspn(cell, "\\");

		text_quote(out, span_from(cell, plain), plain);
		cell += plain;
		if (*cell == '\\') {
			buffer_add_text(out, "\\");
			cell++;
		}
	}
}

/* The cell, cleaned; valid until the next call. */
static const char *
clean(struct page *page, const char *cell)
{
	buffer_clear(&page->scratch);
	page_clean(&page->scratch, cell != NULL ? cell : "");
	return buffer_text(&page->scratch);
}

/* Text: needs every row before it can print the first ------------------------------------------ */

static void
text_add(struct page *page, const char *cell)
{
	page_clean(&page->cells, cell != NULL ? cell : "-");
	buffer_add(&page->cells, span_from("", 1));
}

static void
text_begin(struct page *page)
{
	if (*page->title != '\0')
		fprintf(page->out, "%s\n", page->title);
	if (*page->question != '\0')
		fprintf(page->out, "%s\n", page->question);
	fputc('\n', page->out);
}

static void
text_row(struct page *page, const struct query_record *record)
{
	if (page->rows == 0) {
		page->columns = record->count < MOST_COLUMNS ? record->count : MOST_COLUMNS;
		for (size_t i = 0; i < page->columns; i++)
			text_add(page, record->names[i]);
	}
	for (size_t i = 0; i < page->columns; i++)
		text_add(page, record->cells[i]);
}

/* Characters of a cell, and in *bytes_r how many bytes the first WIDEST_CELL of them take. */
static size_t
cell_width(const char *cell, size_t *bytes_r)
{
	size_t width = 0, at = 0;

	*bytes_r = 0;
	for (; cell[at] != '\0'; at++)
		if (((unsigned char)cell[at] & 0xC0) != 0x80 && width++ == WIDEST_CELL)
			*bytes_r = at;
	if (width <= WIDEST_CELL)
		*bytes_r = at;
	return width;
}

static void
text_print_row(struct page *page, const char **cell, const size_t *widths)
{
	for (size_t i = 0; i < page->columns; i++) {
		size_t bytes, width = cell_width(*cell, &bytes);
		bool is_cut = width > WIDEST_CELL;
		size_t shown = is_cut ? WIDEST_CELL + 3 : width;

		fprintf(page->out, "%.*s%s", (int)bytes, *cell, is_cut ? "..." : "");
		if (i + 1 < page->columns)
			fprintf(page->out, "%*s", (int)(widths[i] - shown + 2), "");
		*cell += strlen(*cell) + 1;
	}
	fputc('\n', page->out);
}

static void
text_end(struct page *page)
{
	size_t widths[MOST_COLUMNS] = { 0 }, bytes;
	const char *cell = buffer_text(&page->cells);
	size_t lines = page->cells.failed || page->rows == 0 ? 0 : page->rows + 1;

	for (size_t i = 0; i < lines * page->columns; i++) {
		size_t width = cell_width(cell, &bytes);
		size_t *widest = &widths[i % page->columns];

		width = width > WIDEST_CELL ? WIDEST_CELL + 3 : width;
		*widest = width > *widest ? width : *widest;
		cell += strlen(cell) + 1;
	}
	cell = buffer_text(&page->cells);
	for (size_t i = 0; i < lines; i++)
		text_print_row(page, &cell, widths);
	fprintf(page->out, "%s%zu %s. %s\n", lines > 0 ? "\n" : "", page->rows,
		page->rows == 1 ? "row" : "rows", page->basis);
}

/* CSV (RFC 4180) ------------------------------------------------------------------------------- */

/* A spreadsheet runs what begins like a formula; an apostrophe makes it text. */
static void
csv_cell(struct page *page, const char *cell, bool is_number)
{
	bool is_formula = !is_number && cell != NULL && *cell != '\0' &&
	                  strchr("=+-@\t\r", *cell) != NULL;
	const char *text = clean(page, cell);

	if (!is_formula && strpbrk(text, ",\" ") == NULL) {
		fputs(text, page->out);
		return;
	}
	fputs(is_formula ? "\"'" : "\"", page->out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', page->out);
		fputc(*text, page->out);
	}
	fputc('"', page->out);
}

static void
csv_row(struct page *page, const struct query_record *record)
{
	for (size_t i = 0; page->rows == 0 && i < record->count; i++) {
		csv_cell(page, record->names[i], false);
		fputs(i + 1 < record->count ? "," : "\r\n", page->out);
	}
	for (size_t i = 0; i < record->count; i++) {
		csv_cell(page, record->cells[i], record->numbers[i]);
		fputs(i + 1 < record->count ? "," : "\r\n", page->out);
	}
}

/* JSON (RFC 8259) ------------------------------------------------------------------------------ */

static void
json_string(struct page *page, const char *text)
{
	struct buffer quoted = { 0 };

	text_json(&quoted, span_of(clean(page, text)));
	fputs(buffer_text(&quoted), page->out);
	buffer_free(&quoted);
}

static void
json_begin(struct page *page)
{
	fputc('[', page->out);
}

static void
json_row(struct page *page, const struct query_record *record)
{
	fputs(page->rows == 0 ? "\n" : ",\n", page->out);
	for (size_t i = 0; i < record->count; i++) {
		const char *cell = record->cells[i];

		fputs(i == 0 ? "{" : ", ", page->out);
		json_string(page, record->names[i]);
		fputs(": ", page->out);
		if (cell == NULL)
			fputs("null", page->out);
		else if (record->numbers[i] && strspn(cell, "0123456789+-.eE") == strlen(cell))
			fputs(cell, page->out);
		else
			json_string(page, cell);
	}
	fputc('}', page->out);
}

static void
json_end(struct page *page)
{
	fputs("\n]\n", page->out);
}

static void
nothing(struct page *page)
{
	(void)page;
}

const struct page_format page_formats[] = {
	[REPORT_TEXT] = { "text", text_begin, text_row, text_end },
	[REPORT_CSV] = { "csv", nothing, csv_row, nothing },
	[REPORT_JSON] = { "json", json_begin, json_row, json_end },
	[REPORT_HTML] = { "html", page_html_begin, page_html_row, page_html_end },
};

const size_t page_format_count = sizeof(page_formats) / sizeof(page_formats[0]);
