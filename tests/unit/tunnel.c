/* What IP packets carry in place of a transport: every kind, every cut, and tunnels in tunnels. */
#include "shared/ip_sample.h"
#include "wire/tunnel.h"

#define IP_PACKET "\x45payload"
#define MACS "\x02\0\0\0\0\x01\x02\0\0\0\0\x02"
#define FRAME MACS "\x08\x00" IP_PACKET
#define TAGGED MACS "\x81\x00\x00\x64\x08\x00" IP_PACKET
#define DATAGRAM(port) "\xC0\x00" port "\x00\x64\x00\x00"
#define VXLAN_PORT DATAGRAM("\x12\xB5")
#define GENEVE_PORT DATAGRAM("\x17\xC1")
#define BYTES(text) text, sizeof(text) - 1

enum {
	INNER = 8,
	OUTER_VLAN = 7,
};

static const struct {
	const char      *what;
	uint8_t          protocol;
	const char      *bytes;
	size_t           len;
	enum link_result result;
	uint32_t         vlan;          /* of the outer frame, unless an inner one names its own */
} cases[] = {
	{ "IPv4 in IP", 4, BYTES(IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "IPv6 in IP", 41, BYTES("\x60payload"), LINK_IP, OUTER_VLAN },
	{ "something else in IP", 4, BYTES("\x50payload"), LINK_OTHER, 0 },
	{ "nothing in IP", 4, BYTES(""), LINK_SHORT, 0 },
	{ "ICMP", 1, BYTES(IP_PACKET), LINK_OTHER, 0 },
	{ "MPLS in IP", 137, BYTES("\0\0\x21\x40" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "Ethernet in IP", 97, BYTES("\x30\x00" FRAME), LINK_IP, 0 },
	{ "... of no such version", 97, BYTES("\x40\x00" FRAME), LINK_UNKNOWN, 0 },
	{ "... cut", 97, BYTES("\x30"), LINK_SHORT, 0 },

	{ "GRE", 47, BYTES("\0\0\x08\x00" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "GRE, IPv6", 47, BYTES("\0\0\x86\xDD\x60payload"), LINK_IP, OUTER_VLAN },
	{ "GRE, checksum", 47, BYTES("\x80\0\x08\x00sum_" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "GRE, key", 47, BYTES("\x20\0\x08\x00key_" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "GRE, all of them", 47, BYTES("\xB0\0\x08\x00sum_key_seq_" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "GRE, key cut", 47, BYTES("\x20\0\x08\x00key"), LINK_SHORT, 0 },
	{ "GRE, routing", 47, BYTES("\x40\0\x08\x00sum_" IP_PACKET), LINK_UNKNOWN, 0 },
	{ "GRE of no such version", 47, BYTES("\0\x02\x08\x00" IP_PACKET), LINK_UNKNOWN, 0 },
	{ "GRE, Ethernet", 47, BYTES("\0\0\x65\x58" FRAME), LINK_IP, 0 },
	{ "GRE, tagged Ethernet", 47, BYTES("\0\0\x65\x58" TAGGED), LINK_IP, 100 },
	{ "GRE, MPLS", 47, BYTES("\0\0\x88\x47\0\0\x21\x40" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "GRE, a sign of life", 47, BYTES("\0\0\0\0"), LINK_OTHER, 0 },
	{ "GRE, CDP", 47, BYTES("\0\0\x20\x00" IP_PACKET), LINK_OTHER, 0 },
	{ "PPTP", 47, BYTES("\x30\x01\x88\x0Bkey_seq_\xFF\x03\x00\x21" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "PPTP, acknowledging", 47, BYTES("\x30\x81\x88\x0Bkey_seq_ack_\x00\x21" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "PPTP, only acknowledging", 47, BYTES("\x20\x81\x88\x0Bkey_ack_"), LINK_OTHER, 0 },
	{ "PPTP, encrypted", 47, BYTES("\x30\x01\x88\x0Bkey_seq_\x00\xFDxxxx"), LINK_UNKNOWN, 0 },

	{ "ERSPAN I", 47, BYTES("\0\0\x88\xBE" TAGGED), LINK_IP, 100 },
	{ "ERSPAN II", 47, BYTES("\x10\0\x88\xBEseq_\x10\0\0\0\0\0\0\0" FRAME), LINK_IP, 0 },
	{ "ERSPAN II, cut", 47, BYTES("\x10\0\x88\xBEseq_\x10\0\0\0\0\0\0"), LINK_SHORT, 0 },
	{ "ERSPAN III", 47, BYTES("\x10\0\x22\xEBseq_\x20\0\0\0time\0\0\0\0" FRAME), LINK_IP, 0 },
	{ "ERSPAN III, more of it", 47, BYTES("\x10\0\x22\xEBseq_\x20\0\0\0time\0\0\0\x01platform" FRAME), LINK_IP, 0 },
	{ "ERSPAN III, IP", 47, BYTES("\x10\0\x22\xEBseq_\x20\0\0\0time\0\0\x08\0" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "ERSPAN III, cut", 47, BYTES("\x10\0\x22\xEBseq_\x20\0\0\0time\0\0\0\x01plat"), LINK_SHORT, 0 },

	{ "VXLAN", 17, BYTES(VXLAN_PORT "\x08\0\0\0\0\0\x05\0" FRAME), LINK_IP, 0 },
	{ "VXLAN, tagged", 17, BYTES(VXLAN_PORT "\x08\0\0\0\0\0\x05\0" TAGGED), LINK_IP, 100 },
	{ "VXLAN on its first port", 17, BYTES(DATAGRAM("\x21\x18") "\x08\0\0\0\0\0\x05\0" FRAME), LINK_IP, 0 },
	{ "VXLAN without a network", 17, BYTES(VXLAN_PORT "\0\0\0\0\0\0\x05\0" FRAME), LINK_OTHER, 0 },
	{ "VXLAN, reserved octet", 17, BYTES(VXLAN_PORT "\x08\0\0\0\0\0\x05\x01" FRAME), LINK_OTHER, 0 },
	{ "VXLAN on another port", 17, BYTES(DATAGRAM("\x12\xB6") "\x08\0\0\0\0\0\x05\0" FRAME), LINK_OTHER, 0 },
	{ "GENEVE", 17, BYTES(GENEVE_PORT "\0\0\x65\x58\0\0\x05\0" FRAME), LINK_IP, 0 },
	{ "GENEVE, options", 17, BYTES(GENEVE_PORT "\x02\0\x65\x58\0\0\x05\0options_" FRAME), LINK_IP, 0 },
	{ "GENEVE, IP", 17, BYTES(GENEVE_PORT "\0\0\x08\0\0\0\x05\0" IP_PACKET), LINK_IP, OUTER_VLAN },
	{ "GENEVE, options that lie", 17, BYTES(GENEVE_PORT "\x3F\0\x08\0\0\0\x05\0" IP_PACKET), LINK_SHORT, 0 },
	{ "GENEVE of no such version", 17, BYTES(GENEVE_PORT "\x40\0\x08\0\0\0\x05\0" IP_PACKET), LINK_OTHER, 0 },
	{ "a datagram", 17, BYTES("\xC0\x00\x00\x35\x00\x10\x00\x00query"), LINK_OTHER, 0 },
	{ "half a datagram", 17, BYTES("\xC0\x00\x12\xB5"), LINK_OTHER, 0 },
};

static void
test_every_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct link link = { .vlan = OUTER_VLAN };
		struct span bytes = span_from(cases[i].bytes, cases[i].len);

		if (tunnel_open(cases[i].protocol, bytes, (uint32_t)cases[i].len + 100, &link) != cases[i].result)
			fail_msg("%s", cases[i].what);
		if (cases[i].result != LINK_IP)
			continue;
		if (link.packet.len != INNER || link.packet.at != bytes.at + bytes.len - INNER)
			fail_msg("%s: %zu bytes", cases[i].what, link.packet.len);
		assert_int_equal(link.wire_len, INNER + 100);
		if (link.vlan != cases[i].vlan)
			fail_msg("%s: VLAN %u", cases[i].what, link.vlan);
	}
}

/* In memory of its own size, so that a read past the cut is found out. */
static void
test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		for (size_t len = 0; len < cases[i].len; len++) {
			struct link link = { 0 };
			uint8_t *copy = malloc(len > 0 ? len : 1);

			assert_non_null(copy);
			memcpy(copy, cases[i].bytes, len);
			if (tunnel_open(cases[i].protocol, span_from(copy, len), (uint32_t)len, &link) == LINK_IP)
				assert_true(link.packet.len <= link.wire_len);
			free(copy);
		}
}

/* Puts what was written so far into another IPv4 packet. */
static void
wrap(uint8_t protocol)
{
	static uint8_t within[sizeof(packet.bytes)];
	size_t len = packet.len;

	memcpy(within, packet.bytes, len);
	v4(protocol, 1, 0, 0);
	put(within, len);
	seal();
}

static void
test_tunnels_in_tunnels(void **state)
{
	(void)state;
	for (unsigned tunnels = 0; tunnels <= 9; tunnels++) {
		struct bench bench = bench_new();
		struct address source, target;
		struct link link;
		char text[ADDRESS_TEXT_SIZE];

		v6(TCP);
		tcp("EHLO x\r\n");
		seal();
		for (unsigned i = 0; i < tunnels; i++)
			wrap(i == 0 ? 41 : 4);
		assert_int_equal(decode(&bench), tunnels <= 8 ? IP_SEGMENT : IP_UNKNOWN);
		link = (struct link){ .packet = span_from(packet.bytes, packet.len), .wire_len = (uint32_t)packet.len };
		assert_int_equal(ip_addresses(&link, &source, &target), tunnels <= 8);
		if (tunnels <= 8) {
			assert_payload(&bench, "EHLO x\r\n");
			assert_string_equal(address_text(&bench.segment.source.address, text), "2001:db8::1");
			assert_string_equal(address_text(&source, text), "2001:db8::1");
			assert_int_equal(bench.segment.hop_limit, 62);
			assert_int_equal(bench.segment.packet.len, packet.len - 20 * tunnels);
		}
		bench_end(&bench);
	}
}

/* Fragments in a tunnel are put together; a tunnel in fragments is said to be none that is followed. */
static void
test_fragments(void **state)
{
	struct bench bench = bench_new();
	struct address source, target;
	struct link link;

	(void)state;
	v4(TCP, 5, MORE, 0);
	tcp("EHLO x\r\n");
	seal();
	wrap(4);
	link = (struct link){ .packet = span_from(packet.bytes, packet.len), .wire_len = (uint32_t)packet.len };
	assert_true(ip_addresses(&link, &source, &target));
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	v4(TCP, 5, 4, 0);
	put("QUIT\r\n", 6);
	seal();
	wrap(4);
	assert_int_equal(decode(&bench), IP_SEGMENT);
	assert_true(bench.segment.fragmented);
	assert_payload(&bench, "EHLO x\r\nQUIT\r\n");
	v4(4, 6, MORE, 0);
	put("\x45payload", 8);
	seal();
	assert_int_equal(decode(&bench), IP_UNKNOWN);
	v4(UDP, 6, MORE, 0);
	put("\x45payload", 8);
	seal();
	assert_int_equal(decode(&bench), IP_OTHER);
	v6(44);
	fragment_header(4, 0, true, 9);
	put("\x45payload", 8);
	seal();
	assert_int_equal(decode(&bench), IP_FRAGMENT);
	v6(44);
	fragment_header(4, 8, false, 9);
	put("\x45payload", 8);
	seal();
	assert_int_equal(decode(&bench), IP_UNKNOWN);
	bench_end(&bench);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_tunnels_in_tunnels),
		cmocka_unit_test(test_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
