/* Two vantages beside each other: which sessions are the same, and which lines differ.
 *
 * A session is a list of words: at N (ms), client N and server N (last octet and port), seq N (both initial numbers),
 * random WORD, queue WORD, name WORD, domain WORD, recipients N, bytes N, does VERB,VERB; a semicolon ends it.  A line
 * is its side, a mark and its text; marks: `:` said, `+` of the list, `=` a body, `!` a gap, `~` TLS, `>` a hello, and
 * `@` certificates; where there is a hello, both vantages show the same handshake. */
#include "base/table.h"
#include "rules/compare.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum {
	SESSIONS_MOST = 64,
	LINES_MOST = 700,
};

/* Sessions ------------------------------------------------------------------------------------- */

static struct endpoint
end_of(uint64_t number, uint16_t port)
{
	struct endpoint end = { .port = port };

	end.address.octets[15] = (uint8_t)number;
	return end;
}

static void
set(struct vantage_session *session, struct span word, struct span value)
{
	const struct {
		const char  *word;
		struct span *text;
	} texts[] = {
		{ "random", &session->client_random }, { "queue", &session->queue_id },
		{ "name", &session->client_name }, { "domain", &session->sender_domain },
		{ "does", &session->commands }, { "greets", &session->greeting }, { "speaks", &session->protocol },
	};
	uint64_t number = 0;

	for (size_t i = 0; i < TABLE_LENGTH(texts); i++)
		if (span_is(word, texts[i].word)) {
			*texts[i].text = value;
			return;
		}
	assert_true(span_number(value, &number));
	if (span_is(word, "at"))
		session->started_ns = (int64_t)number * 1000000;
	else if (span_is(word, "client"))
		session->client = end_of(number, (uint16_t)(40000 + number));
	else if (span_is(word, "server"))
		session->server = end_of(number, 25);
	else if (span_is(word, "seq"))
		session->initial_sequence[CLIENT] = session->initial_sequence[SERVER] = (uint32_t)number;
	else if (span_is(word, "recipients"))
		session->recipients = (uint32_t)number;
	else if (span_is(word, "bytes"))
		session->content_bytes = number;
	else
		fail_msg("no such word");
}

/* The verbs stand with commas in the script. */
static struct span
without_commas(struct arena *arena, struct span text)
{
	struct span copy = arena_copy(arena, text);
	uint8_t *at = (uint8_t *)(uintptr_t)copy.at;

	for (size_t i = 0; i < copy.len; i++)
		if (at[i] == ',')
			at[i] = ' ';
	return copy;
}

static size_t
read_sessions(struct arena *arena, const char *script, struct vantage_session *sessions)
{
	struct span rest = span_of(script), word, value;
	size_t count = 0;
	bool open = false;

	while (span_take_word(&rest, &word)) {
		if (span_is(word, ";")) {
			open = false;
			continue;
		}
		assert_true(span_take_word(&rest, &value));
		if (!open) {
			assert_true(count < SESSIONS_MOST);
			sessions[count] = (struct vantage_session){ .id = (int64_t)count + 1,
				.protocol = span_of("smtp") };
			count++;
		}
		open = true;
		set(&sessions[count - 1], word, without_commas(arena, value));
	}
	return count;
}

#define RELAY "name relay domain example.org recipients 1 bytes 500 does EHLO,MAIL,RCPT,DATA,QUIT"

