/* How a call that depends on the outside world (files, disk, memory) ended.  Trouble with captured bytes
 * is never a status: it is a note in the result. */
#ifndef STARTTRACE_BASE_STATUS_H
#define STARTTRACE_BASE_STATUS_H

#include <stdbool.h>

enum status_code {
	STATUS_OK,
	STATUS_NO_MEMORY,
	STATUS_INPUT,           /* a capture cannot be opened, or is damaged */
	STATUS_STORE,           /* the database cannot be used, for now or at all */
	STATUS_REFUSED,         /* it refuses this very row, however often it is tried */
	STATUS_USAGE,           /* the caller asked for something that does not exist */
};

struct status {
	enum status_code code;
	char             message[400];  /* one line, for a person: what, where, what to do */
};

static inline bool
status_is_ok(const struct status *status)
{
	return status->code == STATUS_OK;
}

/* All went well; the message is empty. */
struct status status_ok(void);

/* A long message is cut, never overrun; control characters in it become '?'. */
struct status status_of(enum status_code code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
