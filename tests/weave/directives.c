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
	r->next.vlan[CLIENT] = (uint16_t)number(r, words[0], 4094);
	r->next.vlan[SERVER] = count > 1 ? (uint16_t)number(r, words[1], 4094) : r->next.vlan[CLIENT];
}

static void
say_sequence(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.sequence = (uint32_t)number(r, words[0], UINT32_MAX);
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
	else if (strcmp(words[0], "fast-open") == 0)
		r->next.opening = OPENING_FAST;
	else
		wrong(r, "start midstream, start syn-again, or start fast-open");
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
	static const char *const ways[] = { "fin", "half", "rst", "none", "unseen" };
	struct connection *c = r->open ? &r->script->connections[r->present] : &r->next;

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (strcmp(words[0], ways[i]) != 0)
			continue;
		c->closing = (enum closing)i;
		c->closer = count > 1 ? side_of(r, words[1]) : CLIENT;
		return;
	}
	wrong(r, "close fin, half, rst, none or unseen");
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

/* Hexadecimal octets with colons between them. */
static uint64_t
mac_of(const struct reader *r, const char *word)
{
	uint64_t mac = 0;
	unsigned at[6];

	if (sscanf(word, "%x:%x:%x:%x:%x:%x", &at[0], &at[1], &at[2], &at[3], &at[4], &at[5]) != 6)
		wrong(r, "'%s' is no MAC address", word);
	for (size_t i = 0; i < 6; i++)
		mac = mac << 8 | (at[i] & 0xff);
	return mac;
}

/* The words of `next`, each with how many numbers stand behind it. */
static const struct {
	const char  *word;
	size_t       numbers;
	enum oddity  oddity;
} oddity_words[] = {
	{ "after", 1, ODD_DELAY },
	{ "badsum", 0, ODD_CHECKSUM },
	{ "class", 1, ODD_CLASS },
	{ "flow-label", 1, ODD_LABEL },
	{ "id", 1, ODD_ID },
	{ "mac", 1, ODD_MAC },
	{ "no-timestamp", 0, ODD_NO_TIMESTAMP },
	{ "overlap", 0, ODD_OVERLAP },
	{ "timestamp", 2, ODD_TIMESTAMP },
	{ "ttl", 1, ODD_TTL },
	{ "window", 1, ODD_WINDOW },
};

static void
set_oddity(struct reader *r, enum oddity oddity, char **words)
{
	struct oddities *odd = &r->odd;

	odd->set |= oddity;
	switch (oddity) {
	case ODD_TTL: odd->ttl = (uint8_t)number(r, words[0], 255); break;
	case ODD_ID: odd->id = (uint16_t)number(r, words[0], 65535); break;
	case ODD_WINDOW: odd->window = (uint16_t)number(r, words[0], 65535); break;
	case ODD_LABEL: odd->label = (uint32_t)number(r, words[0], 0xfffff); break;
	case ODD_CLASS: odd->class = (uint8_t)number(r, words[0], 255); break;
	case ODD_MAC: odd->mac = mac_of(r, words[0]); break;
	case ODD_DELAY: odd->delay_us = (uint64_t)(strtod(words[0], NULL) * 1e3); break;
	case ODD_TIMESTAMP:
		odd->ts_value = (uint32_t)number(r, words[0], UINT32_MAX);
		odd->ts_echo = (uint32_t)number(r, words[1], UINT32_MAX);
		break;
	case ODD_CHECKSUM:
	case ODD_NO_TIMESTAMP:
	case ODD_OVERLAP: break;
	}
}

static void
say_next(struct reader *r, char **words, size_t count)
{
	for (size_t i = 0; i < sizeof oddity_words / sizeof *oddity_words; i++) {
		if (strcmp(words[0], oddity_words[i].word) != 0)
			continue;
		if (count - 1 < oddity_words[i].numbers)
			wrong(r, "'next %s' needs more", words[0]);
		set_oddity(r, oddity_words[i].oddity, words + 1);
		return;
	}
	wrong(r, "'%s' is nothing that a packet has", words[0]);
}

static void
say_timestamps(struct reader *r, char **words, size_t count)
{
	(void)count;
	if (strcmp(words[0], "on") != 0 && strcmp(words[0], "off") != 0)
		wrong(r, "timestamps on, or timestamps off");
	r->next.timestamps = words[0][1] == 'n';
}

static void
say_ids(struct reader *r, char **words, size_t count)
{
	static const char *const ways[] = { "counter", "random", "zero" };

	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (strcmp(words[0], ways[i]) != 0)
			continue;
		if (count > 1)
			r->next.numbering[side_of(r, words[1])] = (enum numbering)i;
		else
			r->next.numbering[CLIENT] = r->next.numbering[SERVER] = (enum numbering)i;
		return;
	}
	wrong(r, "ids counter, random or zero");
}

static void
say_rtt(struct reader *r, char **words, size_t count)
{
	(void)count;
	r->next.rtt_us = (uint64_t)(strtod(words[0], NULL) * 1e3);
}

/* `seq +N` puts it ahead of its stream, `ttl N` gives it another hop limit. */
static void
say_rst(struct reader *r, char **words, size_t count)
{
	uint32_t ahead = 0;

	for (size_t i = 1; i + 1 < count; i += 2) {
		if (strcmp(words[i], "seq") == 0 && words[i + 1][0] == '+')
			ahead = (uint32_t)number(r, words[i + 1] + 1, UINT32_MAX);
		else if (strcmp(words[i], "ttl") == 0)
			set_oddity(r, ODD_TTL, &words[i + 1]);
		else
			wrong(r, "rst client|server [seq +N] [ttl N]");
	}
	connect_if_needed(r);
	add_piece(r, ACT_RESET, side_of(r, words[0]))->ahead = ahead;
}

/* A name stands before the rows that this interface alone shows, so it must not look like one. */
static void
say_interfaces(struct reader *r, char **words, size_t count)
{
	if (count != 2 || r->script->piece_count > 0)
		wrong(r, "interfaces NEAR-CLIENT NEAR-SERVER, before the first row");
	for (size_t i = 0; i < 2; i++)
		snprintf(r->script->interfaces[i], sizeof r->script->interfaces[i], "%s", words[i]);
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
	{ "ids",       1, say_ids },
	{ "interfaces", 2, say_interfaces },
	{ "keepalive", 1, say_keepalive },
	{ "mirror",    1, say_mirror },
	{ "next",      1, say_next },
	{ "offload",   1, say_offload },
	{ "one-sided", 1, say_one_sided },
	{ "open",      0, say_open },
	{ "port",      1, say_port },
	{ "repeat",    1, say_repeat },
	{ "rst",       1, say_rst },
	{ "rtt",       1, say_rtt },
	{ "secret",    1, say_secret },
	{ "sequence",  1, say_sequence },
	{ "server",    1, say_server },
	{ "session",   0, say_session },
	{ "shapes",    1, say_shapes },
	{ "snaplen",   1, say_snaplen },
	{ "start",     1, say_start },
	{ "timestamps", 1, say_timestamps },
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
