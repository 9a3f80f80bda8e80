/* The terminal that results go to. */
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

size_t
terminal_width(void)
{
	struct winsize size;

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}
