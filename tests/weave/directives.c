/* The directives of a dialogue text: everything that is no line of dialogue. */
#include "text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static unsigned long
number(const struct reader *r, const char *word, unsigned long most)
{
	char *end;
	unsigned long value = strtoul(word, &end, 10);

	if (!isdigit((unsigned char)word[0]) || *end != '\0' || value > most)
		wrong(r, "'%s' is no number up to %lu", word, most);
	return value;
}

static enum side
side_of(const struct reader *r, const char *word)
{
	if (strcmp(word, "client") != 0 && strcmp(word, "server") != 0)
		wrong(r, "'%s' is neither client nor server", word);
	return word[0] == 'c' ? CLIENT : SERVER;
}

/* Sets one end: ADDRESS, ADDRESS PORT. */
static void
set_end(struct reader *r, enum side side, char **words, size_t count)
{
	struct connection *next = &r->next;

	memset(next->address[side], 0, sizeof next->address[side]);
	next->v6 = strchr(words[0], ':') != NULL;
	if (inet_pton(next->v6 ? AF_INET6 : AF_INET, words[0], next->address[side]) != 1)
		wrong(r, "'%s' is no address", words[0]);
	if (count > 1)
		next->port[side] = (uint16_t)number(r, words[1], 65535);
}

static void
say_client(struct reader *r, char **words, size_t count)
{
	set_end(r, CLIENT, words, count);
}

static void
say_server(struct reader *r, char **words, size_t count)
{
	set_end(r, SERVER, words, count);
}

static void
say_port(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.port[SERVER] = (uint16_t)number(r, words[0], 65535);
}

static void
say_vlan(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.vlan = (uint16_t)number(r, words[0], 4094);
}

static void
say_mirror(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.mirror = (unsigned)number(r, words[0], 63);
}

static void
say_start(struct reader *r, char **words, size_t count)
{
	(void)count;
	if (strcmp(words[0], "midstream") == 0)
		r->next.opening = OPENING_MIDSTREAM;
	else if (strcmp(words[0], "syn-again") == 0)
		r->next.opening = OPENING_SYN_AGAIN;
	else
		wrong(r, "start midstream, or start syn-again");
}

static void
say_one_sided(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.unseen[side_of(r, words[0]) == CLIENT ? SERVER : CLIENT] = true;
}

static void
say_close(struct reader *r, char **words, size_t count)
{
	static const char *const ways[] = { "fin", "half", "rst", "none" };
	struct connection *c = r->open ? &r->script->connections[r->present] : &r->next;

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (strcmp(words[0], ways[i]) != 0)
			continue;
		c->closing = (enum closing)i;
		c->closer = count > 1 ? side_of(r, words[1]) : CLIENT;
		return;
	}
	wrong(r, "close fin, half, rst or none");
}

static void
say_end(struct reader *r, char **words, size_t count)
{
	(void)words;
	(void)count;
	finish_connection(r);
}

static void
say_session(struct reader *r, char **words, size_t count)
{
	(void)words;
	(void)count;
	if (r->open)
		finish_connection(r);
}

/* Leaves the present connection open; `use` comes back to it. */
static void
say_beside(struct reader *r, char **words, size_t count)
{
	(void)words;
	(void)count;
	r->open = false;
}

static void
say_use(struct reader *r, char **words, size_t count)
{
	unsigned long nth = number(r, words[0], r->script->connection_count - r->round_first);

	(void)count;
	if (nth == 0)
		wrong(r, "sessions count from 1");
	r->present = r->round_first + nth - 1;
	r->open = true;
}

static void
say_ttl(struct reader *r, char **words, size_t count)
{
	if (count < 2)
		wrong(r, "ttl client|server N");
	r->ttl[side_of(r, words[0])] = (uint8_t)number(r, words[1], 255);
}

static void
say_wait(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->pause_us += (uint64_t)(int64_t)(strtod(words[0], NULL) * 1e6);       /* back, too */
}

static void
say_gap(struct reader *r, char **words, size_t count)
{
	(void)words;
	(void)count;
	r->missing = true;
}

static void
say_urgent(struct reader *r, char **words, size_t count)
{
	(void)words;
	(void)count;
	r->urgent = true;
}

