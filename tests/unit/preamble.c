/* What a proxy says before the dialogue: PROXY protocol 1 and 2, SOCKS 4 and 5 (RFC 1928, RFC 1929), HTTP CONNECT
 * (RFC 9110, section 9.3.6).  Every case is looked at with every number of bytes of either side. */
#include "base/table.h"
#include "engine/preamble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(text) { (const uint8_t *)(text), sizeof(text) - 1 }

/* The preamble of each side without what follows it. */
static const struct {
	const char *name, *kind;
	struct span client, server;
} preambles[] = {
	{ "PROXY over IPv4", "PROXY protocol 1",
	  BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 40001 25\r\n"), BYTES("") },
	{ "PROXY over IPv6", "PROXY protocol 1",
	  BYTES("PROXY TCP6 2001:db8::1 2001:db8::2 40001 25\r\n"), BYTES("") },
	{ "PROXY of a health check", "PROXY protocol 1", BYTES("PROXY UNKNOWN\r\n"), BYTES("") },
	{ "the longest PROXY line", "PROXY protocol 1",
	  BYTES("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
	  BYTES("") },
	{ "PROXY 2 over IPv4", "PROXY protocol 2",
	  BYTES("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C\xC0\0\2\1\xC0\0\2\2\x9C\x41\0\x19"), BYTES("") },
	{ "PROXY 2 with more behind the addresses", "PROXY protocol 2",
	  BYTES("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x13\xC0\0\2\1\xC0\0\2\2\x9C\x41\0\x19\4\0\4abcd"),
	  BYTES("") },
	{ "PROXY 2 of a health check", "PROXY protocol 2", BYTES("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"),
	  BYTES("") },
	{ "SOCKS 5 to an address", "SOCKS 5", BYTES("\5\1\0\5\1\0\1\xC0\0\2\2\0\x19"),
	  BYTES("\5\0\5\0\0\1\0\0\0\0\0\0") },
	{ "SOCKS 5 to a name", "SOCKS 5", BYTES("\5\2\0\2\5\1\0\3\x0Bmx.ex.local\0\x19"),
	  BYTES("\5\0\5\0\0\3\x02ok\x04\0") },
	{ "SOCKS 5 to an IPv6 address", "SOCKS 5",
	  BYTES("\5\1\0\5\1\0\4\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\2\0\x19"),
	  BYTES("\5\0\5\0\0\4\x20\1\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\3\0\x19") },
	{ "SOCKS 5 with a login", "SOCKS 5", BYTES("\5\1\2\1\5alice\3pwd\5\1\0\1\xC0\0\2\2\0\x19"),
	  BYTES("\5\2\1\0\5\0\0\1\0\0\0\0\0\0") },
	{ "SOCKS 4", "SOCKS 4", BYTES("\4\1\0\x19\xC0\0\2\2alice\0"), BYTES("\0\x5A\0\0\0\0\0\0") },
	{ "SOCKS 4 without a user", "SOCKS 4", BYTES("\4\1\0\x19\xC0\0\2\2\0"),
	  BYTES("\0\x5A\0\x19\xC0\0\2\2") },
	{ "SOCKS 4a", "SOCKS 4", BYTES("\4\1\0\x19\0\0\0\1alice\0mx.example.org\0"),
	  BYTES("\0\x5A\0\0\0\0\0\0") },
	{ "CONNECT", "HTTP CONNECT",
	  BYTES("CONNECT mx.example.org:25 HTTP/1.1\r\nHost: mx.example.org:25\r\n\r\n"),
	  BYTES("HTTP/1.1 200 Connection established\r\n\r\n") },
	{ "CONNECT of HTTP/1.0", "HTTP CONNECT", BYTES("CONNECT mx.example.org:587 HTTP/1.0\r\n\r\n"),
	  BYTES("HTTP/1.0 200 OK\r\nVia: 1.0 proxy\r\n\r\n") },
};

/* What the two ends say through the proxy. */
static const struct {
	struct span client, server;
} inners[] = {
	{ BYTES(""), BYTES("") },
	{ BYTES("EHLO client.example\r\n"), BYTES("220 mx.example.org ESMTP\r\n") },
	{ BYTES("\x16\3\1\0\x5A\1\0\0\x56\3\3"), BYTES("\x16\3\3\0\x5A\2\0\0\x56\3\3") },
};

static enum preamble
find(struct span client, struct span server, size_t length_r[2], const char **name_r)
{
	struct span heads[2];
	uint8_t *copies[2] = { malloc(client.len + 1), malloc(server.len + 1) };
	enum preamble found;

	assert_non_null(copies[CLIENT]);
	assert_non_null(copies[SERVER]);
	/* one byte in, so that reading in front of them shows as well; none at all is NULL */
	memcpy(copies[CLIENT] + 1, client.at, client.len);
	memcpy(copies[SERVER] + 1, server.at, server.len);
	heads[CLIENT] = client.len > 0 ? span_from(copies[CLIENT] + 1, client.len) : (struct span){ 0 };
	heads[SERVER] = server.len > 0 ? span_from(copies[SERVER] + 1, server.len) : (struct span){ 0 };
	found = preamble_find(heads, length_r, name_r);
	free(copies[CLIENT]);
	free(copies[SERVER]);
	return found;
}

static struct span
joined(uint8_t room[512], struct span a, struct span b)
{
	assert_true(a.len + b.len <= 512);
	memcpy(room, a.at, a.len);
	memcpy(room + a.len, b.at, b.len);
	return span_from(room, a.len + b.len);
}

static void
test_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(preambles); i++)
		for (size_t k = 0; k < TABLE_LENGTH(inners); k++) {
			uint8_t room[2][512];
			size_t length[2];
			const char *name;

			if (find(joined(room[0], preambles[i].client, inners[k].client),
				    joined(room[1], preambles[i].server, inners[k].server), length,
				    &name) != PREAMBLE_FOUND)
				fail_msg("%s: not found", preambles[i].name);
			assert_string_equal(name, preambles[i].kind);
			if (length[CLIENT] != preambles[i].client.len ||
			    length[SERVER] != preambles[i].server.len)
				fail_msg("%s: %zu and %zu bytes", preambles[i].name, length[CLIENT],
					length[SERVER]);
		}
}

