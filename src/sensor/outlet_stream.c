/* Lines into standard output and files.  Nothing here blocks for good: pipes and terminals get a description of their
 * own that can be O_NONBLOCK without changing it for the shell or standard error.
 *
 * A line that a full disk cut is carried on where it ended; one that a reopening or the end of the program cut gets its
 * LF, if need be when the file is opened the next time. */
#include "sensor/outlet_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MODE = 0640,
};

static struct status
cannot_open(const char *path)
{
	if (errno == ELOOP)
		return status_of(STATUS_USAGE, "%s is a symbolic link, which is not followed", path);
	return status_of(STATUS_USAGE, "%s cannot be written: %s", path, strerror(errno));
}

static mode_t
type_of(int fd)
{
	struct stat found;

	return fstat(fd, &found) == 0 ? found.st_mode & S_IFMT : 0;
}

struct status
stream_open_stdout(struct outlet *outlet)
{
	mode_t type = type_of(STDOUT_FILENO);

	outlet->type = type;
	if (S_ISFIFO(type) || S_ISCHR(type))
		outlet->fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (outlet->fd < 0)
		outlet->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return outlet->fd >= 0 ? status_ok() : cannot_open("standard output");
}

/* A file that ends in the middle of a line, since a disk was full or a machine went down. */
static void
end_part_line(int fd)
{
	struct stat found;
	char last;

	if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode) || found.st_size == 0)
		return;
	if (pread(fd, &last, 1, found.st_size - 1) == 1 && last != '\n' && write(fd, "\n", 1) < 0)
		return;         /* the next line that can be written ends it */
}

/* A fifo opened for both directions needs no reader yet. */
static int
open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, FILE_MODE);

	if (fd >= 0)
		end_part_line(fd);
	return fd;
}

struct status
stream_open_file(struct outlet *outlet)
{
	outlet->fd = open_file(outlet->config.path);
	if (outlet->fd < 0)
		return cannot_open(outlet->config.path);
	outlet->type = type_of(outlet->fd);
	return status_ok();
}

/* What cannot be opened anew is written as before. */
void
stream_reopen_file(struct outlet *outlet)
{
	int before = outlet->fd;
	struct status status = stream_open_file(outlet);

	if (!status_is_ok(&status)) {
		outlet->fd = before;
		outlets_trouble(outlet, status.message);
		return;
	}
	if (outlet->written > 0)
		end_part_line(before);
	outlet->written = 0;
	close(before);
}

void
stream_close(struct outlet *outlet)
{
	if (outlet->fd < 0)
		return;
	if (outlet->written > 0)
		end_part_line(outlet->fd);
	close(outlet->fd);
	outlet->fd = -1;
}

static ssize_t
write_some(const struct outlet *outlet, struct span rest)
{
	bool may_block = (fcntl(outlet->fd, F_GETFL) & O_NONBLOCK) == 0 && !S_ISREG(outlet->type);

	if (S_ISSOCK(outlet->type))
		return send(outlet->fd, rest.at, rest.len, MSG_NOSIGNAL | MSG_DONTWAIT);
	/* a pipe that is ready takes as much at once */
	return write(outlet->fd, rest.at, may_block && rest.len > PIPE_BUF ? PIPE_BUF : rest.len);
}

/* A description that is shared and blocks is asked first. */
static bool
is_ready(struct outlet *outlet)
{
	if (S_ISREG(outlet->type) || (fcntl(outlet->fd, F_GETFL) & O_NONBLOCK) != 0)
		return true;
	return outlet_wait(outlet, outlet->fd, POLLOUT);
}

enum delivery
stream_write(struct outlet *outlet, struct span line)
{
	while (outlet->written < line.len) {
		ssize_t len;

		if (!is_ready(outlet))
			return DELIVER_LATER;
		len = write_some(outlet, span_after(line, outlet->written));
		if (len > 0) {
			outlet->written += (size_t)len;
		} else if (len < 0 && errno == EAGAIN) {
			if (!outlet_wait(outlet, outlet->fd, POLLOUT))
				return DELIVER_LATER;
		} else if (len == 0 || errno != EINTR) {
			outlet_trouble(outlet, len == 0 ? "takes nothing" : strerror(errno));
			return len < 0 && (errno == EPIPE || errno == ECONNRESET) ? DELIVER_NO_MORE : DELIVER_LATER;
		}
	}
	outlet->written = 0;
	return DELIVERED;
}