static const struct match_case {
	const char *name;
	const char *sessions[2];
	const char *pairs;              /* "first-second:key+weak", in order */
	int64_t     skew_ms, deviation_ms;
} match_cases[] = {
	{ "nothing", { "", "" }, "", 0, 0 },
	{ "one vantage is empty", { "at 0 client 1", "" }, "", 0, 0 },
	{ "the ClientHello's random", { "at 5 client 1 random aa", "at 905 client 9 random aa" }, "1-1:0+0 ", 900, 0 },
	{ "addresses and sequence numbers", { "at 0 client 1 server 2 seq 7", "at 1 client 1 server 2 seq 7" },
		"1-1:1+0 ", 1, 0 },
	{ "sequence numbers behind NAT", { "at 0 client 1 server 2 seq 7", "at 1 client 8 server 2 seq 7" },
		"1-1:2+0 ", 1, 0 },
	{ "a number that is not known is none", { "at 0 client 1", "at 0 client 8" }, "", 0, 0 },
	{ "the name of the message", { "at 0 client 1 seq 7 queue 4F1A", "at 0 client 8 seq 8 queue 4F1A" },
		"1-1:3+0 ", 0, 0 },
	{ "the surest key first", { "at 0 random aa queue Q1 ; at 1 queue Q1", "at 0 queue Q1 ; at 0 random aa" },
		"1-2:0+0 2-1:3+0 ", -1, 0 },
	{ "three things that agree", { "at 0 client 1 server 2 " RELAY, "at 3 client 1 server 2 name relay" },
		"1-1:5+3 ", 3, 0 },
	/* near-miss: downgrade-two-vantage-diff two-keys */
	{ "two are too few", { "at 0 client 1 server 2", "at 3 client 1 server 2" }, "", 0, 0 },
	{ "few commands are alike everywhere", { "at 0 client 1 server 2 name relay does EHLO,QUIT",
		"at 3 client 8 server 2 name relay does EHLO,QUIT" }, "", 0, 0 },
	{ "their order counts", { "at 0 client 1 server 2 name relay does EHLO,MAIL,QUIT",
		"at 3 client 8 server 2 name relay does EHLO,MAIL,QUIT" }, "1-1:5+3 ", 3, 0 },
	/* near-miss: downgrade-two-vantage-diff other-session */
	{ "another message of the same relay", { "at 0 client 1 server 2 queue Q1 " RELAY,
		"at 3 client 1 server 2 queue Q2 " RELAY }, "", 0, 0 },
	{ "another sender", { "at 0 client 1 server 2 name relay domain a.example",
		"at 3 client 1 server 2 name relay domain b.example" }, "", 0, 0 },
	{ "too late", { "at 0 client 1 server 2 name relay", "at 2001 client 1 server 2 name relay" }, "", 0, 0 },
	{ "just in time", { "at 0 client 1 server 2 name relay", "at 2000 client 1 server 2 name relay" },
		"1-1:5+3 ", 2000, 0 },
	/* near-miss: downgrade-two-vantage-diff ambiguous */
	{ "one too many", { "at 0 client 1 server 2 " RELAY,
		"at 3 client 7 server 2 " RELAY " ; at 5 client 8 server 2 " RELAY },
		"", 0, 0 },
	{ "the better one", { "at 0 client 1 server 2 " RELAY,
		"at 3 client 1 server 2 " RELAY " ; at 5 client 8 server 2 " RELAY },
		"1-1:5+7 ", 3, 0 },
	{ "the nearer one of a key that is there twice", { "at 100 queue Q1", "at 90 queue Q1 ; at 99 queue Q1" },
		"1-2:3+0 ", -1, 0 },
	{ "the timestamp of POP3", { "at 0 client 1 speaks pop3 greets +OK,<18.69@mx>,ready",
		"at 3 client 7 speaks pop3 greets +OK,<18.69@mx>" }, "1-1:4+0 ", 3, 0 },
	{ "another one", { "at 0 client 1 speaks pop3 greets +OK,<18.69@mx>",
		"at 3 client 7 speaks pop3 greets +OK,<18.70@mx>" }, "", 0, 0 },
	{ "an address is none", { "at 0 client 1 speaks pop3 greets +OK,<root@mx>",
		"at 3 client 7 speaks pop3 greets +OK,<root@mx>" }, "", 0, 0 },
	{ "nor is it one of SMTP", { "at 0 client 1 greets <18.69@mx>", "at 3 client 7 greets <18.69@mx>" }, "", 0, 0 },
	{ "each in one pair only", { "at 0 queue Q1 ; at 1 queue Q1", "at 0 queue Q1" }, "1-1:3+0 ", 0, 0 },
	/* near-miss: downgrade-two-vantage-diff T18 */
	{ "unique keys tell the skew for weak ones", { "at 0 random aa ; at 50 client 1 server 2 name relay",
		"at 9000 random aa ; at 9051 client 1 server 2 name relay" }, "1-1:0+0 2-2:5+3 ", 9000, 0 },
	{ "and against a pair that stands apart", { "at 0 random aa ; at 10 random bb ; at 20 queue Q1",
		"at 5 random aa ; at 16 random bb ; at 80000 queue Q1" }, "1-1:0+0 2-2:0+0 ", 5, 0 },
	{ "three connections that agree tell it, too", {
		"at 0 client 1 server 2 name r ; at 10 client 3 server 2 name r ; at 20 client 4 server 2 name r",
		"at 7000 client 1 server 2 name r ; at 7011 client 3 server 2 name r ;"
		" at 7022 client 4 server 2 name r" },
		"1-1:5+3 2-2:5+3 3-3:5+3 ", 7001, 1 },
	{ "one does not: it may be of another day",
		{ "at 0 client 1 server 2 name r", "at 7000 client 1 server 2 name r" },
		"", 0, 0 },
	{ "the deviation is told", { "at 0 random aa ; at 0 random bb ; at 0 random cc",
		"at 0 random aa ; at 200 random bb ; at 500 random cc" }, "1-1:0+0 2-2:0+0 3-3:0+0 ", 200, 200 },
};