/* Any part of it may be one, and is never taken for a whole one. */
static void
test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(preambles); i++)
		for (size_t c = 1; c <= preambles[i].client.len; c++)
			for (size_t s = 0; s <= preambles[i].server.len; s++) {
				size_t length[2];
				const char *name;
				bool whole = c == preambles[i].client.len &&
				             s == preambles[i].server.len;
				enum preamble found = find(span_first(preambles[i].client, c),
					span_first(preambles[i].server, s), length, &name);

				if (found != (whole ? PREAMBLE_FOUND : PREAMBLE_SHORT))
					fail_msg("%s: %d with %zu and %zu bytes",
						preambles[i].name, found, c, s);
			}
}

/* A PROXY header is the client's alone: what the server says meanwhile does not matter. */
static void
test_server_speaks_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(preambles); i++) {
		size_t length[2];
		const char *name;

		if (preambles[i].server.len > 0)
			continue;
		for (size_t c = 1; c <= preambles[i].client.len; c++) {
			enum preamble found = find(span_first(preambles[i].client, c),
				span_of("220 mx.example.org ESMTP\r\n"), length, &name);

			if (found != (c < preambles[i].client.len ? PREAMBLE_SHORT : PREAMBLE_FOUND))
				fail_msg("%s: %d after %zu bytes", preambles[i].name, found, c);
			assert_int_equal(length[SERVER], 0);
		}
	}
}

