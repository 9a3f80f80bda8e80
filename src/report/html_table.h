/* A table of a page of HTML, row by row: headings with their scope, numbers flush right, in a box of its own that
 * scrolls where the screen is narrow.  For this room only. */
#ifndef STARTTRACE_REPORT_HTML_TABLE_H
#define STARTTRACE_REPORT_HTML_TABLE_H

#include "report/html.h"
#include "store/query.h"

/* Which cells are links to places of the same page. */
struct html_links {
	/* The place that the cell names, without its number: "session-", "finding-", "kind-"; NULL where the page has
	 * none for it. */
	const char *(*place)(const void *user, const char *column, const char *cell);
	const void *user;
};

/* Headings are the names of the columns, underscores as blanks. */
void html_table_begin(struct html *html, const char *caption, const struct query_record *record);

/* `links` may be NULL. */
void html_table_row(struct html *html, const struct query_record *record, const struct html_links *links);
void html_table_end(struct html *html);

/* What a column is called on paper. */
void html_heading(struct html *html, const char *column);

#endif
