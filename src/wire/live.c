/* Frames from interfaces.  One frame of each interface is held, and the oldest handed out.  libpcap copies it out of
 * the ring, so it outlives its block; after an interface went down, the packet socket stays, and gives frames again
 * when the interface does.  Interfaces that give no packet socket (USB, Bluetooth, netfilter logs) are not for mail. */
#include "wire/live.h"

#include "base/clock.h"
#include "base/table.h"
#include "wire/clock_steps.h"
#include "wire/drops.h"
#include "wire/filter.h"
#include "wire/stamp.h"

#include <pcap.h>

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
	RING_DEFAULT = 64 << 20,
	SNAPLEN_DEFAULT = 262144,
	BLOCK_MS = 100,                 /* a block of the ring is handed over when full, or after so long */
	HOLD_MS = BLOCK_MS + 50,        /* ... and visible after so long, the kernel's timers being what they are */
	HOLD_STEP_MS = 10,              /* waits for other interfaces are no shorter: a burst, not a call a frame */
	RETRY_MS = 1000,
	WORDS_SIZE = PCAP_ERRBUF_SIZE,
	LIST_SIZE = 200,
};

/* The kernel takes the outermost VLAN tag off before the filter sees the frame, so tagged IP passes as IP; tags that
 * are still in the frame, MPLS and PPPoE pass whatever they carry.  In IPv6 the extension headers pass whole for the
 * same reason. */
static const char filter_default[] =
	"(ip and (ip[9] == 6 or ip[9] == 4 or ip[9] == 41 or ip[9] == 47 or ip[9] == 97"
	" or ip[9] == 137 or ip[6:2] & 0x3fff != 0))"
	" or (ip6 and (ip6[6] == 6 or ip6[6] == 4 or ip6[6] == 41 or ip6[6] == 47 or ip6[6] == 97 or ip6[6] == 137"
	" or ip6[6] == 0 or ip6[6] == 43 or ip6[6] == 44 or ip6[6] == 51 or ip6[6] == 60 or ip6[6] == 135))"
	" or udp dst port 4789 or udp dst port 6081 or udp dst port 8472"
	" or ether proto 0x8100 or ether proto 0x88a8 or ether proto 0x9100"
	" or ether proto 0x8847 or ether proto 0x8848 or ether proto 0x8864";

/* For link types that know no Ethernet types, then those that know no IP. */
static const char *const filter_fallbacks[] = { filter_default, "ip or ip6", "" };

enum presence {
	PRESENT,
	DOWN,           /* not up, or in some other trouble; may come back */
	GONE,           /* the device is no more; one of its name may come */
};

struct interface {
	char                *name;
	pcap_t              *pcap;
	int                  descriptor;
	int64_t              unit_ns;           /* of the fraction in time stamps */
	bool                 promiscuous;
	struct frame         frame;
	bool                 held;              /* frame waits for its turn */
	enum presence        presence;
	bool                 failed;            /* its descriptor would wake at once, for nothing */
	int64_t              empty_at_ns;       /* when it last had nothing to give, by the real clock */
	int64_t              retry_at_ns;       /* by the steady clock, while not PRESENT */
	struct live_counters counted;
	struct drops        *drops;
	char                 warning[WORDS_SIZE], words[WORDS_SIZE];
};

struct live {
	struct interface   interfaces[LIVE_INTERFACES_MOST];
	size_t             count;
	uint32_t           snaplen;
	struct clock_steps steps;
	char               trouble[2 * WORDS_SIZE];
};

const char *
live_filter_default(void)
{
	return filter_default;
}

static struct status
no_memory(void)
{
	return status_of(STATUS_NO_MEMORY, "out of memory");
}

