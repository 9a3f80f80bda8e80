/* A table on its way to paper, in four formats.  Whatever a database holds, and it may be somebody
 * else's, no format lets it reach further than into its own cell. */
#include "report/page.h"

#include "base/table.h"
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
text_begin(struct page *page, const struct query_record *columns)
{
	struct buffer *lines[] = { &page->header->title, &page->header->question };

	for (size_t i = 0; i < TABLE_LENGTH(lines); i++)
		if (lines[i]->len > 0)
			fprintf(page->out, "%s\n", buffer_text(lines[i]));
	fputc('\n', page->out);
	page->columns = columns->count < MOST_COLUMNS ? columns->count : MOST_COLUMNS;
	for (size_t i = 0; i < page->columns; i++)
		text_add(page, columns->names[i]);
}

static void
text_row(struct page *page, const struct query_record *record)
{
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

		page->is_cut |= is_cut;
		fprintf(page->out, "%.*s%s", (int)bytes, *cell, is_cut ? "..." : "");
		if (i + 1 < page->columns)
			fprintf(page->out, "%*s", (int)(widths[i] - shown + 2), "");
		*cell += strlen(*cell) + 1;
	}
	fputc('\n', page->out);
}

/* How wide the columns are, and in *whole_r all of them together. */
static void
measure_columns(struct page *page, size_t widths[MOST_COLUMNS], size_t *whole_r)
{
	const char *cell = buffer_text(&page->cells);
	size_t bytes;

	for (size_t i = 0; i < (page->rows + 1) * page->columns; i++) {
		size_t width = cell_width(cell, &bytes);
		size_t *widest = &widths[i % page->columns];

		width = width > WIDEST_CELL ? WIDEST_CELL + 3 : width;
		*widest = width > *widest ? width : *widest;
		cell += strlen(cell) + 1;
	}
	*whole_r = 0;
	for (size_t i = 0; i < page->columns; i++)
		*whole_r += widths[i] + (i > 0 ? 2 : 0);
}

/* A row as a block, a line each cell: what is too wide for the terminal reads so, and there every cell is whole. */
static void
text_print_block(struct page *page, const char **cell)
{
	const char *heading = buffer_text(&page->cells);
	size_t widest = 0;

	for (size_t i = 0; i < page->columns; i++, heading += strlen(heading) + 1)
		widest = strlen(heading) > widest ? strlen(heading) : widest;
	heading = buffer_text(&page->cells);
	for (size_t i = 0; i < page->columns; i++) {
		fprintf(page->out, "%-*s  %s\n", (int)widest, heading, *cell);
		heading += strlen(heading) + 1;
		*cell += strlen(*cell) + 1;
	}
}

static void
text_print_blocks(struct page *page)
{
	const char *cell = buffer_text(&page->cells);

	for (size_t i = 0; i < page->columns; i++)
		cell += strlen(cell) + 1;
	for (size_t i = 0; i < page->rows; i++) {
		fputs(i > 0 ? "\n" : "", page->out);
		text_print_block(page, &cell);
	}
}

static void
text_print_table(struct page *page)
{
	size_t widths[MOST_COLUMNS] = { 0 }, whole;
	const char *cell = buffer_text(&page->cells);

	measure_columns(page, widths, &whole);
	if (page->width > 0 && whole > page->width) {
		text_print_blocks(page);
		return;
	}
	for (size_t i = 0; i < page->rows + 1; i++)
		text_print_row(page, &cell, widths);
}

static void
text_end(struct page *page)
{
	const char *limits = buffer_text(&page->header->limits);

	if (page->rows > 0) {
		text_print_table(page);
		fputc('\n', page->out);
	}
	fprintf(page->out, "%zu %s%s.%s%s%s\n", page->rows, page->rows == 1 ? "row" : "rows",
		page->header->most > 0 && page->rows >= page->header->most ? ", the most that are listed" : "",
		page->is_cut ? " What ends in \"...\" is longer: --format csv has it whole." : "",
		*page->basis != '\0' ? " " : "", page->basis);
	if (*limits != '\0')
		fprintf(page->out, "Limits: %s\n", limits);
}

/* CSV (RFC 4180) ------------------------------------------------------------------------------- */

/* What a spreadsheet takes for the begin of a formula, in some countries also in letters of full width. */
static bool
begins_formula(const char *text)
{
	static const char *const signs[] = { "=", "+", "-", "@", "\t", "\r", "\xef\xbc\x9d", "\xef\xbc\x8b",
		"\xef\xbc\x8d", "\xef\xbc\xa0" };

	for (size_t i = 0; i < TABLE_LENGTH(signs); i++)
		if (strncmp(text, signs[i], strlen(signs[i])) == 0)
			return true;
	return false;
}

/* An apostrophe makes text of a formula.  Where decimals have a comma, spreadsheets part cells at semicolons, and do
 * not see the quotes of a cell that is not the first: what stands behind one is the begin of a cell, too. */
static void
csv_cell(struct page *page, const char *cell, bool is_number)
{
	bool is_formula = !is_number && cell != NULL && begins_formula(cell);
	const char *text = clean(page, cell);

	if (!is_formula && strpbrk(text, ",;\" ") == NULL) {
		fputs(text, page->out);
		return;
	}
	fputs(is_formula ? "\"'" : "\"", page->out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', page->out);
		fputc(*text, page->out);
		if (*text == ';' && begins_formula(text + 1))
			fputc('\'', page->out);
	}
	fputc('"', page->out);
}

static void
csv_begin(struct page *page, const struct query_record *columns)
{
	for (size_t i = 0; i < columns->count; i++) {
		csv_cell(page, columns->names[i], false);
		fputs(i + 1 < columns->count ? "," : "\r\n", page->out);
	}
}

static void
csv_row(struct page *page, const struct query_record *record)
{
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
json_begin(struct page *page, const struct query_record *columns)
{
	(void)columns;
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
	[REPORT_CSV] = { "csv", csv_begin, csv_row, nothing },
	[REPORT_JSON] = { "json", json_begin, json_row, json_end },
	[REPORT_HTML] = { "html", page_html_begin, page_html_row, page_html_end },
};

const size_t page_format_count = sizeof(page_formats) / sizeof(page_formats[0]);