/* Offsets of fragments count eights of bytes (RFC 791, section 3.1). */
static void
say_fragment(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.fragment = (unsigned)number(r, words[0], 65528);
	if (r->next.fragment % 8 != 0)
		wrong(r, "fragments are multiples of 8 bytes");
}

static void
say_offload(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.offload[side_of(r, words[0])] = true;
}

static void
say_keepalive(struct reader *r, char **words, size_t count)
{
	(void)count;
	connect_if_needed(r);
	add_piece(r, ACT_KEEPALIVE, side_of(r, words[0]));
}

static void
say_snaplen(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->script->snaplen = (uint32_t)number(r, words[0], SNAPLEN_DEFAULT);
}

static void
say_at(struct reader *r, char **words, size_t count)
{
	struct tm tm = { 0 };
	const char *end = strptime(words[0], "%Y-%m-%dT%H:%M:%SZ", &tm);

	(void)count;
	if (r->round > 0)
		wrong(r, "a capture begins once: at stands before a repeat");
	if (end == NULL || *end != '\0')
		wrong(r, "'%s' is no time like 2025-12-05T12:00:00Z", words[0]);
	r->script->start_us = (uint64_t)timegm(&tm) * 1000000;
}

/* Opens the connection now, so that a pause behind it comes before the first line. */
static void
say_open(struct reader *r, char **words, size_t count)
{
	(void)words;
	(void)count;
	connect_if_needed(r);
}

/* `secret` and `shapes` are for tests/golden/run, which reads them from the text itself. */
static void
say_secret(struct reader *r, char **words, size_t count)
{
	(void)r;
	(void)words;
	(void)count;
}

static void
say_shapes(struct reader *r, char **words, size_t count)
{
	enum shape shape;
	uint32_t seed;

	for (size_t i = 0; i < count; i++)
		if (!shape_from_word(words[i], &shape, &seed))
			wrong(r, "'%s' is no shape", words[i]);
}

static void
say_repeat(struct reader *r, char **words, size_t count)
{
	repeat_begin(r, words[0], count > 1 ? words[1] : NULL);
}

static void
say_again(struct reader *r, char **words, size_t count)
{
	(void)words;
	(void)count;
	repeat_again(r);
}

static const struct directive {
	const char *word;
	size_t      words;              /* needed behind it */
	void      (*say)(struct reader *r, char **words, size_t count);
} directives[] = {
	{ "again",     0, say_again },
	{ "at",        1, say_at },
	{ "beside",    0, say_beside },
	{ "client",    1, say_client },
	{ "close",     1, say_close },
	{ "end",       0, say_end },
	{ "fragment",  1, say_fragment },
	{ "gap",       0, say_gap },
	{ "keepalive", 1, say_keepalive },
	{ "mirror",    1, say_mirror },
	{ "offload",   1, say_offload },
	{ "one-sided", 1, say_one_sided },
	{ "open",      0, say_open },
	{ "port",      1, say_port },
	{ "repeat",    1, say_repeat },
	{ "secret",    1, say_secret },
	{ "server",    1, say_server },
	{ "session",   0, say_session },
	{ "shapes",    1, say_shapes },
	{ "snaplen",   1, say_snaplen },
	{ "start",     1, say_start },
	{ "ttl",       1, say_ttl },
	{ "urgent",    0, say_urgent },
	{ "use",       1, say_use },
	{ "vlan",      1, say_vlan },
	{ "wait",      1, say_wait },
};

void
direct(struct reader *r, char *row)
{
	char *words[8], *save = NULL;
	size_t count = 0;

	for (char *word = strtok_r(row, " \t", &save); word != NULL && count < 8;
		word = strtok_r(NULL, " \t", &save))
		words[count++] = word;
	if (count == 0)
		return;
	for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
		if (strcmp(words[0], directives[i].word) != 0)
			continue;
		if (count - 1 < directives[i].words)
			wrong(r, "'%s' needs more", words[0]);
		directives[i].say(r, words + 1, count - 1);
		return;
	}
	wrong(r, "'%s' is no directive", words[0]);
}