/* "any" and those that the system names, as many as there is room for. */
static void
list_interfaces(char out[LIST_SIZE])
{
	struct if_nameindex *all = if_nameindex();
	size_t len = (size_t)snprintf(out, LIST_SIZE, "any");

	for (struct if_nameindex *i = all; i != NULL && i->if_name != NULL; i++) {
		if (len + 2 + strlen(i->if_name) + sizeof(", ...") > LIST_SIZE) {
			snprintf(out + len, LIST_SIZE - len, ", ...");
			break;
		}
		len += (size_t)snprintf(out + len, LIST_SIZE - len, ", %s", i->if_name);
	}
	if (all != NULL)
		if_freenameindex(all);
}

static bool
is_any(const char *name)
{
	return strcmp(name, "any") == 0;
}

/* Without permission libpcap cannot tell that an interface is not there. */
static struct status
activation_failure(const struct interface *i, int code)
{
	char list[LIST_SIZE];
	const char *words = pcap_geterr(i->pcap);

	if (code == PCAP_ERROR_NO_SUCH_DEVICE ||
	    (code == PCAP_ERROR_PERM_DENIED && !is_any(i->name) && if_nametoindex(i->name) == 0)) {
		list_interfaces(list);
		return status_of(STATUS_INPUT, "%s: no such interface; there are %s", i->name, list);
	}
	if (code == PCAP_ERROR_PERM_DENIED || code == PCAP_ERROR_PROMISC_PERM_DENIED)
		return status_of(STATUS_INPUT, "%s: no permission to capture; run as root, or give the program "
			"CAP_NET_RAW (setcap cap_net_raw+ep /path/to/starttrace)", i->name);
	if (code == PCAP_ERROR_IFACE_NOT_UP)
		return status_of(STATUS_INPUT, "%s: the interface is not up; ip link set %s up", i->name, i->name);
	return status_of(STATUS_INPUT, "%s: cannot capture: %s", i->name,
		words[0] != '\0' ? words : pcap_statustostr(code));
}

static int
ring_size(size_t asked)
{
	size_t bytes = asked != 0 ? asked : RING_DEFAULT;

	return bytes < INT_MAX ? (int)bytes : INT_MAX;
}

/* Immediate mode stays off: it takes the ring back to TPACKET_V2, a wake-up for each frame. */
static struct status
interface_activate(struct interface *i, const struct live_config *config, uint32_t snaplen)
{
	char words[PCAP_ERRBUF_SIZE] = "";
	int code;

	i->pcap = pcap_create(i->name, words);
	if (i->pcap == NULL)
		return status_of(STATUS_INPUT, "%s: cannot capture: %s", i->name, words);
	i->promiscuous = !is_any(i->name);
	pcap_set_snaplen(i->pcap, (int)snaplen);
	pcap_set_buffer_size(i->pcap, ring_size(config->ring_bytes));
	pcap_set_promisc(i->pcap, i->promiscuous);
	pcap_set_timeout(i->pcap, BLOCK_MS);
	pcap_set_tstamp_precision(i->pcap, PCAP_TSTAMP_PRECISION_NANO);
	code = pcap_activate(i->pcap);
	if (code < 0)
		return activation_failure(i, code);
	if (code > 0)
		snprintf(i->warning, sizeof(i->warning), "%s",
			code == PCAP_WARNING ? pcap_geterr(i->pcap) : pcap_statustostr(code));
	if (pcap_setnonblock(i->pcap, 1, words) != 0)
		return status_of(STATUS_INPUT, "%s: cannot capture: %s", i->name, words);
	return status_ok();
}

/* The default is fitted to what the link type knows; a person's own filter is taken at its word. */
static struct status
interface_filter(struct interface *i, const char *expression)
{
	struct status status;

	if (expression != NULL)
		return filter_install(expression, i->pcap, i->name);
	for (size_t n = 0; n < TABLE_LENGTH(filter_fallbacks); n++) {
		status = filter_install(filter_fallbacks[n], i->pcap, i->name);
		if (status_is_ok(&status))
			break;
	}
	return status;
}

