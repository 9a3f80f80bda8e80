/* What every page of HTML begins and ends with: it needs no other file, reaches for nothing outside itself, and a
 * browser is told so.  For this room only. */
#ifndef STARTTRACE_REPORT_DOCUMENT_H
#define STARTTRACE_REPORT_DOCUMENT_H

#include "report/html.h"

/* Prints all up to the begin of the body, with a link that skips to #main.  The content security policy allows the
 * style sheet and the script that document_end prints by their digests, and nothing else. */
void document_begin(struct html *html, const char *title);
void document_end(struct html *html);

#endif
