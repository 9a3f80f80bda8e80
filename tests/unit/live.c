/* Capture from interfaces: what passes the default filter, the arithmetic of clocks and counters, and, in a network
 * namespace of its own, frames over loopback and veth pairs.  Where namespaces are not allowed, or `ip` is not there,
 * the tests that need them are skipped. */
#include "base/clock.h"
#include "base/table.h"
#include "wire/clock_steps.h"
#include "wire/drops.h"
#include "wire/filter.h"
#include "wire/live.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum {
	DLT_NULL = 0,
	DLT_EN10MB = 1,
	DLT_RAW = 12,
	DLT_PPP = 9,
	DLT_SLL = 113,
	DLT_IPV4 = 228,
	DLT_SLL2 = 276,
	SECOND = 1000000000,
	FRAME_ROOM = 2000,
	PATIENCE_MS = 3000,
};

/* IPv4 from 192.0.2.1 to 192.0.2.2, with flags and offset, and protocol. */
#define V4(flags, protocol) "\x45\0\0\x30\0\1" flags "\x40" protocol "\0\0\xC0\0\2\1\xC0\0\2\2"
#define V6(next) "\x60\0\0\0\0\x18" next "\x40" V6_ADDRESS "\1" V6_ADDRESS "\2"
#define V6_ADDRESS "\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0"
#define WHOLE "\0\0"
#define PORTS(source, target) source target "\0\0\0\1\0\0\0\2\x50\x18\2\0\0\0\0\0QUIT\r\n"
#define HIGH "\x9C\x41"
#define SMTP PORTS(HIGH, "\0\x19")
#define DNS PORTS(HIGH, "\0\x35")

struct sample {
	const char *what;
	struct span bytes;
	bool        passes;
};

#define SAMPLE(what, bytes, passes) { what, { (const uint8_t *)(bytes), sizeof(bytes) - 1 }, passes }

static const struct sample packets[] = {
	SAMPLE("IPv4 TCP", V4(WHOLE, "\6") SMTP, true),
	SAMPLE("IPv4 TCP to any port", V4(WHOLE, "\6") DNS, true),
	SAMPLE("IPv4 TCP, must not be cut up", V4("\x40\0", "\6") SMTP, true),
	SAMPLE("IPv4 first fragment of UDP", V4("\x20\0", "\x11") DNS, true),
	SAMPLE("IPv4 later fragment of UDP", V4("\0\x10", "\x11") DNS, true),
	SAMPLE("IPv4 UDP DNS", V4(WHOLE, "\x11") DNS, false),
	SAMPLE("IPv4 UDP DNS, must not be cut up", V4("\x40\0", "\x11") DNS, false),
	SAMPLE("IPv4 ICMP", V4(WHOLE, "\1") "\x08\0\0\0\0\0\0\0", false),
	SAMPLE("IPv4 SCTP", V4(WHOLE, "\x84") SMTP, false),
	SAMPLE("IPv4 in IPv4", V4(WHOLE, "\4") V4(WHOLE, "\6") SMTP, true),
	SAMPLE("IPv6 in IPv4", V4(WHOLE, "\x29") V6("\6") SMTP, true),
	SAMPLE("GRE", V4(WHOLE, "\x2F") "\0\0\x08\0" V4(WHOLE, "\6") SMTP, true),
	SAMPLE("VXLAN", V4(WHOLE, "\x11") PORTS(HIGH, "\x12\xB5"), true),
	SAMPLE("GENEVE", V4(WHOLE, "\x11") PORTS(HIGH, "\x17\xC1"), true),
	SAMPLE("VXLAN on its first port", V4(WHOLE, "\x11") PORTS(HIGH, "\x21\x18"), true),
	SAMPLE("from the port of VXLAN, which names its target", V4(WHOLE, "\x11") PORTS("\x12\xB5", HIGH), false),
	SAMPLE("IPv6 TCP", V6("\6") SMTP, true),
	SAMPLE("IPv6 UDP DNS", V6("\x11") DNS, false),
	SAMPLE("IPv6 ICMP", V6("\x3A") "\x80\0\0\0\0\0\0\0", false),
	SAMPLE("IPv6 fragment", V6("\x2C") "\6\0\0\1\0\0\0\1" SMTP, true),
	SAMPLE("IPv6 hop by hop", V6("\0") "\6\0\1\4\0\0\0\0" SMTP, true),
	SAMPLE("IPv6 routing", V6("\x2B") "\6\0\0\0\0\0\0\0" SMTP, true),
	SAMPLE("IPv6 destination options", V6("\x3C") "\6\0\1\4\0\0\0\0" SMTP, true),
	SAMPLE("IPv6 authentication", V6("\x33") "\6\1\0\0\0\0\0\1\0\0\0\1" SMTP, true),
	SAMPLE("IPv6 mobility", V6("\x87") "\6\0\0\0\0\0\0\0" SMTP, true),
	SAMPLE("IPv4 in IPv6", V6("\4") V4(WHOLE, "\6") SMTP, true),
	SAMPLE("IPv6 in IPv6", V6("\x29") V6("\6") SMTP, true),
	SAMPLE("GRE over IPv6", V6("\x2F") "\0\0\x08\0" V4(WHOLE, "\6") SMTP, true),
	SAMPLE("VXLAN over IPv6", V6("\x11") PORTS(HIGH, "\x12\xB5"), true),
};