static struct status
interface_open(struct interface *i, const char *name, const struct live_config *config, uint32_t snaplen)
{
	struct status status;

	i->name = strdup(name);
	if (i->name == NULL)
		return no_memory();
	status = interface_activate(i, config, snaplen);
	if (status_is_ok(&status))
		status = interface_filter(i, config->filter);
	if (!status_is_ok(&status))
		return status;
	i->descriptor = pcap_get_selectable_fd(i->pcap);
	if (i->descriptor < 0)
		return status_of(STATUS_INPUT, "%s: cannot be waited for", name);
	i->unit_ns = pcap_get_tstamp_precision(i->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	i->frame.link_type = pcap_datalink(i->pcap);
	i->drops = drops_new(i->descriptor, name);
	return i->drops != NULL ? status : no_memory();
}

static void
interface_close(struct interface *i)
{
	drops_free(&i->drops);
	if (i->pcap != NULL)
		pcap_close(i->pcap);
	free(i->name);
}

/* A frame of an interface that is listened to twice would be two frames. */
static struct status
check_names(const struct live_config *config)
{
	if (config->count < 1 || config->count > LIVE_INTERFACES_MOST)
		return status_of(STATUS_USAGE, "1 to %d interfaces can be watched", LIVE_INTERFACES_MOST);
	for (size_t i = 0; i < config->count; i++) {
		const char *name = config->interfaces[i];

		if (name[0] == '\0')
			return status_of(STATUS_USAGE, "an interface has a name");
		if (is_any(name) && config->count > 1)
			return status_of(STATUS_USAGE, "any: stands for every interface; name no other beside it");
		for (size_t j = 0; j < i; j++)
			if (strcmp(name, config->interfaces[j]) == 0)
				return status_of(STATUS_USAGE, "%s: named twice", name);
	}
	return status_ok();
}

/* What there is to say, of each interface: how it is, and what could not be had when it was opened. */
static void
trouble_write(struct live *live)
{
	size_t len = 0;

	live->trouble[0] = '\0';
	for (size_t n = 0; n < live->count; n++) {
		const struct interface *i = &live->interfaces[n];
		const char *words = i->presence != PRESENT ? i->words : i->warning;

		if (words[0] != '\0' && len < sizeof(live->trouble))
			len += (size_t)snprintf(live->trouble + len, sizeof(live->trouble) - len, "%s%s: %s",
				len > 0 ? "; " : "", i->name, words);
	}
}

struct status
live_open(const struct live_config *config, struct live **live_r)
{
	struct status status = check_names(config);
	struct live *live;

	*live_r = NULL;
	if (!status_is_ok(&status))
		return status;
	live = calloc(1, sizeof(*live));
	if (live == NULL)
		return no_memory();
	live->snaplen = config->snaplen != 0 && config->snaplen < SNAPLEN_DEFAULT ? config->snaplen : SNAPLEN_DEFAULT;
	while (status_is_ok(&status) && live->count < config->count) {
		size_t next = live->count++;

		status = interface_open(&live->interfaces[next], config->interfaces[next], config, live->snaplen);
	}
	clock_steps_start(&live->steps, clock_now(CLOCK_REALTIME), clock_now(CLOCK_BOOTTIME));
	trouble_write(live);
	if (status_is_ok(&status))
		*live_r = live;
	else
		live_close(&live);
	return status;
}

void
live_close(struct live **live)
{
	if (*live == NULL)
		return;
	for (size_t i = 0; i < (*live)->count; i++)
		interface_close(&(*live)->interfaces[i]);
	free(*live);
	*live = NULL;
}

/* The kernel lets go of a device that was deleted. */
static bool
is_unbound(int descriptor)
{
	struct sockaddr_ll address = { 0 };
	socklen_t len = sizeof(address);

	return getsockname(descriptor, (struct sockaddr *)&address, &len) == 0 && address.sll_ifindex == -1;
}

/* A new device of the old name, as after a driver was loaded anew.  Binding needs no rights, only opening did. */
static void
rebind(struct interface *i)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	struct packet_mreq promiscuous = { .mr_type = PACKET_MR_PROMISC };
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", i->name);
	if (ioctl(i->descriptor, SIOCGIFINDEX, &request) != 0)
		return;
	address.sll_ifindex = promiscuous.mr_ifindex = request.ifr_ifindex;
	if (bind(i->descriptor, (struct sockaddr *)&address, sizeof(address)) == 0 && i->promiscuous)
		setsockopt(i->descriptor, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof(promiscuous));
}

