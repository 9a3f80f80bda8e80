/* How a call that depends on the outside world ended. */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>

struct status
status_ok(void)
{
	return (struct status){ .code = STATUS_OK };
}

struct status
status_of(enum status_code code, const char *format, ...)
{
	struct status status = { .code = code };
	va_list args;

	va_start(args, format);
	vsnprintf(status.message, sizeof(status.message), format, args);
	va_end(args);
	for (char *c = status.message; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7F)
			*c = '?';
	return status;
}
