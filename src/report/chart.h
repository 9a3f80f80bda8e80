/* Drawings of numbers, as SVG inside a page: for those who would rather look than read.  The numbers stand beside each
 * as text.  For this room only. */
#ifndef STARTTRACE_REPORT_CHART_H
#define STARTTRACE_REPORT_CHART_H

#include "report/figures.h"
#include "report/html.h"

/* Sessions by family of verdicts: one bar of 100 %. */
void chart_families(struct html *html, const struct figures *figures);

/* Findings by period, stacked by severity, those of severity info left out; nothing unless there are several
 * periods. */
void chart_periods(struct html *html, const struct figures *figures);

/* A bar of a table's row, `part` of `whole` long. */
void chart_bar(struct html *html, const char *family, uint64_t part, uint64_t whole);

/* What a family is called: a word for style sheets, and words for people. */
const char *chart_family_word(enum family family);
const char *chart_family_words(enum family family);

/* "37 %", and what rounding would hide as "< 1 %" and "> 99 %"; `out` is returned. */
const char *chart_share(uint64_t part, uint64_t whole, char out[16]);

#endif
