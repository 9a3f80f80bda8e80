/* Lines into a Unix socket that somebody else listens at: a stream, or datagrams of a line each.  Connected again, at
 * most once a second, when it breaks; a line that it cut is sent anew, whole. */
#include "sensor/outlet_private.h"

#include "base/table.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int
connect_as(int type, const struct sockaddr_un *name)
{
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), why;

	if (fd < 0 || connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

/* The kernel tells a socket of the other type by EPROTOTYPE. */
static bool
connect_to(struct outlet *outlet, const char *path)
{
	static const int types[] = { SOCK_STREAM, SOCK_DGRAM };
	struct sockaddr_un name = { .sun_family = AF_UNIX };

	snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
	for (size_t i = 0; i < TABLE_LENGTH(types) && outlet->fd < 0; i++) {
		outlet->fd = connect_as(types[i], &name);
		if (outlet->fd < 0 && errno != EPROTOTYPE)
			break;
	}
	return outlet->fd >= 0;
}

static void
break_off(struct outlet *outlet)
{
	outlet_trouble(outlet, strerror(errno));
	if (outlet->fd >= 0)
		close(outlet->fd);
	outlet->fd = -1;
	outlet->written = 0;
}

struct status
socket_open(struct outlet *outlet, const char *path)
{
	struct sockaddr_un name;

	if (strlen(path) >= sizeof(name.sun_path))
		return status_of(STATUS_USAGE, "%s: the path of a socket has at most %zu characters", path,
			sizeof(name.sun_path) - 1);
	if (!connect_to(outlet, path))
		break_off(outlet);
	return status_ok();
}

enum delivery
socket_write(struct outlet *outlet, const char *path, struct span line)
{
	if (outlet->fd < 0 && !connect_to(outlet, path)) {
		break_off(outlet);
		return DELIVER_LATER;
	}
	while (outlet->written < line.len) {
		struct span rest = span_after(line, outlet->written);
		ssize_t len = send(outlet->fd, rest.at, rest.len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (len >= 0) {
			outlet->written += (size_t)len;
		} else if (errno == EAGAIN) {
			if (!outlet_wait(outlet, outlet->fd, POLLOUT))
				return DELIVER_LATER;
		} else if (errno == EMSGSIZE) {
			return DELIVER_NEVER;
		} else if (errno != EINTR) {
			break_off(outlet);
			return DELIVER_LATER;
		}
	}
	outlet->written = 0;
	return DELIVERED;
}