static void
test_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(match_cases); i++) {
		const struct match_case *one = &match_cases[i];
		struct budget budget = { .limit = 1 << 24 };
		struct arena *arena = arena_new(&budget);
		struct vantage_session first[SESSIONS_MOST], second[SESSIONS_MOST];
		const struct vantage_session *const sessions[2] = { first, second };
		const size_t counts[2] = { read_sessions(arena, one->sessions[0], first),
			read_sessions(arena, one->sessions[1], second) };
		struct compare_match match;
		char pairs[512] = "";

		assert_true(compare_match(arena, sessions, counts, &match));
		for (size_t k = 0; k < match.count; k++)
			snprintf(pairs + strlen(pairs), sizeof(pairs) - strlen(pairs), "%zu-%zu:%d+%u ",
				match.pairs[k].of[0] + 1, match.pairs[k].of[1] + 1, (int)match.pairs[k].key,
				match.pairs[k].weak);
		if (strcmp(pairs, one->pairs) != 0 || match.skew_ns != one->skew_ms * 1000000 ||
		    match.deviation_ns != one->deviation_ms * 1000000)
			fail_msg("%s: %s, skew %lld us, deviation %lld us", one->name, pairs,
				(long long)match.skew_ns / 1000, (long long)match.deviation_ns / 1000);
		arena_free(&arena);
	}
}

/* Lines ---------------------------------------------------------------------------------------- */

static enum event_kind
kind_of(char mark, enum side side)
{
	switch (mark) {
	case '+': return EVENT_CAPABILITY;
	case '=': return EVENT_CONTENT;
	case '!': return EVENT_GAP;
	case '~': return EVENT_UPGRADE;
	case '>': return side == CLIENT ? EVENT_TLS_CLIENT_HELLO : EVENT_TLS_SERVER_HELLO;
	case '@': return EVENT_TLS_CERTIFICATES;
	default: return side == CLIENT ? EVENT_COMMAND : EVENT_ANSWER;
	}
}

static struct compare_said
read_lines(const char *script, struct vantage_line *lines)
{
	struct span rest = span_of(script), row;
	size_t count = 0;

	while (span_take_line(&rest, &row)) {
		enum side side = row.at[0] == 'C' ? CLIENT : SERVER;

		assert_true(count < LINES_MOST && row.len >= 2);
		lines[count] = (struct vantage_line){ .side = side, .kind = kind_of((char)row.at[1], side),
			.text = span_trim(span_after(row, 2)), .at = { .frame = count + 1 } };
		count++;
	}
	return (struct compare_said){ .lines = lines, .count = count,
		.same_handshake = span_has(span_of(script), "C>") };
}

/* "side change weight one|other; ", the order that of the comparison. */
static void
tell(const struct compare_lines *result, char *out, size_t size)
{
	*out = '\0';
	for (size_t i = 0; i < result->count; i++) {
		const struct compare_difference *one = &result->list[i];

		snprintf(out + strlen(out), size - strlen(out), "%c%c%d", one->side == CLIENT ? 'C' : 'S',
			"-~^"[one->change], (int)one->weight);
		for (int v = 0; v < 2; v++)
			snprintf(out + strlen(out), size - strlen(out), "%s%.*s", v == 0 ? " " : "|",
				one->lines[v] != NULL ? (int)one->lines[v]->text.len : 0,
				one->lines[v] != NULL ? (const char *)one->lines[v]->text.at : "");
		snprintf(out + strlen(out), size - strlen(out), "; ");
	}
}

