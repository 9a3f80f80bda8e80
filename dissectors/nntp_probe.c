/* How much first bytes look like NNTP.  Others greet with 200 and 201 as well: the text has to speak of news, or a
 * command that nobody else has must come with it. */
#include "nntp_probe.h"

#include "base/table.h"
#include "starts.h"

static unsigned
probe_server(struct span first)
{
	static const struct {
		const char *code;
		unsigned    named, bare;        /* with a word of its own in the text, without */
	} codes[] = {
		{ "200", 90, 40 }, { "201", 90, 40 }, { "400", 60, 20 }, { "502", 60, 20 },
	};
	static const char *const words[] = { "NNTP", "NNRP", "InterNetNews", "posting", "news", "Leafnode" };
	struct span line = first, rest = first;

	span_take_line(&rest, &line);
	for (size_t i = 0; i < TABLE_LENGTH(codes); i++) {
		if (first.len < 4 && span_same(first, span_first(span_of(codes[i].code), first.len)))
			return 20;
		if (!span_starts(line, codes[i].code) || (line.len > 3 && line.at[3] != ' ' && line.at[3] != '\r'))
			continue;
		for (size_t k = 0; k < TABLE_LENGTH(words); k++)
			if (span_has(line, words[k]))
				return codes[i].named;
		return codes[i].bare;
	}
	return 0;
}

static unsigned
probe_client(struct span first)
{
	static const struct start starts[] = {
		{ "MODE READER", 90 }, { "MODE STREAM", 90 }, { "CAPABILITIES", 80 }, { "AUTHINFO ", 90 },
		{ "LISTGROUP", 80 }, { "LIST ACTIVE", 80 }, { "LIST NEWSGROUPS", 80 }, { "LIST OVERVIEW.FMT", 90 },
		{ "LIST", 20 }, { "XOVER ", 80 }, { "OVER ", 60 }, { "XHDR ", 80 },
		{ "NEWNEWS ", 80 }, { "NEWGROUPS ", 80 },
		{ "IHAVE <", 90 }, { "TAKETHIS <", 90 }, { "CHECK <", 80 }, { "ARTICLE ", 60 }, { "GROUP ", 60 },
		{ "POST\r", 40 }, { "STARTTLS\r", 40 }, { "BODY ", 40 }, { "HEAD ", 40 },
		{ "DATE\r", 40 }, { "STAT ", 20 },
		{ "HELP", 20 }, { "QUIT", 20 }, { "SLAVE", 40 },
	};

	return starts_best(starts, TABLE_LENGTH(starts), first);
}

unsigned
nntp_probe(enum side side, struct span first)
{
	return side == SERVER ? probe_server(first) : probe_client(first);
}
