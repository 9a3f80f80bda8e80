/* BPF expressions over frames of several link types. */
#include "base/table.h"
#include "wire/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
	ETHERNET = 1,
	RAW = 12,
	SLL = 113,
	USB = 220,                      /* carries no IP */
	BLUETOOTH = 187,
};

static const char smtp[] =
	"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"
	"\x45\0\0\x28\0\1\0\0\x40\6\0\0\xC0\0\2\1\xC0\0\2\2"
	"\x9C\x41\0\x19\0\0\0\1\0\0\0\2\x50\x10\2\0\0\0\0\0";

/* The same packet as another link type frames it. */
static struct frame
framed(int link_type)
{
	static uint8_t cooked[16 + sizeof(smtp)];
	struct span whole = span_from(smtp, sizeof(smtp) - 1), packet = span_after(whole, 14);
	struct frame frame = { .link_type = link_type, .bytes = whole };

	if (link_type == SLL) {
		cooked[14] = 0x08;
		memcpy(cooked + 16, packet.at, packet.len);
		frame.bytes = span_from(cooked, 16 + packet.len);
	} else if (link_type == RAW) {
		frame.bytes = packet;
	}
	frame.wire_len = (uint32_t)frame.bytes.len;
	return frame;
}

static void
test_each_link_type(void **state)
{
	static const struct {
		const char *expression;
		int         link_type;
		bool        passes;
	} cases[] = {
		{ "tcp port 25", ETHERNET, true }, { "tcp port 25", SLL, true }, { "tcp port 25", RAW, true },
		{ "tcp port 80", ETHERNET, false }, { "tcp port 80", SLL, false }, { "tcp port 80", RAW, false },
		{ "", ETHERNET, true }, { "", SLL, true }, { "", RAW, true },
		/* makes no sense there */
		{ "tcp port 25", USB, false }, { "ether host 02:00:00:00:00:02", RAW, false },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct frame frame = framed(cases[i].link_type);
		struct filter *filter;
		struct status status = filter_new(cases[i].expression, ETHERNET, "x", &filter);

		assert_true(status_is_ok(&status));
		for (int twice = 0; twice < 2; twice++)
			if (filter_passes(filter, &frame) != cases[i].passes)
				fail_msg("\"%s\" on link type %d", cases[i].expression, cases[i].link_type);
		filter_free(&filter);
		assert_null(filter);
	}
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *expression;
		int         link_type;
	} cases[] = {
		{ "tcp prot 25", ETHERNET }, { "host", ETHERNET }, { "(", ETHERNET },
		{ "ether host 02:00:00:00:00:02", RAW }, { "ip", BLUETOOTH },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct filter *filter;
		struct status status = filter_new(cases[i].expression, cases[i].link_type, "in.pcap", &filter);

		if (status.code != STATUS_USAGE || strstr(status.message, "in.pcap: filter \"") != status.message)
			fail_msg("\"%s\": %s", cases[i].expression, status.message);
		assert_non_null(strstr(status.message, cases[i].expression));
		assert_null(filter);
	}
}

/* More link types than there is room for: those beyond pass nothing, the others stay as they were. */
static void
test_many_link_types(void **state)
{
	struct frame frame = framed(ETHERNET);
	struct filter *filter;
	struct status status = filter_new("greater 1", ETHERNET, "x", &filter);

	(void)state;
	assert_true(status_is_ok(&status));
	for (int type = 200; type < 300; type++) {
		frame.link_type = type;
		filter_passes(filter, &frame);
	}
	frame.link_type = SLL;
	assert_false(filter_passes(filter, &frame));
	frame.link_type = ETHERNET;
	assert_true(filter_passes(filter, &frame));
	filter_free(&filter);
	filter_free(&filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_link_type),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_many_link_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