static const struct {
	const char *name;
	struct span client, server;
} others[] = {
	{ "nothing", BYTES(""), BYTES("") },
	{ "SMTP", BYTES("EHLO client.example\r\n"), BYTES("220 mx.example.org ESMTP\r\n") },
	{ "only a greeting", BYTES(""), BYTES("220 mx.example.org ESMTP\r\n") },
	{ "TLS", BYTES("\x16\3\1\0\x5A\1\0\0\x56"), BYTES("") },
	{ "another word with P", BYTES("PROPFIND / HTTP/1.1\r\n"), BYTES("") },
	{ "PROXY in lower case", BYTES("proxy TCP4 192.0.2.1 192.0.2.2 40001 25\r\n"), BYTES("") },
	{ "a PROXY line without end",
	  BYTES("PROXY TCP4 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaa"),
	  BYTES("") },
	{ "empty lines", BYTES("\r\n\r\n\r\n\r\nEHLO"), BYTES("") },
	{ "SOCKS 5 and a server that is none", BYTES("\5\1\0"), BYTES("220 mx") },
	{ "SOCKS 5, refused", BYTES("\5\1\0\5\1\0\1\xC0\0\2\2\0\x19"), BYTES("\5\0\5\5\0\1\0\0\0\0\0\0") },
	{ "SOCKS 5 with an address of no kind", BYTES("\5\1\0\5\1\0\2\xC0\0\2\2\0\x19"), BYTES("\5\0") },
	{ "SOCKS 5, then another version", BYTES("\5\1\0\4\1\0\1\xC0\0\2\2\0\x19"), BYTES("\5\0") },
	{ "SOCKS 4 and a server that is none", BYTES("\4\1\0\x19\xC0\0\2\2\0"), BYTES("220 mx") },
	{ "SOCKS 4, bind", BYTES("\4\2\0\x19\xC0\0\2\2\0"), BYTES("") },
	{ "CONNECT and a server of another kind", BYTES("CONNECT mx:25 HTTP/1.1\r\n\r\n"), BYTES("220 mx") },
	{ "GET", BYTES("GET / HTTP/1.1\r\n\r\n"), BYTES("HTTP/1.1 200 OK\r\n\r\n") },
};

static void
test_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(others); i++) {
		size_t length[2] = { 9, 9 };
		const char *name;
		enum preamble found = find(others[i].client, others[i].server, length, &name);

		if (found != PREAMBLE_NONE)
			fail_msg("%s: %d", others[i].name, found);
		if (length[CLIENT] != 0 || length[SERVER] != 0)
			fail_msg("%s: lengths", others[i].name);
	}
}

/* A proxy that refuses carries nothing: what follows its words is no dialogue behind a preamble. */
static void
test_refusals(void **state)
{
	static const struct {
		const char *name;
		struct span client, server;
	} refusals[] = {
		{ "SOCKS 4", BYTES("\4\1\0\x19\xC0\0\2\2\0"), BYTES("\0\x5B\0\0\0\0\0\0") },
		{ "CONNECT", BYTES("CONNECT mx:25 HTTP/1.1\r\n\r\n"),
		  BYTES("HTTP/1.1 403 Forbidden\r\n\r\n") },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(refusals); i++) {
		size_t length[2];
		const char *name;

		if (find(refusals[i].client, refusals[i].server, length, &name) == PREAMBLE_FOUND)
			fail_msg("%s: found", refusals[i].name);
	}
}

static uint32_t
fill(uint8_t *bytes, size_t len, uint32_t seed, uint8_t mask)
{
	for (size_t i = 0; i < len; i++) {
		seed = seed * 1664525 + 1013904223;
		bytes[i] = (uint8_t)(seed >> 24) & mask;
	}
	return seed;
}