/* How a link type frames them: the last two bytes of an Ethernet type stand at `type_at`. */
static const struct framing {
	int         link_type;
	const char *header;
	size_t      len, type_at;
} framings[] = {
	{ DLT_EN10MB, "\2\0\0\0\0\1\2\0\0\0\0\2\0\0", 14, 12 },
	{ DLT_SLL, "\0\0\0\1\0\6\2\0\0\0\0\2\0\0\0\0", 16, 14 },
	{ DLT_SLL2, "\0\0\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\2\0\0", 20, 0 },
	{ DLT_RAW, "", 0, 0 },
};

/* Ethernet frames behind the addresses; `live`: what passes where the kernel takes the first tag off. */
static const struct {
	struct sample sample;
	bool          live;
} links[] = {
	{ SAMPLE("IPv4 TCP", "\x08\0" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("IPv4 UDP DNS", "\x08\0" V4(WHOLE, "\x11") DNS, false), false },
	{ SAMPLE("IPv6 TCP", "\x86\xDD" V6("\6") SMTP, true), true },
	{ SAMPLE("ARP", "\x08\6\0\1\x08\0\6\4\0\1", false), false },
	{ SAMPLE("LLDP", "\x88\xCC\2\7\4\2\0\0\0\0\1", false), false },
	{ SAMPLE("spanning tree", "\0\x26\x42\x42\3\0\0\0\0\0", false), false },
	{ SAMPLE("VLAN, TCP", "\x81\0\0\x0A\x08\0" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("VLAN, UDP DNS", "\x81\0\0\x0A\x08\0" V4(WHOLE, "\x11") DNS, true), false },
	{ SAMPLE("VLAN, IPv6 TCP", "\x81\0\0\x0A\x86\xDD" V6("\6") SMTP, true), true },
	{ SAMPLE("802.1ad, TCP", "\x88\xA8\0\x64\x08\0" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("QinQ, TCP", "\x88\xA8\0\x64\x81\0\0\x0A\x08\0" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("two VLANs, TCP", "\x81\0\0\x64\x81\0\0\x0A\x08\0" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("QinQ of old, TCP", "\x91\0\0\x64\x81\0\0\x0A\x08\0" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("MPLS", "\x88\x47\0\0\x11\x40" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("MPLS multicast", "\x88\x48\0\0\x11\x40" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("PPPoE session", "\x88\x64\x11\0\0\1\0\x32\0\x21" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("PPPoE discovery", "\x88\x63\x11\x09\0\0\0\0", false), false },
	{ SAMPLE("VLAN, PPPoE", "\x81\0\0\x0A\x88\x64\x11\0\0\1\0\x32\0\x21" V4(WHOLE, "\6") SMTP, true), true },
	{ SAMPLE("VLAN, ARP", "\x81\0\0\x0A\x08\6\0\1\x08\0\6\4\0\1", true), false },
};

static uint8_t built[FRAME_ROOM];

/* A packet in the frame of a link type. */
static struct span
build_framed(const struct framing *framing, struct span packet)
{
	bool is_v6 = packet.at[0] >> 4 == 6;

	memcpy(built, framing->header, framing->len);
	if (framing->len > 0)
		memcpy(built + framing->type_at, is_v6 ? "\x86\xDD" : "\x08\0", 2);
	memcpy(built + framing->len, packet.at, packet.len);
	return span_from(built, framing->len + packet.len);
}

/* An Ethernet frame of its type and what follows, as long as the shortest that a wire knows. */
static struct span
build_ethernet(struct span rest)
{
	size_t len = 12 + rest.len < 60 ? 60 : 12 + rest.len;

	memset(built, 0, len);
	memcpy(built, "\2\0\0\0\0\1\2\0\0\0\0\2", 12);
	memcpy(built + 12, rest.at, rest.len);
	return span_from(built, len);
}

static struct filter *
default_filter(int link_type)
{
	struct filter *filter;
	struct status status = filter_new(live_filter_default(), link_type, "x", &filter);

	if (!status_is_ok(&status))
		fail_msg("link type %d: %s", link_type, status.message);
	return filter;
}

static void
check_passes(struct filter *filter, int link_type, struct span bytes, const char *what, bool passes)
{
	struct frame frame = { .link_type = link_type, .bytes = bytes, .wire_len = (uint32_t)bytes.len };

	if (filter_passes(filter, &frame) != passes)
		fail_msg("%s, link type %d: should%s pass", what, link_type, passes ? "" : " not");
}

static void
test_default_filter(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(framings); i++) {
		struct filter *filter = default_filter(framings[i].link_type);

		for (size_t j = 0; j < TABLE_LENGTH(packets); j++)
			check_passes(filter, framings[i].link_type, build_framed(&framings[i], packets[j].bytes),
				packets[j].what, packets[j].passes);
		filter_free(&filter);
	}
}

static void
test_default_filter_on_links(void **state)
{
	struct filter *filter = default_filter(DLT_EN10MB);

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(links); i++)
		check_passes(filter, DLT_EN10MB, build_ethernet(links[i].sample.bytes), links[i].sample.what,
			links[i].sample.passes);
	filter_free(&filter);
}

/* Link types that interfaces have on Linux, and those that files have besides. */
static void
test_default_filter_compiles(void **state)
{
	static const int link_types[] = { DLT_NULL, DLT_EN10MB, DLT_RAW, 108, DLT_PPP, DLT_SLL, DLT_IPV4, 229,
		DLT_SLL2, 105, 127 };

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(link_types); i++) {
		struct filter *filter = default_filter(link_types[i]);

		filter_free(&filter);
	}
}

static void
test_clock_steps(void **state)
{
	static const struct {
		int64_t real_ns, steady_ns, total_ns;
	} readings[] = {
		{ 1000 * (int64_t)SECOND, 5 * (int64_t)SECOND, 0 },
		{ 1001 * (int64_t)SECOND, 6 * (int64_t)SECOND, 0 },
		/* a day passes */
		{ 87401 * (int64_t)SECOND, 86406 * (int64_t)SECOND, 0 },
		/* an hour forward */
		{ 91002 * (int64_t)SECOND, 86407 * (int64_t)SECOND, 3600 * (int64_t)SECOND },
		{ 91003 * (int64_t)SECOND, 86408 * (int64_t)SECOND, 3600 * (int64_t)SECOND },
		/* a second back, and two more */
		{ 91003 * (int64_t)SECOND, 86409 * (int64_t)SECOND, 3599 * (int64_t)SECOND },
		{ 91002 * (int64_t)SECOND, 86410 * (int64_t)SECOND, 3597 * (int64_t)SECOND },
		/* less than a second is none, until it comes to one */
		{ 91003 * (int64_t)SECOND + 600000000, 86411 * (int64_t)SECOND, 3597 * (int64_t)SECOND },
		{ 91005 * (int64_t)SECOND + 200000000, 86412 * (int64_t)SECOND, 3598 * (int64_t)SECOND + 200000000 },
		/* to 1970 */
		{ 0, 86413 * (int64_t)SECOND, 3598 * (int64_t)SECOND + 200000000
			- (91006 * (int64_t)SECOND + 200000000) },
	};
	struct clock_steps steps;

	(void)state;
	clock_steps_start(&steps, 999 * (int64_t)SECOND, 4 * (int64_t)SECOND);
	for (size_t i = 0; i < TABLE_LENGTH(readings); i++)
		if (clock_steps_total(&steps, readings[i].real_ns, readings[i].steady_ns) != readings[i].total_ns)
			fail_msg("reading %zu: %lld", i, (long long)steps.total_ns);
}

static void
test_drops_step(void **state)
{
	(void)state;
	assert_int_equal(drops_step(0, 0), 0);
	assert_int_equal(drops_step(5, 5), 0);
	assert_int_equal(drops_step(5, 7), 2);
	assert_int_equal(drops_step(UINT32_MAX, (uint64_t)UINT32_MAX + 3), 3);
	assert_int_equal(drops_step(1000, 3), 3);
}

/* What needs no rights to be refused. */
static void
test_open_mistakes(void **state)
{
	static char *many[LIVE_INTERFACES_MOST + 1];
	static const struct {
		char       *names[3];
		size_t      count;
		const char *says;
		enum status_code code;
	} cases[] = {
		{ { "lo" }, 0, "1 to 16 interfaces", STATUS_USAGE },
		{ { "" }, 1, "has a name", STATUS_USAGE },
		{ { "lo", "lo" }, 2, "lo: named twice", STATUS_USAGE },
		{ { "lo", "any" }, 2, "any: stands for every interface", STATUS_USAGE },
		/* it may come yet */
		{ { "no-such-one" }, 1, "no-such-one: no such interface; there are any", STATUS_INPUT },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases) + 1; i++) {
		bool last = i == TABLE_LENGTH(cases);
		struct live_config config = {
			.interfaces = last ? many : cases[i].names,
			.count = last ? TABLE_LENGTH(many) : cases[i].count,
		};
		struct live *live;
		struct status status = live_open(&config, &live);

		assert_null(live);
		assert_int_equal(status.code, last ? STATUS_USAGE : cases[i].code);
		if (strstr(status.message, last ? cases[0].says : cases[i].says) == NULL)
			fail_msg("%s", status.message);
	}
}

static void
must(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static void
write_to(const char *path, const char *text)
{
	int file = open(path, O_WRONLY);

	if (file >= 0) {
		assert_true(write(file, text, strlen(text)) > 0);
		close(file);
	}
}

/* Makes this user (or group) root in its user namespace. */
static void
map_root(const char *path, unsigned id)
{
	char map[40];

	snprintf(map, sizeof(map), "0 %u 1", id);
	write_to(path, map);
}

/* Programs started in it have rights there only as root. */
static bool
enter_user_namespace(void)
{
	unsigned user = geteuid(), group = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0)
		return false;
	write_to("/proc/self/setgroups", "deny");
	map_root("/proc/self/uid_map", user);
	map_root("/proc/self/gid_map", group);
	return true;
}

/* A network namespace of its own, with loopback up, or false where that is not allowed. */
static bool
enter_namespace(void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int control;

	if (unshare(CLONE_NEWNET) != 0 && !enter_user_namespace())
		return false;
	write_to("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_to("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	control = socket(AF_INET, SOCK_DGRAM, 0);
	assert_int_equal(ioctl(control, SIOCSIFFLAGS, &request), 0);
	close(control);
	return true;
}

/* For tests that send frames. */
static void
need_network(void)
{
	static int allowed = -1;

	if (allowed < 0)
		allowed = enter_namespace();
	if (!allowed) {
		print_message("skipped: network namespaces are not allowed here\n");
		skip();
	}
}

/* ... over veth pairs: t0 to m0, and t1 to m1. */
static void
need_pairs(void)
{
	need_network();
	if (system("ip link show >/dev/null 2>&1") != 0) {
		print_message("skipped: `ip` is not there\n");
		skip();
	}
	for (int i = 0; i < 2; i++) {
		char command[200];

		snprintf(command, sizeof(command),
			"ip link del t%d 2>/dev/null; ip link add t%d type veth peer name m%d "
			"&& ip link set t%d up && ip link set m%d up", i, i, i, i, i);
		if (system(command) != 0) {
			print_message("skipped: the kernel has no veth\n");
			skip();
		}
	}
}

static struct live *
opened(const struct live_config *config)
{
	struct live *live;
	struct status status = live_open(config, &live);

	if (!status_is_ok(&status))
		fail_msg("%s", status.message);
	return live;
}

static struct live *
opened_on(char *first, char *second, const char *filter)
{
	char *names[2] = { first, second };

	return opened(&(struct live_config){ .interfaces = names, .count = second != NULL ? 2 : 1, .filter = filter,
		.ring_bytes = 4 << 20 });
}

/* A socket that sends whole frames out of an interface. */
static int
sender_open(const char *interface)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(interface) };
	int sender = socket(AF_PACKET, SOCK_RAW, 0);

	assert_true(sender >= 0);
	assert_int_equal(bind(sender, (struct sockaddr *)&address, sizeof(address)), 0);
	return sender;
}

static void
send_frame(int sender, struct span frame)
{
	assert_int_equal(send(sender, frame.at, frame.len, 0), frame.len);
}

static void
send_segment(int sender)
{
	send_frame(sender, build_ethernet(links[0].sample.bytes));
}

/* The next frame; a failure when none comes. */
static struct frame
expect_frame(struct live *live)
{
	struct frame frame = { 0 };

	if (live_next(live, &frame, PATIENCE_MS) != LIVE_FRAME)
		fail_msg("no frame came; %s", live_trouble(live));
	return frame;
}

static void
expect_quiet(struct live *live)
{
	struct frame frame;

	assert_int_equal(live_next(live, &frame, 300), LIVE_QUIET);
}

/* One connection from end to end over 127.0.0.1. */
static void
talk_over_loopback(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), caller = socket(AF_INET, SOCK_STREAM, 0), answerer;
	socklen_t len = sizeof(address);
	char word[6];

	assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
	assert_int_equal(connect(caller, (struct sockaddr *)&address, len), 0);
	answerer = accept(listener, NULL, NULL);
	assert_true(answerer >= 0);
	assert_int_equal(send(caller, "QUIT\r\n", 6, 0), 6);
	assert_int_equal(recv(answerer, word, 6, MSG_WAITALL), 6);
	close(answerer);
	close(caller);
	close(listener);
}

static void
test_loopback(void **state)
{
	int64_t began = clock_now(CLOCK_REALTIME), before = 0;
	struct live_counters counters;
	uint64_t bytes = 0, frames = 0;
	struct live *live;
	struct frame frame;

	(void)state;
	need_network();
	live = opened_on("lo", NULL, NULL);
	assert_int_equal(live_link_type(live, 0), DLT_EN10MB);
	assert_int_equal(live_snaplen(live), 262144);
	talk_over_loopback();
	while (live_next(live, &frame, 300) == LIVE_FRAME) {
		assert_int_equal(frame.at.frame, ++frames);
		assert_int_equal(frame.at.capture, 0);
		assert_int_equal(frame.link_type, DLT_EN10MB);
		assert_int_equal(frame.bytes.len, frame.wire_len);
		assert_null(frame.interface_name);
		assert_true(frame.at.time_ns >= before && frame.at.time_ns >= began);
		assert_true(frame.at.time_ns <= clock_now(CLOCK_REALTIME));
		before = frame.at.time_ns;
		bytes += frame.wire_len;
	}
	/* SYN, SYN ACK, ACK, data, ACK, FIN, FIN, ACK at most */
	assert_in_range(frames, 6, 9);
	counters = live_counters(live, 0);
	assert_int_equal(counters.frames, frames);
	assert_int_equal(counters.bytes, bytes);
	assert_int_equal(counters.kernel_drops, 0);
	assert_int_equal(counters.interface_drops, 0);
	assert_string_equal(live_trouble(live), "");
	assert_int_equal(live_clock_steps(live), 0);
	live_close(&live);
	assert_null(live);
}

static void
test_any(void **state)
{
	struct live *live;
	struct frame frame;

	(void)state;
	need_network();
	live = opened_on("any", NULL, NULL);
	talk_over_loopback();
	frame = expect_frame(live);
	assert_int_equal(frame.at.frame, 1);
	assert_int_equal(frame.link_type, live_link_type(live, 0));
	assert_true(frame.link_type == DLT_SLL || frame.link_type == DLT_SLL2);
	assert_string_equal(live_trouble(live), "");
	live_close(&live);
}

/* Frames come whole, tags and all, though the kernel takes the first tag off before the filter sees them. */
static void
test_default_filter_live(void **state)
{
	struct live *live;
	int sender;

	(void)state;
	need_pairs();
	live = opened_on("m0", NULL, NULL);
	sender = sender_open("t0");
	for (size_t i = 0; i < TABLE_LENGTH(links); i++)
		send_frame(sender, build_ethernet(links[i].sample.bytes));
	for (size_t i = 0; i < TABLE_LENGTH(links); i++) {
		struct span wanted = build_ethernet(links[i].sample.bytes);
		struct frame frame;

		if (!links[i].live)
			continue;
		frame = expect_frame(live);
		if (!span_equal(frame.bytes, wanted))
			fail_msg("%s: another frame came", links[i].sample.what);
	}
	expect_quiet(live);
	close(sender);
	live_close(&live);
}

static void
test_own_filter(void **state)
{
	char *names[] = { "m0", "lo" };
	struct live_config config = { .interfaces = names, .count = 2, .filter = "tcp prot 25" };
	struct live *live;
	struct status status;
	int sender;

	(void)state;
	need_pairs();
	status = live_open(&config, &live);
	assert_int_equal(status.code, STATUS_USAGE);
	assert_non_null(strstr(status.message, "m0: filter \"tcp prot 25\""));
	live = opened_on("m0", NULL, "udp port 53 and not vlan");
	sender = sender_open("t0");
	for (size_t i = 0; i < TABLE_LENGTH(links); i++)
		send_frame(sender, build_ethernet(links[i].sample.bytes));
	assert_true(span_equal(expect_frame(live).bytes, build_ethernet(links[1].sample.bytes)));
	expect_quiet(live);
	close(sender);
	live_close(&live);
}

/* One that is short of rights is told which, one that named a wrong interface is told so all the same. */
static void
test_permission(void **state)
{
	int result;
	pid_t child;

	(void)state;
	need_network();
	child = fork();
	if (child == 0) {
		char *names[] = { "lo" };
		struct live_config config = { .interfaces = names, .count = 1 };
		struct live *live;
		struct status status;

		if (unshare(CLONE_NEWUSER) != 0 && setresuid(65534, 65534, 65534) != 0)
			_exit(2);
		status = live_open(&config, &live);
		if (status.code != STATUS_INPUT || strstr(status.message, "lo: no permission to capture") == NULL ||
		    strstr(status.message, "CAP_NET_RAW") == NULL)
			_exit(1);
		names[0] = "no-such-one";
		status = live_open(&config, &live);
		_exit(strstr(status.message, "no such interface") == NULL);
	}
	assert_int_equal(waitpid(child, &result, 0), child);
	assert_true(WIFEXITED(result));
	assert_int_equal(WEXITSTATUS(result), 0);
}

static void
test_not_up(void **state)
{
	char *names[] = { "m0" };
	struct live_config config = { .interfaces = names, .count = 1 };
	struct live *live;
	struct status status;

	(void)state;
	need_pairs();
	must("ip link set m0 down");
	status = live_open(&config, &live);
	assert_null(live);
	assert_string_equal(status.message, "m0: the interface is not up; ip link set m0 up");
}

static void
test_snaplen(void **state)
{
	static const uint8_t rest[FRAME_ROOM - 600] = { 0x88, 0x47 };
	char *names[] = { "m0" };
	struct live *live;
	struct frame frame;
	int sender;

	(void)state;
	need_pairs();
	live = opened(&(struct live_config){ .interfaces = names, .count = 1, .snaplen = 96 });
	assert_int_equal(live_snaplen(live), 96);
	sender = sender_open("t0");
	send_frame(sender, build_ethernet(span_from(rest, sizeof(rest))));
	frame = expect_frame(live);
	assert_int_equal(frame.bytes.len, 96);
	assert_int_equal(frame.wire_len, 12 + sizeof(rest));
	assert_int_equal(live_counters(live, 0).bytes, 12 + sizeof(rest));
	close(sender);
	live_close(&live);
}

/* Two interfaces, frames sent to and fro, in bursts and with pauses: they come in order of time. */
static void
test_merged_in_order(void **state)
{
	enum { SENT = 400 };
	uint64_t numbers[2] = { 0 };
	int64_t before = 0;
	struct live *live;
	int senders[2];

	(void)state;
	need_pairs();
	live = opened_on("m0", "m1", NULL);
	senders[0] = sender_open("t0");
	senders[1] = sender_open("t1");
	for (size_t i = 0; i < SENT; i++) {
		send_segment(senders[i / 7 % 2]);
		if (i % 50 == 0)
			usleep(30000);
	}
	for (size_t i = 0; i < SENT; i++) {
		struct frame frame = expect_frame(live);

		assert_int_equal(frame.at.capture, i / 7 % 2);
		assert_int_equal(frame.at.frame, ++numbers[frame.at.capture]);
		assert_int_equal(frame.interface, frame.at.capture);
		assert_string_equal(frame.interface_name, frame.at.capture == 0 ? "m0" : "m1");
		assert_true(frame.at.time_ns >= before);
		before = frame.at.time_ns;
	}
	expect_quiet(live);
	close(senders[0]);
	close(senders[1]);
	live_close(&live);
}

/* An interface that is quiet holds the other back for no longer than its ring may keep a frame. */
static void
test_quiet_one_holds_nothing_up(void **state)
{
	enum { SENT = 5000 };
	int64_t began, last;
	struct live *live;
	int sender;

	(void)state;
	need_pairs();
	live = opened_on("m0", "m1", NULL);
	sender = sender_open("t0");
	for (size_t i = 0; i < SENT; i++)
		send_segment(sender);
	last = began = clock_now(CLOCK_BOOTTIME);
	for (size_t i = 0; i < SENT; i++) {
		struct frame frame = expect_frame(live);

		last = clock_now(CLOCK_REALTIME) - frame.at.time_ns;
	}
	assert_true(clock_now(CLOCK_BOOTTIME) - began < SECOND);
	assert_in_range(last, 0, SECOND / 2);
	close(sender);
	live_close(&live);
}

/* What the ring had no room for is counted, to the frame. */
static void
test_drops(void **state)
{
	enum { SENT = 30000 };
	char *names[] = { "m0" };
	struct live_counters counters = { 0 };
	uint64_t received = 0;
	struct live *live;
	struct frame frame;
	int sender;

	(void)state;
	need_pairs();
	live = opened(&(struct live_config){ .interfaces = names, .count = 1, .ring_bytes = 1 << 20 });
	sender = sender_open("t0");
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < SENT; i++)
			send_segment(sender);
		while (live_next(live, &frame, 300) == LIVE_FRAME)
			assert_int_equal(frame.at.frame, ++received);
		counters = live_counters(live, 0);
		assert_int_equal(counters.frames, received);
		assert_true(counters.kernel_drops > 0);
		assert_int_equal(received + counters.kernel_drops, SENT * (round + 1));
		assert_int_equal(live_counters(live, 0).kernel_drops, counters.kernel_drops);
	}
	close(sender);
	live_close(&live);
}

/* Processor time of this process. */
static int64_t
worked_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * (int64_t)SECOND + now.tv_nsec;
}

