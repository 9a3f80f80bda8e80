/* How much first bytes look like SMTP. */
#include "smtp_probe.h"

#include "base/table.h"
#include "lines.h"
#include "smtp_reply.h"

#include <string.h>

/* FTP greets with 220 as well: without the word SMTP a greeting alone is not enough. */
static unsigned
probe_server(struct span first)
{
	struct span line = span_first(first, LINE_MOST), rest = line;
	bool whole = span_take_line(&rest, &line), more;
	struct reply reply;

	if (!whole && line.len > 3 && line.at[line.len - 1] == '\r')
		line.len--;
	if (line.len < 4 && !span_is(line, "220"))
		return line.len > 0 && strchr("245", line.at[0]) != NULL ? 20 : 0;
	if (!smtp_reply_read(line, &reply, &more))
		return 0;
	if (line.len > 3 && line.at[3] != ' ' && line.at[3] != '-')
		return 20;
	if (span_has(reply.text, "SMTP"))
		return reply.code == 220 ? 95 : 60;
	if (span_has(reply.text, "LMTP"))
		return 60;
	if (whole && span_has(reply.text, "FTP"))
		return 20;              /* it may be the name of the host: the client has to tell */
	return reply.code == 220 || reply.code == 421 || reply.code == 554 ? 40 : 20;
}

static unsigned
probe_client(struct span first)
{
	static const struct {
		const char *start;
		unsigned    sure;
	} starts[] = {
		{ "LHLO ", 90 }, { "EHLO ", 90 }, { "EHLO\r", 80 }, { "EHLO\n", 80 }, { "HELO ", 90 }, { "HELO\r", 80 },
		{ "HELO\n", 80 }, { "MAIL FROM:", 90 }, { "RCPT TO:", 90 }, { "STARTTLS\r", 40 },
		{ "AUTH LOGIN", 60 }, { "AUTH PLAIN", 60 }, { "QUIT", 20 }, { "NOOP", 20 }, { "RSET", 40 },
		{ "DATA\r", 40 }, { "HELP", 20 },
	};

	for (size_t i = 0; i < TABLE_LENGTH(starts); i++) {
		struct span start = span_of(starts[i].start);

		if (span_starts(first, starts[i].start))
			return starts[i].sure;
		if (first.len < start.len && span_same(first, span_first(start, first.len)))
			return 20;
	}
	return 0;
}

unsigned
smtp_probe(enum side side, struct span first)
{
	return side == SERVER ? probe_server(first) : probe_client(first);
}