/* Any bytes at all behind a beginning that fits: never beyond what is there. */
static void
test_random(void **state)
{
	static const struct span starts[] = { BYTES("PROXY "), BYTES("\r\n\r\n\0\r\nQUIT\n"), BYTES("\5"),
		BYTES("\5\1\2"), BYTES("\4\1"), BYTES("CONNECT ") };
	uint32_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint8_t client[64], server[32];
		size_t length[2], start = starts[round % TABLE_LENGTH(starts)].len;
		const char *name;
		enum preamble found;

		seed = fill(client, sizeof(client), seed, round % 3 ? 0xFF : 7);
		seed = fill(server, sizeof(server), seed, round % 3 ? 0xFF : 7);
		memcpy(client, starts[round % TABLE_LENGTH(starts)].at, start);
		found = find(span_from(client, start + (seed >> 8) % (64 - start)),
			span_from(server, (seed >> 16) % 32), length, &name);
		if (found == PREAMBLE_FOUND)
			assert_true(length[CLIENT] <= 64 && length[SERVER] <= 32);
	}
}

/* What is said of each, in the order of preambles[]; a login is not. */
static const char *const said[] = {
	"PROXY protocol 1, from 192.0.2.1 port 40001 to 192.0.2.2 port 25",
	"PROXY protocol 1, from 2001:db8::1 port 40001 to 2001:db8::2 port 25",
	"PROXY protocol 1",
	"PROXY protocol 1",
	"PROXY protocol 2, from 192.0.2.1 port 40001 to 192.0.2.2 port 25",
	"PROXY protocol 2, from 192.0.2.1 port 40001 to 192.0.2.2 port 25",
	"PROXY protocol 2",
	"SOCKS 5, to 192.0.2.2 port 25",
	"SOCKS 5, to mx.ex.local port 25",
	"SOCKS 5, to 2001:db8::2 port 25",
	"SOCKS 5, to 192.0.2.2 port 25",
	"SOCKS 4, to 192.0.2.2 port 25",
	"SOCKS 4, to 192.0.2.2 port 25",
	"SOCKS 4",
	"HTTP CONNECT, to mx.example.org:25",
	"HTTP CONNECT, to mx.example.org:587",
};

static void
test_said(void **state)
{
	(void)state;
	assert_int_equal(TABLE_LENGTH(said), TABLE_LENGTH(preambles));
	for (size_t i = 0; i < TABLE_LENGTH(preambles); i++) {
		struct buffer out = { 0 };

		preamble_say(preambles[i].kind, preambles[i].client, &out);
		if (!span_equal(buffer_span(&out), span_of(said[i])))
			fail_msg("%s: %.*s", preambles[i].name, (int)out.len, (const char *)out.at);
		buffer_free(&out);
	}
}

/* Bytes that lie give less, never more than there is. */
static void
test_said_of_lies(void **state)
{
	static const struct {
		const char *kind;
		struct span head;
		const char *text;
	} lies[] = {
		{ "PROXY protocol 1", BYTES("PROXY TCP4 192.0.2.1 192.0.2.2 40001 65536\r\n"), "PROXY protocol 1" },
		{ "PROXY protocol 1", BYTES("PROXY TCP4 here there 1 2\r\n"), "PROXY protocol 1" },
		{ "PROXY protocol 1", BYTES("PROXY TCP4\r\n"), "PROXY protocol 1" },
		{ "PROXY protocol 2", BYTES("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\4\xC0\0\2\1"), "PROXY protocol 2" },
		{ "PROXY protocol 2", BYTES("\r\n\r\n\0\r\nQUIT\n\x21\x31\0\4\xC0\0\2\1"), "PROXY protocol 2" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(lies); i++) {
		struct buffer out = { 0 };

		preamble_say(lies[i].kind, lies[i].head, &out);
		if (!span_equal(buffer_span(&out), span_of(lies[i].text)))
			fail_msg("case %zu: %.*s", i, (int)out.len, (const char *)out.at);
		buffer_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_said),
		cmocka_unit_test(test_said_of_lies),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_server_speaks_first),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
