/* One report as a page of HTML that needs nothing else. */
#include "report/page_html.h"

#include "report/document.h"
#include "report/html_table.h"

/* A line of what the report says of itself; nothing where it is silent. */
static void
print_remark(struct html *html, const char *label, const char *text)
{
	if (text != NULL && *text != '\0')
		html_print(html, "<dt>%s</dt><dd>%s</dd>\n", label, text);
}

static void
print_remarks(struct html *html, const struct page *page)
{
	if (page->about.columns == NULL)
		return;
	html_print(html, "<dl class=\"remarks\">\n");
	print_remark(html, "How to read it", page->about.columns);
	print_remark(html, "Clauses", page->about.clauses);
	print_remark(html, "Limits", page->about.limits);
	html_print(html, "</dl>\n");
}

void
page_html_begin(struct page *page)
{
	struct html *html = &page->html;

	html->out = page->out;
	document_begin(html, page->title);
	html_print(html, "<header>\n<p class=\"maker\">starttrace</p>\n<h1>%s</h1>\n<p class=\"question\">%s</p>\n"
		"</header>\n<main id=\"main\" tabindex=\"-1\">\n", page->title, page->question);
}

void
page_html_row(struct page *page, const struct query_record *record)
{
	if (page->rows == 0)
		html_table_begin(&page->html, page->title, record);
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
	print_remarks(html, page);
	html_print(html, "</main>\n");
	document_end(html);
	html_free(html);
}
