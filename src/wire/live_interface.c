/* An interface by libpcap.  libpcap copies a frame out of the ring, so it outlives its block; after an interface went
 * down, the packet socket stays, and gives frames again when the interface does.  Interfaces that give no packet socket
 * (USB, Bluetooth, netfilter logs) are not for mail. */
#include "wire/live_private.h"

#include "base/clock.h"
#include "base/table.h"
#include "wire/filter.h"
#include "wire/stamp.h"

#include <pcap.h>

#include <arpa/inet.h>
#include <limits.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
	RING_DEFAULT = 64 << 20,
	RETRY_MS = 1000,
	LIST_SIZE = 200,
};

_Static_assert(WORDS_SIZE >= PCAP_ERRBUF_SIZE, "room for what libpcap says");

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

bool
interface_is_any(const char *name)
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
	    (code == PCAP_ERROR_PERM_DENIED && !interface_is_any(i->name) && if_nametoindex(i->name) == 0)) {
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
	i->promiscuous = !interface_is_any(i->name);
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

struct status
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

void
interface_close(struct interface *i)
{
	drops_free(&i->drops);
	if (i->pcap != NULL)
		pcap_close(i->pcap);
	free(i->name);
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

/* True where something changed. */
static bool
set_presence(struct interface *i, enum presence presence, const char *words)
{
	if (presence != PRESENT)
		i->retry_at_ns = clock_now(CLOCK_BOOTTIME) + RETRY_MS * NS_PER_MS;
	if (presence == i->presence && strcmp(words, i->words) == 0)
		return false;
	i->presence = presence;
	snprintf(i->words, sizeof(i->words), "%s", words);
	return true;
}

/* What an interface is up to, by what libpcap answered: 1 for a frame, 0 for none, else an error.  One that was deleted
 * is gone only when tried again in vain: the last block of its ring comes a little later than the news. */
static bool
look_after(struct interface *i, int result)
{
	i->failed = result < 0;
	if (result == 1 || (result == 0 && pcap_get_required_select_timeout(i->pcap) == NULL))
		return set_presence(i, PRESENT, "");
	if (result == 0)
		return set_presence(i, DOWN, "went down");
	if (!is_unbound(i->descriptor))
		return set_presence(i, DOWN, pcap_geterr(i->pcap));
	return set_presence(i, i->presence == PRESENT ? DOWN : GONE, "is not there any more");
}

static void
interface_hold(struct interface *i, const struct pcap_pkthdr *header, const u_char *bytes)
{
	i->frame.at.time_ns = stamp_ns(header->ts.tv_sec, header->ts.tv_usec, i->unit_ns);
	i->frame.wire_len = header->len;
	i->frame.bytes = span_from(bytes, header->caplen);
	i->held = true;
}

bool
interface_read(struct interface *i, int64_t now_ns)
{
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
	return (result != 1 || i->presence != PRESENT) && look_after(i, result);
}