static void
set_presence(struct live *live, struct interface *i, enum presence presence, const char *words)
{
	if (presence != PRESENT)
		i->retry_at_ns = clock_now(CLOCK_BOOTTIME) + RETRY_MS * NS_PER_MS;
	if (presence == i->presence && strcmp(words, i->words) == 0)
		return;
	i->presence = presence;
	snprintf(i->words, sizeof(i->words), "%s", words);
	trouble_write(live);
}

/* What an interface is up to, by what libpcap answered: 1 for a frame, 0 for none, else an error.  One that was deleted
 * is gone only when tried again in vain: the last block of its ring comes a little later than the news. */
static void
look_after(struct live *live, struct interface *i, int result)
{
	i->failed = result < 0;
	if (result == 1 || (result == 0 && pcap_get_required_select_timeout(i->pcap) == NULL))
		set_presence(live, i, PRESENT, "");
	else if (result == 0)
		set_presence(live, i, DOWN, "went down");
	else if (!is_unbound(i->descriptor))
		set_presence(live, i, DOWN, pcap_geterr(i->pcap));
	else
		set_presence(live, i, i->presence == PRESENT ? DOWN : GONE, "is not there any more");
}

static void
interface_hold(struct interface *i, const struct pcap_pkthdr *header, const u_char *bytes)
{
	i->frame.at.time_ns = stamp_ns(header->ts.tv_sec, header->ts.tv_usec, i->unit_ns);
	i->frame.wire_len = header->len;
	i->frame.bytes = span_from(bytes, header->caplen);
	i->held = true;
}

static void
interface_read(struct live *live, struct interface *i)
{
	int64_t now_ns = live->count > 1 ? clock_now(CLOCK_REALTIME) : 0;
	struct pcap_pkthdr *header;
	const u_char *bytes;
	int result;

	if (i->presence == GONE)
		rebind(i);
	result = pcap_next_ex(i->pcap, &header, &bytes);
	if (result == 1)
		interface_hold(i, header, bytes);
	else
		i->empty_at_ns = now_ns;
	if (result != 1 || i->presence != PRESENT)
		look_after(live, i, result);
}

static struct interface *
oldest_held(struct live *live)
{
	struct interface *oldest = NULL;

	for (size_t n = 0; n < live->count; n++) {
		struct interface *i = &live->interfaces[n];

		if (i->held && (oldest == NULL || i->frame.at.time_ns < oldest->frame.at.time_ns))
			oldest = i;
	}
	return oldest;
}

/* Nothing older than this can come from it any more. */
static bool
is_settled(const struct interface *i, int64_t time_ns)
{
	return i->held || i->presence != PRESENT || time_ns <= i->empty_at_ns - HOLD_MS * NS_PER_MS;
}

static bool
wants_reading(const struct interface *i, const struct interface *oldest)
{
	if (i->held)
		return false;
	if (i->presence != PRESENT)
		return clock_now(CLOCK_BOOTTIME) >= i->retry_at_ns;
	return oldest == NULL || !is_settled(i, oldest->frame.at.time_ns);
}

/* The interface whose frame may be handed out now, or NULL.  A frame from the future was stamped before the clock was
 * set back: waiting for the others to come that far might take an hour. */
static struct interface *
oldest_ready(struct live *live)
{
	struct interface *oldest = oldest_held(live);

	for (size_t n = 0; n < live->count; n++)
		if (wants_reading(&live->interfaces[n], oldest))
			interface_read(live, &live->interfaces[n]);
	oldest = oldest_held(live);
	for (size_t n = 0; n < live->count && oldest != NULL; n++)
		if (!is_settled(&live->interfaces[n], oldest->frame.at.time_ns))
			return oldest->frame.at.time_ns > clock_now(CLOCK_REALTIME) ? oldest : NULL;
	return oldest;
}

