/* Printing the cells of an answer for a person. */
#ifndef STARTTRACE_CLI_RECORD_H
#define STARTTRACE_CLI_RECORD_H

/* Prints a cell for a person, control characters and invalid UTF-8 made visible. */
void record_print(const char *text);

/* Prints "label  text", wrapped at the terminal's usual width with the text indented; nothing for "". */
void record_print_wrapped(const char *label, const char *text);

#endif
