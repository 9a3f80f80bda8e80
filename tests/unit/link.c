/* From frames of every link type to the IP packet in them. */
#include "base/table.h"
#include "wire/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MACS "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02"
#define SLL "\x00\x00\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"
#define SLL2_REST "\x00\x00\x00\x00\x00\x02\x00\x01\x00\x06\x02\x00\x00\x00\x00\x01\x00\x00"
#define TAG_1 "\x81\x00\x00\x07"
#define LABEL "\x00\x01\x00\x40"
#define LABELS_8 LABEL LABEL LABEL LABEL LABEL LABEL LABEL LABEL
#define LAST "\x00\x02\x01\x40"
#define SESSION "\x11\x00\x00\x05\x00\x0a"
#define SNAP "\xaa\xaa\x03\x00\x00\x00"
#define FILL_16 "0123456789abcdef"
#define WIRELESS(kind, flags) kind flags "\x00\x00" MACS "\x02\x00\x00\x00\x00\x03\x00\x00"
#define FRAME(header) header "\x45payload", sizeof(header "\x45payload") - 1

enum {
	PACKET = 8,             /* length of what FRAME puts behind the header */
};

static const struct {
	int              link_type;
	const char      *bytes;
	size_t           len;
	enum link_result result;
	uint32_t         vlan;
} cases[] = {
	{ 1, FRAME(MACS "\x08\x00"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x86\xdd"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x08\x06"), LINK_OTHER, 0 },           /* ARP */
	{ 1, FRAME(MACS "\x88\xcc"), LINK_OTHER, 0 },           /* LLDP */
	{ 1, FRAME(MACS "\x00\x26\x42\x42\x03"), LINK_OTHER, 0 },       /* 802.3, LLC */
	{ 1, FRAME(MACS "\x05\xdc"), LINK_OTHER, 0 },
	{ 1, MACS "\x08", 13, LINK_SHORT, 0 },
	{ 1, "", 0, LINK_SHORT, 0 },
	/* one tag, with priority bits; two; three: the outermost and the innermost count */
	{ 1, FRAME(MACS "\x81\x00\x00\x64\x08\x00"), LINK_IP, 100 },
	{ 1, FRAME(MACS "\x81\x00\xe0\x64\x08\x00"), LINK_IP, 100 },
	{ 1, FRAME(MACS "\x91\x00\x0f\xff\x86\xdd"), LINK_IP, 0xFFF },
	{ 1, FRAME(MACS "\x88\xa8\x00\x02\x81\x00\x00\x03\x08\x00"), LINK_IP, 0x20003 },
	{ 1, FRAME(MACS "\x88\xa8\x00\x02\x88\xa8\x00\x09\x81\x00\x00\x03\x08\x00"), LINK_IP,
	  0x20003 },
	/* a priority tag names no network */
	{ 1, FRAME(MACS "\x81\x00\x60\x00\x08\x00"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x88\xa8\x00\x02\x81\x00\x00\x00\x08\x00"), LINK_IP, 2 },
	{ 1, FRAME(MACS "\x81\x00\x00\x64\x08\x06"), LINK_OTHER, 0 },
	{ 1, MACS "\x81\x00\x00\x64\x08", 17, LINK_SHORT, 0 },
	{ 1, MACS "\x81\x00\x00\x64\x81\x00\x00", 19, LINK_SHORT, 0 },
	/* as many tags as are followed, and one more */
	{ 1, FRAME(MACS TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 "\x08\x00"), LINK_IP,
	  0x70007 },
	{ 1, FRAME(MACS TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 TAG_1 "\x08\x00"),
	  LINK_UNKNOWN, 0 },
	/* IEEE 802.3 with SNAP, of both organisations; of a maker's own; cut */
	{ 1, FRAME(MACS "\x00\x10" SNAP "\x08\x00"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x00\x10\xaa\xaa\x03\x00\x00\xf8\x86\xdd"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x81\x00\x00\x64\x00\x10" SNAP "\x08\x00"), LINK_IP, 100 },
	{ 1, FRAME(MACS "\x00\x10\xaa\xaa\x03\x00\x00\x0c\x20\x00"), LINK_OTHER, 0 },
	{ 1, MACS "\x00\x10" "\xaa\xaa\x03\x00\x00\x00\x08", 21, LINK_OTHER, 0 },
	/* IEEE 802.11: to the network and from it, over the air, with quality of service, high throughput */
	{ 105, FRAME(WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_IP, 0 },
	{ 105, FRAME(WIRELESS("\x08", "\x02") SNAP "\x86\xdd"), LINK_IP, 0 },
	{ 105, FRAME(WIRELESS("\x08", "\x03") "\x02\x00\x00\x00\x00\x04" SNAP "\x08\x00"), LINK_IP, 0 },
	{ 105, FRAME(WIRELESS("\x88", "\x01") "\x00\x00" SNAP "\x08\x00"), LINK_IP, 0 },
	{ 105, FRAME(WIRELESS("\x88", "\x81") "\x00\x00\x01\x02\x03\x04" SNAP "\x08\x00"), LINK_IP, 0 },
	{ 105, FRAME(WIRELESS("\x08", "\x01") SNAP "\x08\x06"), LINK_OTHER, 0 },
	{ 105, FRAME(WIRELESS("\x48", "\x01") SNAP "\x08\x00"), LINK_OTHER, 0 },        /* without contents */
	{ 105, FRAME(WIRELESS("\x80", "\x00") SNAP "\x08\x00"), LINK_OTHER, 0 },        /* a beacon */
	{ 105, "\xd4\x00\x00\x00\x02\x00\x00\x00\x00\x01", 10, LINK_OTHER, 0 },       /* an acknowledgement */
	{ 105, FRAME(WIRELESS("\x08", "\x41") SNAP "\x08\x00"), LINK_UNKNOWN, 0 },      /* encrypted */
	{ 105, FRAME(WIRELESS("\x08", "\x05") SNAP "\x08\x00"), LINK_UNKNOWN, 0 },      /* a fragment */
	{ 105, FRAME(WIRELESS("\x88", "\x01") "\x80\x00" SNAP "\x08\x00"), LINK_UNKNOWN, 0 },
	{ 105, WIRELESS("\x08", "\x01") SNAP "\x08", 31, LINK_SHORT, 0 },
	{ 105, "\x08", 1, LINK_SHORT, 0 },
	/* what a radio tells before it: nothing; a timer, flags, a filled-up 802.11 header; a length that lies */
	{ 127, FRAME("\x00\x00\x08\x00\x00\x00\x00\x00" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_IP, 0 },
	{ 127, FRAME("\x00\x00\x1c\x00\x03\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00timetime\x20zzz"
		WIRELESS("\x88", "\x01") "\x00\x00zz" SNAP "\x08\x00"), LINK_IP, 0 },
	{ 127, FRAME("\x00\x00\x07\x00\x00\x00\x00\x00" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_OTHER, 0 },
	{ 127, FRAME("\x00\x00\xff\xff\x00\x00\x00\x00" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_SHORT, 0 },
	{ 127, FRAME("\x00\x00\x09\x00\x02\x00\x00\x80\x20" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_IP, 0 },
	{ 119, FRAME("\x80\x21\x10\x01\x00\x00\x00\x0c" "0123" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_IP, 0 },
	{ 163, FRAME("\x80\x21\x10\x01\x00\x00\x00\x0c" "0123" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_IP, 0 },
	{ 163, FRAME("\x80\x21\x10\x01\xff\xff\xff\xff" "0123" WIRELESS("\x08", "\x01") SNAP "\x08\x00"),
	  LINK_SHORT, 0 },
	{ 119, FRAME("\x44\x00\x00\x00\x90\x00\x00\x00" FILL_16 FILL_16 FILL_16 FILL_16 FILL_16 FILL_16 FILL_16 FILL_16
		"01234567" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_IP, 0 },
	{ 192, FRAME("\x00\x00\x08\x00\x69\x00\x00\x00" WIRELESS("\x08", "\x01") SNAP "\x08\x00"), LINK_IP, 0 },
	{ 192, FRAME("\x00\x00\x08\x00\x01\x00\x00\x00" MACS "\x08\x00"), LINK_UNKNOWN, 0 },
	/* rings, one with the way that the frame took */
	{ 6, FRAME("\x10\x40" MACS SNAP "\x08\x00"), LINK_IP, 0 },
	{ 6, FRAME("\x10\x40\x02\x00\x00\x00\x00\x01\x82\x00\x00\x00\x00\x02\x04\x00\x01\x02" SNAP "\x08\x00"),
	  LINK_IP, 0 },
	{ 6, "\x10\x40" MACS, 14, LINK_SHORT, 0 },
	{ 10, FRAME("\x50" MACS SNAP "\x08\x00"), LINK_IP, 0 },
	{ 10, FRAME("\x43" MACS SNAP "\x08\x00"), LINK_OTHER, 0 },
	/* ATM, routed and bridged; frame relay; FireWire; SLIP */
	{ 11, FRAME(SNAP "\x08\x00"), LINK_IP, 0 },
	{ 100, FRAME("\xaa\xaa\x03\x00\x80\xc2\x00\x07\x00\x00" MACS "\x08\x00"), LINK_IP, 0 },
	{ 100, FRAME("\xaa\xaa\x03\x00\x80\xc2\x00\x0e\x00\x00" MACS "\x08\x00"), LINK_OTHER, 0 },
	{ 107, FRAME("\x18\x41\x03\xcc"), LINK_IP, 0 },
	{ 107, FRAME("\x18\x41\x08\x00"), LINK_IP, 0 },
	{ 107, FRAME("\x18\x41\x03\x81"), LINK_OTHER, 0 },
	{ 107, FRAME("\x18\x40\x03\xcc"), LINK_UNKNOWN, 0 },
	{ 138, FRAME("0123456789abcdef\x08\x00"), LINK_IP, 0 },
	{ 8, FRAME(FILL_16), LINK_IP, 0 },
	{ 8, "short", 5, LINK_SHORT, 0 },
	/* packet filters */
	{ 117, FRAME("\x3d\x02\x00\x00" FILL_16 FILL_16 FILL_16 "0123456789ab"), LINK_IP, 0 },
	{ 117, FRAME("\x04\x02\x00\x00"), LINK_OTHER, 0 },
	{ 109, FRAME("\x02\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"), LINK_IP, 0 },
	{ 239, FRAME("\x02\x00\x00\x01\x05\x00\x0a\x00\x00zzz\x0c\x00\x09\x00"), LINK_IP, 0 },
	{ 239, FRAME("\x02\x00\x00\x01\x00\x00\x09\x00"), LINK_OTHER, 0 },
	{ 239, "\x02\x00\x00\x01\x08\x00\x01\x00zzzz", 12, LINK_SHORT, 0 },
	{ 147, FRAME(MACS "\x08\x00"), LINK_UNKNOWN, 0 },
	/* Linux cooked 1 and 2 */
	{ 113, FRAME(SLL "\x08\x00"), LINK_IP, 0 },
	{ 113, FRAME(SLL "\x86\xdd"), LINK_IP, 0 },
	{ 113, FRAME(SLL "\x81\x00\x00\x64\x08\x00"), LINK_IP, 100 },
	{ 113, FRAME(SLL "\x00\x04"), LINK_OTHER, 0 },
	{ 113, SLL "\x08", 15, LINK_SHORT, 0 },
	{ 276, FRAME("\x08\x00" SLL2_REST), LINK_IP, 0 },
	{ 276, FRAME("\x86\xdd" SLL2_REST), LINK_IP, 0 },
	{ 276, FRAME("\x08\x06" SLL2_REST), LINK_OTHER, 0 },
	{ 276, "\x08\x00" SLL2_REST, 19, LINK_SHORT, 0 },
	/* loopback: either byte order, every system's number of IPv6 */
	{ 0, FRAME("\x02\x00\x00\x00"), LINK_IP, 0 },
	{ 0, FRAME("\x00\x00\x00\x02"), LINK_IP, 0 },
	{ 0, FRAME("\x1e\x00\x00\x00"), LINK_IP, 0 },
	{ 0, FRAME("\x00\x00\x00\x18"), LINK_IP, 0 },
	{ 0, FRAME("\x1c\x00\x00\x00"), LINK_IP, 0 },
	{ 0, FRAME("\x0a\x00\x00\x00"), LINK_IP, 0 },
	{ 0, FRAME("\x17\x00\x00\x00"), LINK_IP, 0 },
	{ 0, FRAME("\x07\x00\x00\x00"), LINK_OTHER, 0 },
	{ 0, FRAME("\x02\x00\x00\x02"), LINK_OTHER, 0 },
	{ 0, "\x02\x00\x00", 3, LINK_SHORT, 0 },
	{ 0, "\x02\x00\x00\x00", 4, LINK_SHORT, 0 },
	{ 108, FRAME("\x00\x00\x00\x02"), LINK_IP, 0 },
	{ 108, FRAME("\x00\x00\x00\x18"), LINK_IP, 0 },
	/* raw IP under all its numbers */
	{ 12, FRAME(""), LINK_IP, 0 },
	{ 14, FRAME(""), LINK_IP, 0 },
	{ 101, FRAME(""), LINK_IP, 0 },
	{ 228, FRAME(""), LINK_IP, 0 },
	{ 229, "\x60payload", 8, LINK_IP, 0 },
	{ 101, "\x50payload", 8, LINK_OTHER, 0 },
	{ 101, "", 0, LINK_SHORT, 0 },
	/* MPLS: one label, three, multicast, behind a tag, none that is the last, too many, cut */
	{ 1, FRAME(MACS "\x88\x47" LAST), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x88\x47" LABEL LABEL LAST), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x88\x48" LAST), LINK_IP, 0 },
	{ 1, FRAME(MACS TAG_1 "\x88\x47" LAST), LINK_IP, 7 },
	{ 1, MACS "\x88\x47" LABEL LABEL, 22, LINK_SHORT, 0 },
	{ 1, MACS "\x88\x47" LAST, 18, LINK_SHORT, 0 },
	{ 1, FRAME(MACS "\x88\x47" LABELS_8 LABELS_8 LAST), LINK_UNKNOWN, 0 },
	{ 219, FRAME(LAST), LINK_IP, 0 },
	/* ... and Ethernet in it, with a control word and without; the network is that of the inner frame */
	{ 1, FRAME(MACS TAG_1 "\x88\x47" LAST "\0\0\0\0" MACS "\x08\x00"), LINK_IP, 0 },
	{ 1, FRAME(MACS TAG_1 "\x88\x47" LAST "\0\0\0\0" MACS "\x81\x00\x00\x09\x08\x00"), LINK_IP, 9 },
	{ 1, FRAME(MACS "\x88\x47" LAST MACS "\x08\x00"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x88\x47" LAST MACS "\x08\x06"), LINK_UNKNOWN, 0 },
	{ 1, FRAME(MACS "\x88\x47" LAST "\x10\x00\x00\x00" MACS "\x08\x00"), LINK_UNKNOWN, 0 },
	/* ... in Ethernet in MPLS in Ethernet, as deep as anybody goes and deeper */
	{ 1, FRAME(MACS "\x88\x47" LAST MACS "\x88\x47" LAST MACS "\x88\x47" LAST MACS "\x08\x00"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x88\x47" LAST MACS "\x88\x47" LAST MACS "\x88\x47" LAST MACS "\x88\x47" LAST MACS
	           "\x08\x00"), LINK_UNKNOWN, 0 },
	/* PPPoE: a session's IPv4, IPv6, link control, nothing; discovery */
	{ 1, FRAME(MACS "\x88\x64" SESSION "\x00\x21"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x88\x64" SESSION "\x00\x57"), LINK_IP, 0 },
	{ 1, FRAME(MACS "\x88\x64" SESSION "\xc0\x21"), LINK_OTHER, 0 },
	{ 1, MACS "\x88\x64" SESSION "\x00", 21, LINK_SHORT, 0 },
	{ 1, FRAME(MACS "\x88\x63" SESSION), LINK_OTHER, 0 },
	{ 51, FRAME(SESSION "\x00\x21"), LINK_IP, 0 },
	/* PPP: with and without address and control, a short number, MPLS, compressed, encrypted; behind a direction */
	{ 9, FRAME("\xff\x03\x00\x21"), LINK_IP, 0 },
	{ 9, FRAME("\x00\x57"), LINK_IP, 0 },
	{ 9, FRAME("\xff\x03\x21"), LINK_IP, 0 },
	{ 9, FRAME("\x02\x81" LAST), LINK_IP, 0 },
	{ 9, FRAME("\x80\x21"), LINK_OTHER, 0 },
	{ 9, FRAME("\x00\x2d"), LINK_UNKNOWN, 0 },
	{ 9, FRAME("\x00\xfd"), LINK_UNKNOWN, 0 },
	{ 9, FRAME("\x00\x53"), LINK_UNKNOWN, 0 },
	{ 9, "\xff\x03\x00", 3, LINK_SHORT, 0 },
	{ 50, FRAME("\xff\x03\x00\x21"), LINK_IP, 0 },
	{ 50, FRAME("\x0f\x00\x08\x00"), LINK_IP, 0 },
	{ 104, FRAME("\x8f\x00\x86\xdd"), LINK_IP, 0 },
	{ 104, FRAME("\x0f\x00\x80\x35"), LINK_OTHER, 0 },      /* Cisco's keepalive */
	{ 166, FRAME("\x01\x00\x21"), LINK_IP, 0 },
	{ 204, FRAME("\x00\xff\x03\x00\x21"), LINK_IP, 0 },
	{ 204, "", 0, LINK_SHORT, 0 },
	/* a number that nobody has */
	{ -1, FRAME(MACS "\x08\x00"), LINK_UNKNOWN, 0 },
};

/* The frame in memory of its own size, so that a read past its end is found out. */
static struct span
own_copy(const char *bytes, size_t len)
{
	uint8_t *at = malloc(len > 0 ? len : 1);

	assert_non_null(at);
	memcpy(at, bytes, len);
	return span_from(at, len);
}

static void
test_every_link_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct frame frame = {
			.link_type = cases[i].link_type,
			.wire_len = (uint32_t)cases[i].len + 100,
			.bytes = own_copy(cases[i].bytes, cases[i].len),
		};
		struct link link;

		if (link_decode(&frame, &link) != cases[i].result)
			fail_msg("case %zu", i);
		if (cases[i].result == LINK_IP) {
			assert_int_equal(link.packet.len, PACKET);
			assert_ptr_equal(link.packet.at, frame.bytes.at + cases[i].len - PACKET);
			assert_int_equal(link.wire_len, PACKET + 100);
			assert_int_equal(link.vlan, cases[i].vlan);
		} else {
			assert_int_equal(link.packet.len, 0);
		}
		free((void *)(uintptr_t)frame.bytes.at);
	}
}

/* Cut anywhere, a frame is short or has less packet: nothing behind the cut is read. */
static void
test_every_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++)
		for (size_t len = 0; len < cases[i].len; len++) {
			struct frame frame = {
				.link_type = cases[i].link_type,
				.wire_len = (uint32_t)cases[i].len,
				.bytes = own_copy(cases[i].bytes, len),
			};
			struct link link;

			if (link_decode(&frame, &link) == LINK_IP)
				assert_true(link.packet.len <= link.wire_len);
			free((void *)(uintptr_t)frame.bytes.at);
		}
}

/* A file may state a length on the wire that is less than what it holds. */
static void
test_wire_length_lies(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 13, 21 };
	static const char bytes[] = MACS "\x08\x00\x45payload";

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(lengths); i++) {
		struct frame frame = {
			.link_type = 1,
			.wire_len = lengths[i],
			.bytes = span_from(bytes, sizeof(bytes) - 1),
		};
		struct link link;

		assert_int_equal(link_decode(&frame, &link), LINK_IP);
		assert_int_equal(link.wire_len, PACKET);
	}
}

/* The sender's address, as the link header has it. */
static void
test_senders(void **state)
{
	static const struct {
		int         link_type;
		const char *bytes;
		size_t      len;
		const char *source;
		size_t      source_len;
	} senders[] = {
		{ 1, FRAME(MACS "\x08\x00"), "\x02\x00\x00\x00\x00\x02", 6 },
		{ 1, FRAME(MACS "\x81\x00\x00\x64\x08\x00"), "\x02\x00\x00\x00\x00\x02", 6 },
		{ 113, FRAME(SLL "\x08\x00"), "\x02\x00\x00\x00\x00\x01", 6 },
		{ 1, FRAME("\x02\0\0\0\0\x01\x02\0\0\0\0\x09\x88\x47" LAST MACS "\x08\x00"), "\x02\0\0\0\0\x02", 6 },
		{ 113, FRAME("\0\0\3\4\0\0\0\0\0\0\0\0\0\0\x08\0"), "", 0 },
		{ 113, FRAME("\0\0\3\4\0\xFF\0\0\0\0\0\0\0\0\x08\0"), "", 0 },
		{ 276, FRAME("\x08\x00" SLL2_REST), "\x02\x00\x00\x00\x00\x01", 6 },
		{ 101, FRAME(""), "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(senders); i++) {
		struct frame frame = { .link_type = senders[i].link_type, .wire_len = (uint32_t)senders[i].len,
			.bytes = span_from(senders[i].bytes, senders[i].len) };
		struct link link;

		assert_int_equal(link_decode(&frame, &link), LINK_IP);
		if (!span_equal(link.source, span_from(senders[i].source, senders[i].source_len)))
			fail_msg("case %zu: %zu bytes", i, link.source.len);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_senders),
		cmocka_unit_test(test_every_link_type),
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_wire_length_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
