/* One report as a page of HTML that needs nothing else. */
#include "report/page_html.h"

#include "report/document.h"
#include "report/html_table.h"

enum {
	MOST_OF_A_CELL = 65536, /* bytes: a report is whole, but for a database that somebody made for this */
};

void
page_html_begin(struct page *page, const struct query_record *columns)
{
	struct html *html = &page->html;
	const char *title = buffer_text(&page->header->title);

	(void)columns;                  /* the first row tells, too, which of them are numbers */
	html->out = page->out;
	html->most = MOST_OF_A_CELL;
	document_begin(html, title);
	html_print(html, "<header>\n<p class=\"maker\">starttrace</p>\n<h1>%s</h1>\n<p class=\"question\">%s</p>\n"
		"</header>\n<main id=\"main\" tabindex=\"-1\">\n", title,
		buffer_text(&page->header->question));
}

void
page_html_row(struct page *page, const struct query_record *record)
{
	if (page->rows == 0)
		html_table_begin(&page->html, buffer_text(&page->header->title), record);
	html_table_row(&page->html, record, NULL);
}

void
page_html_end(struct page *page)
{
	struct html *html = &page->html;

	if (page->rows > 0)
		html_table_end(html);
	html_print(html, "<p class=\"basis\">%zu %s. %s</p>\n", page->rows, page->rows == 1 ? "row" : "rows",
		page->basis);
	if (header_has_remarks(page->header)) {
		html_print(html, "<dl class=\"remarks\">\n");
		header_remarks(page->header, html);
		html_print(html, "</dl>\n");
	}
	html_print(html, "</main>\n");
	document_end(html);
	html_free(html);
}
