/* A table on its way to paper: one writer for each format, fed row by row.  For this room only. */
#ifndef STARTTRACE_REPORT_PAGE_H
#define STARTTRACE_REPORT_PAGE_H

#include "base/buffer.h"
#include "report/header.h"
#include "report/html.h"
#include "report/report.h"

#include <stdio.h>

struct page {
	FILE         *out;
	struct header *header;                  /* what the report says of itself */
	const char   *basis;                    /* what the answer rests on, a sentence; "" where the limits say it */
	size_t        width;                    /* text: columns of the terminal; 0: as wide as it gets */
	size_t        rows, columns;
	bool          is_cut;                   /* text: a cell is not shown whole */
	struct buffer cells;                    /* text: all, headings first, a NUL behind each */
	struct buffer scratch;
	struct html   html;                     /* HTML: on the way to `out` */
};

struct page_format {
	const char *word;
	void      (*begin)(struct page *page, const struct query_record *columns);
	void      (*row)(struct page *page, const struct query_record *record);
	void      (*end)(struct page *page);
};

/* Indexed by enum report_format. */
extern const struct page_format page_formats[];
extern const size_t             page_format_count;

/* Adds `cell` without control characters and without bytes that are not UTF-8: these become
 * \xNN. */
void page_clean(struct buffer *out, const char *cell);

#endif
