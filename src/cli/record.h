/* Reading the rows of an answer by the names of their columns. */
#ifndef STARTTRACE_CLI_RECORD_H
#define STARTTRACE_CLI_RECORD_H

#include "store/query.h"

/* The cell under a heading; "" where it is NULL or there is no such column. */
const char *record_cell(const struct query_record *record, const char *name);

/* Prints a cell for a person, control characters and invalid UTF-8 made visible. */
void record_print(const char *text);

/* Prints "label  text", wrapped at the terminal's usual width with the text indented; nothing for "". */
void record_print_wrapped(const char *label, const char *text);

#endif