static bool
all_gone(const struct live *live)
{
	for (size_t n = 0; n < live->count; n++)
		if (live->interfaces[n].held || live->interfaces[n].presence != GONE)
			return false;
	return true;
}

/* How long to sleep: until the caller's time is up, an interface is to be tried again, or the frame held has waited for
 * the others. */
static int
sleep_ms(struct live *live, int64_t now_ns, int64_t until_ns)
{
	const struct interface *oldest = oldest_held(live);
	int64_t wait_ns = until_ns - now_ns;

	for (size_t n = 0; n < live->count; n++) {
		const struct interface *i = &live->interfaces[n];

		if (i->presence != PRESENT && i->retry_at_ns - now_ns < wait_ns)
			wait_ns = i->retry_at_ns - now_ns;
	}
	if (oldest != NULL) {
		int64_t held_ns = oldest->frame.at.time_ns + HOLD_MS * NS_PER_MS - clock_now(CLOCK_REALTIME);
		int64_t least_ns = HOLD_STEP_MS * NS_PER_MS;

		held_ns = held_ns > least_ns ? held_ns : least_ns;
		wait_ns = held_ns < wait_ns ? held_ns : wait_ns;
	}
	return wait_ns > 0 ? (int)((wait_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/* Sleeps until an interface that holds no frame has one.  False when a signal came. */
static bool
wait_for_frames(struct live *live, int64_t now_ns, int64_t until_ns)
{
	struct pollfd polled[LIVE_INTERFACES_MOST];

	for (size_t n = 0; n < live->count; n++) {
		const struct interface *i = &live->interfaces[n];

		polled[n] = (struct pollfd){ .fd = i->held || i->failed ? -1 : i->descriptor, .events = POLLIN };
	}
	if (poll(polled, (nfds_t)live->count, sleep_ms(live, now_ns, until_ns)) < 0)
		return errno != EINTR;
	for (size_t n = 0; n < live->count; n++)
		if (polled[n].revents != 0)
			live->interfaces[n].retry_at_ns = 0;
	return true;
}

static void
hand_out(struct live *live, struct interface *i, struct frame *frame_r)
{
	uint32_t index = (uint32_t)(i - live->interfaces);

	i->held = false;
	i->counted.frames++;
	i->counted.bytes += i->frame.wire_len;
	*frame_r = i->frame;
	frame_r->at.frame = i->counted.frames;
	frame_r->at.capture = index;
	if (live->count > 1) {
		frame_r->interface = index;
		frame_r->interface_name = i->name;
	}
}

enum live_result
live_next(struct live *live, struct frame *frame_r, int wait_ms)
{
	int64_t until_ns = -1;
	struct interface *oldest;

	while ((oldest = oldest_ready(live)) == NULL) {
		int64_t now_ns = clock_now(CLOCK_BOOTTIME);

		if (all_gone(live))
			return LIVE_OVER;
		if (until_ns < 0)
			until_ns = now_ns + wait_ms * NS_PER_MS;
		if (now_ns >= until_ns || !wait_for_frames(live, now_ns, until_ns))
			return LIVE_QUIET;
	}
	hand_out(live, oldest, frame_r);
	return LIVE_FRAME;
}

const char *
live_trouble(const struct live *live)
{
	return live->trouble;
}

int
live_link_type(const struct live *live, size_t index)
{
	return live->interfaces[index].frame.link_type;
}

uint32_t
live_snaplen(const struct live *live)
{
	return live->snaplen;
}

struct live_counters
live_counters(struct live *live, size_t index)
{
	struct interface *i = &live->interfaces[index];

	struct drops_total drops = drops_read(i->drops);

	i->counted.kernel_drops = drops.kernel;
	i->counted.interface_drops = drops.interface;
	return i->counted;
}

int64_t
live_clock_steps(struct live *live)
{
	return clock_steps_total(&live->steps, clock_now(CLOCK_REALTIME), clock_now(CLOCK_BOOTTIME));
}