static void
expect_trouble(struct live *live, const char *words)
{
	if (words[0] != '\0' ? strstr(live_trouble(live), words) == NULL : live_trouble(live)[0] != '\0')
		fail_msg("\"%s\" instead of \"%s\"", live_trouble(live), words);
}

static void
test_down_and_up(void **state)
{
	struct live *live;
	struct frame frame;
	int64_t worked;
	int sender;

	(void)state;
	need_pairs();
	live = opened_on("m0", NULL, NULL);
	sender = sender_open("t0");
	for (int round = 0; round < 2; round++) {
		send_segment(sender);
		assert_int_equal(expect_frame(live).at.frame, 2 * round + 1);
		must("ip link set m0 down");
		worked = worked_ns();
		expect_quiet(live);
		assert_true(worked_ns() - worked < SECOND / 10);
		expect_trouble(live, "m0: went down");
		must("ip link set m0 up");
		usleep(50000);
		send_segment(sender);
		assert_int_equal(expect_frame(live).at.frame, 2 * round + 2);
		expect_trouble(live, "");
	}
	/* up again with no frame to tell it */
	must("ip link set m0 down");
	expect_quiet(live);
	must("ip link set m0 up");
	assert_int_equal(live_next(live, &frame, 1500), LIVE_QUIET);
	expect_trouble(live, "");
	close(sender);
	live_close(&live);
}

