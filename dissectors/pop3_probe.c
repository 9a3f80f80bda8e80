/* How much first bytes look like POP3.  Others answer +OK and -ERR as well (Redis above all), and FTP has USER and
 * PASS: a status must say more, or a command that nobody else has must come with it. */
#include "pop3_probe.h"

#include "base/table.h"
#include "sasl.h"
#include "starts.h"

static unsigned
probe_server(struct span first)
{
	static const char *const words[] = { "POP", "ready", "Dovecot", "mail", "[SYS/", "[IN-USE]" };
	struct span line = first, rest = first;
	bool good = span_starts(first, "+OK");

	if (first.len < 4)
		return span_same(first, span_first(span_of("+OK"), first.len)) ||
		       span_same(first, span_first(span_of("-ERR"), first.len)) ? 20 : 0;
	if (!good && !span_starts(first, "-ERR"))
		return 0;
	if (!span_take_line(&rest, &line) && line.at[line.len - 1] == '\r')
		line.len--;
	line = span_after(line, good ? 3 : 4);
	if (line.len > 0 && line.at[0] != ' ')
		return 0;
	line = span_trim(line);
	for (size_t i = 0; i < TABLE_LENGTH(words); i++)
		if (span_has(line, words[i]))
			return good ? 90 : 40;
	if (good && line.len > 2 && line.at[line.len - 1] == '>' && span_has(line, "<") && span_has(line, "@"))
		return 90;              /* APOP's timestamp (RFC 1939, section 7) */
	return good && line.len > 0 ? 45 : 20;
}

/* AUTH alone, or with a mechanism: what else stands behind it may be the password of another protocol. */
static unsigned
probe_auth(struct span line)
{
	struct span word, mechanism;

	span_take_word(&line, &word);
	if (!span_is(word, "AUTH"))
		return 0;
	if (!span_take_word(&line, &mechanism))
		return 45;
	return sasl_mechanism_name(mechanism).len > 0 ? 45 : 10;
}

static unsigned
probe_client(struct span first)
{
	static const struct start starts[] = {
		{ "CAPA\r", 80 }, { "CAPA\n", 80 }, { "STLS\r", 80 }, { "STLS\n", 80 }, { "APOP ", 80 },
		{ "UIDL", 70 }, { "RETR ", 30 }, { "TOP ", 40 }, { "USER ", 45 }, { "PASS ", 30 }, { "STAT\r", 40 },
		{ "STAT\n", 40 }, { "LIST", 20 }, { "DELE ", 20 }, { "QUIT", 20 }, { "NOOP", 20 }, { "RSET", 20 },
		{ "UTF8", 20 }, { "LANG", 20 }, { "AUTH", 20 },
	};
	struct span rest = first, line;
	unsigned auth = span_take_line(&rest, &line) ? probe_auth(line) : 0, more;

	if (auth == 0)
		return starts_best(starts, TABLE_LENGTH(starts), first);
	more = starts_best(starts, TABLE_LENGTH(starts), rest);
	return more > auth ? more : auth;
}

unsigned
pop3_probe(enum side side, struct span first)
{
	return side == SERVER ? probe_server(first) : probe_client(first);
}