#define HELLO "S: 220 mx ESMTP\nC: EHLO me\nS: 250-mx\n"
#define OFFER HELLO "S+ SIZE 1000\nS+ STARTTLS\nS+ HELP\n"
#define NONE HELLO "S+ SIZE 1000\nS+ HELP\n"
#define MAIL "C: MAIL FROM:<...@a.example>\nS: 250 2.1.0 Ok\nC: QUIT\nS: 221 2.0.0 Bye\n"

static const struct line_case {
	const char *name;
	const char *lines[2];
	const char *differences;
	int         nearer;
	bool        broken_off;
} line_cases[] = {
	{ "alike", { OFFER MAIL, OFFER MAIL }, "", -1, false },
	{ "nothing at all", { "", "" }, "", -1, false },
	{ "removed", { NONE MAIL, OFFER MAIL }, "S-3 |STARTTLS; ", 1, false },
	{ "removed, the other way about", { OFFER MAIL, NONE MAIL }, "S-3 STARTTLS|; ", 0, false },
	{ "masked", { HELLO "S+ SIZE 1000\nS+ XXXXXXXA\nS+ HELP\n" MAIL, OFFER MAIL },
		"S~3 XXXXXXXA|STARTTLS; ", 1, false },
	{ "masked with another length", { HELLO "S+ SIZE 1000\nS+ XXXX\nS+ HELP\n" MAIL, OFFER MAIL },
		"S~3 XXXX|STARTTLS; ", 1, false },
	{ "another keyword", { HELLO "S+ SIZE 1000\nS+ STARTTLS\n" MAIL, OFFER MAIL }, "S-2 |HELP; ", -1, false },
	{ "a keyword's value", { HELLO "S+ SIZE 9\nS+ STARTTLS\nS+ HELP\n" MAIL, OFFER MAIL },
		"S~2 SIZE 9|SIZE 1000; ", -1, false },
	{ "moved", { HELLO "S+ STARTTLS\nS+ SIZE 1000\nS+ HELP\n" MAIL, OFFER MAIL },
		"S^2 STARTTLS|STARTTLS; ", -1, false },
	{ "blanked request", { OFFER "C: STARTTLS\nS: 500 no\n" MAIL, OFFER "C: XXXXXXXX\nS: 500 no\n" MAIL },
		"C~3 STARTTLS|XXXXXXXX; ", 1, false },
	{ "blanked EHLO", { OFFER MAIL, "S: 220 mx ESMTP\nC: XXXX me\nS: 500 no\n" MAIL },
		"C~3 EHLO me|XXXX me; S-1 250-mx|; S-2 SIZE 1000|; S-3 STARTTLS|; S-2 HELP|; S-1 |500 no; ", 1, false },
	{ "EHLO made HELO", { "S: 220 mx ESMTP\nC: EHLO me\nS: 250 mx\n" MAIL,
		"S: 220 mx ESMTP\nC: HELO me\nS: 250 mx\n" MAIL },
		"C~3 EHLO me|HELO me; ", -1, false },
	{ "EHLO refused", { HELLO MAIL, "S: 220 mx ESMTP\nC: EHLO me\nS: 502 no\n" MAIL },
		"S~3 250-mx|502 no; ", -1, false },
	{ "answer to the request", { OFFER "C: STARTTLS\nS: 454 not now\n" MAIL, OFFER "C: STARTTLS\nS: 220 go\n" },
		"C-1 MAIL FROM:<...@a.example>|; C-1 QUIT|; S~3 454 not now|220 go; S-1 250 2.1.0 Ok|; "
		"S-1 221 2.0.0 Bye|; ",
		-1, false },
	{ "its answer is found behind others", { OFFER "C: RSET\nC: STARTTLS\nS: 250 Ok\nS: 454 no\n",
		OFFER "C: RSET\nC: STARTTLS\nS: 250 Ok\nS: 220 go\n" }, "S~3 454 no|220 go; ", -1, false },
	{ "an answer of no weight", { OFFER "C: RSET\nC: STARTTLS\nS: 250 Ok\nS: 454 no\n",
		OFFER "C: RSET\nC: STARTTLS\nS: 251 Ok\nS: 454 no\n" }, "S~1 250 Ok|251 Ok; ", -1, false },
	/* near-miss: downgrade-two-vantage-diff allowed */
	{ "masked banner", { "S: 220 ********************\n" MAIL, "S: 220 mx.example.com ESMTP Exim\n" MAIL },
		"S~0 220 ********************|220 mx.example.com ESMTP Exim; ", -1, false },
	/* fires: middlebox-rewrites */
	{ "another name, and its echo", { "S: 220 mx\nC: EHLO me\nS: 250-mx Hello me\nS+ HELP\n",
		"S: 220 mx\nC: EHLO you\nS: 250-mx Hello you\nS+ HELP\n" },
		"C~0 EHLO me|EHLO you; S~0 250-mx Hello me|250-mx Hello you; ", -1, false },
	{ "an echo that nobody explains", { "S: 220 mx\nC: EHLO me\nS: 250-mx Hello me\nS+ HELP\n",
		"S: 220 mx\nC: EHLO me\nS: 250-mx Hello you\nS+ HELP\n" },
		"S~1 250-mx Hello me|250-mx Hello you; ", -1, false },
	{ "a longer body", { OFFER "C= message body, 10 bytes\n", OFFER "C= message body, 90 bytes\n" },
		"C~0 message body, 10 bytes|message body, 90 bytes; ", -1, false },
	{ "another banner", { "S: 220 mx ESMTP\n" MAIL, "S: 220 proxy\n" MAIL },
		"S~1 220 mx ESMTP|220 proxy; ", -1, false },
	/* near-miss: downgrade-two-vantage-diff T2 */
	{ "a gap in the list", { OFFER MAIL, HELLO "S+ SIZE 1000\nS! 10 bytes\nS+ HELP\n" MAIL }, "", -1, true },
	{ "a gap of the client ends both sides", { OFFER MAIL,
		HELLO "S+ SIZE 1000\nC! 10 bytes\nS+ HELP\n" MAIL }, "", -1, true },
	{ "what stands before the gap is compared", { OFFER MAIL, HELLO "S+ SIZE 9\nS! 10 bytes\n" MAIL },
		"S~2 SIZE 1000|SIZE 9; ", -1, true },
	{ "before the last common line it counts", { NONE MAIL, OFFER "S! 10 bytes\n" }, "S-3 |STARTTLS; ", 1, true },
	/* near-miss: downgrade-two-vantage-diff T6 */
	{ "TLS at both", { OFFER "C: STARTTLS\nS: 220 go\nC~ TLS\n", OFFER "C: STARTTLS\nS: 220 go\nC~ TLS\nC: x\n" },
		"", -1, false },
	{ "the same handshake", { "C> TLSv1.3\nS> TLSv1.3\nS@ CN=a\nC~ TLS\n", "C> TLSv1.3\nS> TLSv1.3\nS@ CN=a\n" },
		"", -1, false },
	{ "a hello that was lowered", { OFFER "C: STARTTLS\nS: 220 go\nC~ TLS\nC> TLSv1.3\nS~ TLS\nS> TLSv1.2\n",
		OFFER "C: STARTTLS\nS: 220 go\nC~ TLS\nC> TLSv1.2\nS~ TLS\nS> TLSv1.2\n" },
		"C~3 TLSv1.3|TLSv1.2; ", -1, false },
	{ "a certificate put in", { "C> TLSv1.2\nS> TLSv1.2\nS@ CN=proxy\n", "C> TLSv1.2\nS> TLSv1.2\nS@ CN=a\n" },
		"S~3 CN=proxy|CN=a; ", -1, false },
	{ "an answer that one lacks", { "C> TLSv1.2\nS> TLSv1.2\nS@ CN=a\n", "C> TLSv1.2\nS! 90 bytes\nS@ CN=a\n" }, "",
		-1, true },
	{ "TLS at one", { OFFER "C: STARTTLS\nS: 220 go\nC~ TLS\n", OFFER MAIL },
		"C-3 STARTTLS|; S-3 220 go|; ", -1, true },
	{ "what redaction left out is no difference", { OFFER "C: QUIT\nS: 221 ... closing\n",
		OFFER "C: QUIT\nS: 221 mx.example.com closing\n" }, "", -1, false },
	{ "what it kept is one", { OFFER "C: QUIT\nS: 221 ... closing\n",
		OFFER "C: QUIT\nS: 421 mx.example.com closing\n" },
		"S~1 221 ... closing|421 mx.example.com closing; ", -1, false },
	{ "the last line too many", { OFFER "C: NOOP\nS: 250 ok\n", OFFER "C: NOOP\nS: 250 ok\nS: 250 ok\n" },
		"S-1 |250 ok; ", -1, false },
};

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(line_cases); i++) {
		const struct line_case *one = &line_cases[i];
		struct budget budget = { .limit = 1 << 24 };
		struct arena *arena = arena_new(&budget);
		static struct vantage_line lines[2][LINES_MOST];
		const struct compare_said said[2] = { read_lines(one->lines[0], lines[0]),
			read_lines(one->lines[1], lines[1]) };
		struct compare_lines result;
		char told[1024];

		assert_true(compare_lines(arena, said, &result));
		tell(&result, told, sizeof(told));
		if (strcmp(told, one->differences) != 0 || result.nearer != one->nearer ||
		    result.broken_off != one->broken_off)
			fail_msg("%s: \"%s\", nearer %d, broken off %d", one->name, told, result.nearer,
				result.broken_off);
		arena_free(&arena);
	}
}

