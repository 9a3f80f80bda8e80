/* The terminal that results go to. */
#ifndef STARTTRACE_CLI_TERMINAL_H
#define STARTTRACE_CLI_TERMINAL_H

#include <stddef.h>

/* How many columns the terminal on standard output has; 0 where it is none, or does not say. */
size_t terminal_width(void);

#endif
