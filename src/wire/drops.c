/* What the kernel and the interface lost.  Asked of the packet socket itself and not through pcap_stats, which keeps 32
 * bits and opens files under /sys at each call. */
#include "wire/drops.h"

#include "base/table.h"

#include <fcntl.h>
#include <linux/if_packet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* No room in the card's ring, none in its FIFO.  rx_dropped counts also what no program wanted. */
static const char *const counters[] = { "rx_missed_errors", "rx_fifo_errors" };

enum {
	COUNTERS = TABLE_LENGTH(counters),
};

struct drops {
	int                socket;
	int                files[COUNTERS];     /* -1 for one that the interface has not */
	uint64_t           before[COUNTERS];    /* when it was last read */
	struct drops_total total;
};

static uint64_t
counter_read(int file, uint64_t otherwise)
{
	char text[32];
	ssize_t len = pread(file, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return otherwise;
	text[len] = '\0';
	return strtoull(text, NULL, 10);
}

static int
counter_open(const char *interface, const char *counter)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s", interface, counter);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Reading resets what the kernel counted. */
static uint64_t
kernel_drops(int socket)
{
	struct tpacket_stats_v3 counted = { 0 };
	socklen_t len = sizeof(counted);

	return getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &counted, &len) == 0 ? counted.tp_drops : 0;
}

struct drops *
drops_new(int socket, const char *interface)
{
	struct drops *drops = calloc(1, sizeof(*drops));

	if (drops == NULL)
		return NULL;
	drops->socket = socket;
	for (size_t i = 0; i < COUNTERS; i++) {
		drops->files[i] = counter_open(interface, counters[i]);
		drops->before[i] = counter_read(drops->files[i], 0);
	}
	kernel_drops(socket);
	return drops;
}

void
drops_free(struct drops **drops)
{
	if (*drops == NULL)
		return;
	for (size_t i = 0; i < COUNTERS; i++)
		if ((*drops)->files[i] >= 0)
			close((*drops)->files[i]);
	free(*drops);
	*drops = NULL;
}

uint64_t
drops_step(uint64_t before, uint64_t now)
{
	return now >= before ? now - before : now;
}

struct drops_total
drops_read(struct drops *drops)
{
	drops->total.kernel += kernel_drops(drops->socket);
	for (size_t i = 0; i < COUNTERS; i++) {
		uint64_t now = counter_read(drops->files[i], drops->before[i]);

		drops->total.interface += drops_step(drops->before[i], now);
		drops->before[i] = now;
	}
	return drops->total;
}