/* near-miss: downgrade-two-vantage-diff T3 */
static void
test_headless(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct arena *arena = arena_new(&budget);
	static struct vantage_line lines[2][LINES_MOST];
	struct compare_said said[2] = { read_lines(OFFER MAIL, lines[0]), read_lines(NONE MAIL, lines[1]) };
	struct compare_lines result;

	(void)state;
	said[1].headless = true;
	assert_true(compare_lines(arena, said, &result));
	assert_int_equal(result.count, 0);
	assert_int_equal(result.compared, 0);
	assert_true(result.broken_off);
	arena_free(&arena);
}

/* A capture that ends early lacks lines; the other one's are not differences. */
static void
test_cut(void **state)
{
	struct budget budget = { .limit = 1 << 20 };
	struct arena *arena = arena_new(&budget);
	static struct vantage_line lines[2][LINES_MOST];
	struct compare_said said[2] = {
		read_lines(OFFER MAIL, lines[0]), read_lines(HELLO "S+ SIZE 1000\n", lines[1]),
	};
	struct compare_lines result;

	(void)state;
	said[1].cut = true;
	assert_true(compare_lines(arena, said, &result));
	assert_int_equal(result.count, 0);
	assert_int_equal(result.compared, 4);
	said[1].cut = false;
	assert_true(compare_lines(arena, said, &result));
	assert_int_equal(result.count, 6);
	arena_free(&arena);
}

