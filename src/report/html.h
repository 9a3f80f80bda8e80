/* Markup that is the program's own, with text in it that is anybody's.  Whatever comes in as an argument is escaped, so
 * there is no way to print it as markup.  For this room only. */
#ifndef STARTTRACE_REPORT_HTML_H
#define STARTTRACE_REPORT_HTML_H

#include "base/buffer.h"

#include <stdio.h>

enum {
	HTML_TEXT_MOST = 1000,  /* bytes of one text, before they are escaped */
};

struct html {
	FILE         *out;
	size_t        bytes;            /* printed so far */
	size_t        most;             /* bytes of one text; 0: HTML_TEXT_MOST */
	uint64_t      texts;            /* of html_table.h: columns that begin with a text, a bit each */
	struct buffer scratch;
};

/* Prints `markup` as it stands, with its arguments in it: "%s" a text, escaped for text and for quoted attributes,
 * without control characters and invalid UTF-8, cut with "..." where it is longer than html->most; NULL is the empty
 * text.  "%zu", "%d" and "%lld" a number, "%%" a percent sign; there is nothing else. */
void html_print(struct html *html, const char *markup, ...) __attribute__((format(printf, 2, 3)));

/* Prints one text as "%s" does. */
void html_text(struct html *html, const char *text);

/* Prints the program's own text as it stands: a style sheet, a script. */
void html_own(struct html *html, const char *text);

/* Gives the scratch room back; the stream stays its owner's. */
void html_free(struct html *html);

#endif