static void
test_deleted(void **state)
{
	struct live *live;
	struct frame frame;
	int64_t worked;
	int sender;

	(void)state;
	need_pairs();
	live = opened_on("m0", NULL, NULL);
	sender = sender_open("t0");
	send_segment(sender);
	send_segment(sender);
	close(sender);
	must("ip link del m0");
	/* what came before is still handed out */
	assert_int_equal(expect_frame(live).at.frame, 1);
	assert_int_equal(expect_frame(live).at.frame, 2);
	worked = worked_ns();
	assert_int_equal(live_next(live, &frame, PATIENCE_MS), LIVE_OVER);
	assert_true(worked_ns() - worked < SECOND / 10);
	expect_trouble(live, "m0: is not there any more");
	assert_int_equal(live_next(live, &frame, 0), LIVE_OVER);
	assert_int_equal(live_counters(live, 0).frames, 2);
	live_close(&live);
}

/* While one interface is deleted, the other goes on; a new device of that name is listened to again. */
static void
test_deleted_and_made_again(void **state)
{
	struct live *live;
	struct frame frame;
	int senders[2];

	(void)state;
	need_pairs();
	live = opened_on("m0", "m1", NULL);
	senders[1] = sender_open("t1");
	must("ip link del m0");
	send_segment(senders[1]);
	assert_int_equal(expect_frame(live).at.capture, 1);
	assert_int_equal(live_next(live, &frame, 2500), LIVE_QUIET);
	expect_trouble(live, "m0: is not there any more");
	must("ip link add t0 type veth peer name m0 && ip link set t0 up && ip link set m0 up");
	assert_int_equal(live_next(live, &frame, 1500), LIVE_QUIET);
	expect_trouble(live, "");
	senders[0] = sender_open("t0");
	send_segment(senders[0]);
	frame = expect_frame(live);
	assert_int_equal(frame.at.capture, 0);
	assert_int_equal(frame.at.frame, 1);
	send_segment(senders[1]);
	assert_int_equal(expect_frame(live).at.frame, 2);
	close(senders[0]);
	close(senders[1]);
	live_close(&live);
}