/* Very many lines are compared as far as there is room for. */
static void
test_many(void **state)
{
	struct budget budget = { .limit = 1 << 24 };
	struct arena *arena = arena_new(&budget);
	static struct vantage_line lines[2][LINES_MOST];
	struct compare_said said[2] = { { .lines = lines[0], .count = LINES_MOST },
		{ .lines = lines[1], .count = LINES_MOST } };
	struct compare_lines result;

	(void)state;
	for (size_t i = 0; i < LINES_MOST; i++)
		lines[0][i] = lines[1][i] = (struct vantage_line){ .side = CLIENT, .kind = EVENT_COMMAND,
			.text = span_of(i % 2 == 0 ? "NOOP" : "RSET") };
	lines[1][LINES_MOST - 1].text = span_of("STARTTLS");
	assert_true(compare_lines(arena, said, &result));
	assert_int_equal(result.count, 0);
	lines[1][100].text = span_of("STARTTLS");
	assert_true(compare_lines(arena, said, &result));
	assert_true(result.count > 0);
	arena_free(&arena);
}

/* Too little memory is told, and nothing is invented. */
static void
test_memory(void **state)
{
	static struct vantage_line lines[2][LINES_MOST];
	const struct compare_said said[2] = { read_lines(OFFER MAIL, lines[0]), read_lines(NONE MAIL, lines[1]) };
	struct budget budget = { .limit = 1 << 12 };
	struct arena *arena = arena_new(&budget);
	struct compare_lines result;
	size_t taken = 0;

	(void)state;
	if (arena == NULL)
		return;
	while (arena_alloc(arena, 64) != NULL)
		taken++;
	assert_true(taken > 0);
	assert_false(compare_lines(arena, said, &result));
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_headless),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
