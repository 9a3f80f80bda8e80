/* How findings and signals are numbered: number 3 of session 12 has the id 12003.  For this room only. */
#ifndef STARTTRACE_STORE_NUMBERS_H
#define STARTTRACE_STORE_NUMBERS_H

enum {
	NUMBERS_OF_A_SESSION = 1000,
	NUMBER_OWN_LAST = 499,          /* from 1: what the session shows by itself */
	NUMBER_HISTORY_FIRST = 500,
	NUMBER_HISTORY_LAST = 799,
	NUMBER_COMPARISON_FIRST = 800,
	NUMBER_COMPARISON_LAST = 899,
};

#endif