static void
on_alarm(int signal_number)
{
	(void)signal_number;
}

static void
test_signal_ends_the_wait(void **state)
{
	struct itimerval soon = { .it_value.tv_usec = 100000 };
	struct sigaction action = { .sa_handler = on_alarm };
	int64_t began = clock_now(CLOCK_BOOTTIME);
	struct live *live;
	struct frame frame;

	(void)state;
	need_network();
	live = opened_on("lo", NULL, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	assert_int_equal(live_next(live, &frame, 10000), LIVE_QUIET);
	assert_true(clock_now(CLOCK_BOOTTIME) - began < 5 * (int64_t)SECOND);
	live_close(&live);
}

static void
test_waits(void **state)
{
	static const int waits_ms[] = { -5, 0, 1, 120 };
	struct live *live;
	struct frame frame;

	(void)state;
	need_network();
	live = opened_on("lo", NULL, NULL);
	for (size_t i = 0; i < TABLE_LENGTH(waits_ms); i++) {
		int64_t began = clock_now(CLOCK_BOOTTIME), took;

		assert_int_equal(live_next(live, &frame, waits_ms[i]), LIVE_QUIET);
		took = clock_now(CLOCK_BOOTTIME) - began;
		assert_true(took >= waits_ms[i] * (int64_t)1000000 && took < SECOND);
	}
	live_close(&live);
	live_close(&live);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default_filter),
		cmocka_unit_test(test_default_filter_on_links),
		cmocka_unit_test(test_default_filter_compiles),
		cmocka_unit_test(test_clock_steps),
		cmocka_unit_test(test_drops_step),
		cmocka_unit_test(test_open_mistakes),
		cmocka_unit_test(test_loopback),
		cmocka_unit_test(test_any),
		cmocka_unit_test(test_default_filter_live),
		cmocka_unit_test(test_own_filter),
		cmocka_unit_test(test_permission),
		cmocka_unit_test(test_not_up),
		cmocka_unit_test(test_snaplen),
		cmocka_unit_test(test_merged_in_order),
		cmocka_unit_test(test_quiet_one_holds_nothing_up),
		cmocka_unit_test(test_drops),
		cmocka_unit_test(test_down_and_up),
		cmocka_unit_test(test_deleted),
		cmocka_unit_test(test_deleted_and_made_again),
		cmocka_unit_test(test_signal_ends_the_wait),
		cmocka_unit_test(test_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
