/* A report as a page of HTML, as a format of page.h.  For this room only. */
#ifndef STARTTRACE_REPORT_PAGE_HTML_H
#define STARTTRACE_REPORT_PAGE_HTML_H

#include "report/page.h"

/* `columns` holds the headings, as many as each row has cells; all text comes out escaped. */
void page_html_begin(struct page *page, const struct query_record *columns);
void page_html_row(struct page *page, const struct query_record *record);
void page_html_end(struct page *page);

#endif
