/* How much first bytes look like XMPP: a stream header, or, in a dialogue that was joined, an element that has its
 * name, or names what it is by a namespace of XMPP's. */
#include "xmpp_probe.h"

#include "base/table.h"
#include "xmpp_xml.h"

enum {
	PERHAPS = 20,
	NAMELESS = 30,          /* a server's header without an id: no server's that follows the standard */
	LIKELY = 60,
	SURE = 90,
	LOOKED_AT = 512,        /* bytes in which a header has said what it is */
};

enum speaker {
	SPOKEN_BY_CLIENT = 1 << CLIENT,
	SPOKEN_BY_SERVER = 1 << SERVER,
	SPOKEN_BY_BOTH = SPOKEN_BY_CLIENT | SPOKEN_BY_SERVER,
};

static const struct start {
	const char *text;
	unsigned    sides;
	const char *with;       /* one of these words has to stand in its tag; NULL where the name is enough */
	unsigned    sure;
} starts[] = {
	{ "</stream:stream>", SPOKEN_BY_BOTH, NULL, SURE },
	{ "<stream:features", SPOKEN_BY_SERVER, NULL, SURE },
	{ "<stream:error", SPOKEN_BY_BOTH, NULL, SURE },
	{ "<db:result", SPOKEN_BY_BOTH, NULL, SURE },
	{ "<db:verify", SPOKEN_BY_BOTH, NULL, SURE },
	{ "<auth ", SPOKEN_BY_CLIENT, "urn:ietf:params:xml:ns:xmpp-", SURE },
	{ "<response ", SPOKEN_BY_CLIENT, "urn:ietf:params:xml:ns:xmpp-", SURE },
	{ "<starttls ", SPOKEN_BY_CLIENT, "urn:ietf:params:xml:ns:xmpp-", SURE },
	{ "<challenge ", SPOKEN_BY_SERVER, "urn:ietf:params:xml:ns:xmpp-", SURE },
	{ "<success ", SPOKEN_BY_SERVER, "urn:ietf:params:xml:ns:xmpp-", SURE },
	{ "<failure ", SPOKEN_BY_SERVER, "urn:ietf:params:xml:ns:xmpp-", SURE },
	{ "<proceed ", SPOKEN_BY_SERVER, "urn:ietf:params:xml:ns:xmpp-", SURE },
	{ "<iq ", SPOKEN_BY_BOTH, " type=", LIKELY },
	{ "<presence ", SPOKEN_BY_BOTH, "=", LIKELY },
	{ "<presence>", SPOKEN_BY_BOTH, NULL, LIKELY },
	{ "<presence/>", SPOKEN_BY_BOTH, NULL, LIKELY },
	{ "<message ", SPOKEN_BY_BOTH, "to=", LIKELY },
	{ "<message ", SPOKEN_BY_BOTH, "from=", LIKELY },
	{ "<r ", SPOKEN_BY_BOTH, "urn:xmpp:sm:", SURE },
	{ "<a ", SPOKEN_BY_BOTH, "urn:xmpp:sm:", SURE },
};

static unsigned
row_says(const struct start *row, enum side side, struct span first)
{
	struct span text = span_of(row->text), tag;
	size_t end;

	if (first.len < text.len)
		return span_equal(first, span_first(text, first.len)) ? PERHAPS : 0;
	if (!span_equal(span_first(first, text.len), text))
		return 0;
	if ((row->sides & (1U << side)) == 0)
		return 0;
	if (row->with == NULL)
		return row->sure;
	first = span_first(first, LOOKED_AT);
	end = span_find(first, ">");
	tag = span_first(first, end);
	if (span_has(tag, row->with))
		return row->sure;
	return end == first.len && first.len < LOOKED_AT ? PERHAPS : 0;
}

/* The server gives the stream its id (RFC 6120, section 4.7.3), which tells the two ends apart. */
static unsigned
side_says(enum side side, struct span tag)
{
	bool has_id = span_has(tag, " id=");

	if (side == CLIENT)
		return has_id ? 0 : SURE;
	return has_id ? SURE : NAMELESS;
}

/* A header whose prefix is not the usual one has the namespace of streams (RFC 6120, section 4.8.1). */
static unsigned
header_says(enum side side, struct span first)
{
	static const char usual[] = "<stream:stream";
	struct span seen = span_first(first, LOOKED_AT), start = span_first(seen, sizeof(usual) - 1);
	size_t end = span_find(seen, ">"), blank = span_find(seen, " ");
	bool whole = end < seen.len || seen.len == LOOKED_AT;

	if (span_equal(start, span_first(span_of(usual), start.len)))
		return whole && start.len == sizeof(usual) - 1 ? side_says(side, span_first(seen, end)) : PERHAPS;
	if (!span_starts(first, "<") || blank > end ||
	    (blank < seen.len && !span_has(span_first(seen, blank), "stream")))
		return 0;
	if (whole && span_has(span_first(seen, end), "http://etherx.jabber.org/streams"))
		return side_says(side, span_first(seen, end));
	return whole || blank == seen.len ? 0 : PERHAPS;
}

/* An XML declaration says nothing yet; blanks may stand before it, and a byte order mark. */
static struct span
behind_declaration(struct span first)
{
	size_t end;

	if (span_starts(first, "\xEF\xBB\xBF"))
		first = span_after(first, 3);
	first = span_after(first, xml_blanks(first));
	if (!span_starts(first, "<?xml"))
		return first;
	end = span_find(span_first(first, LOOKED_AT), "?>");
	if (end >= span_first(first, LOOKED_AT).len)
		return first;
	first = span_after(first, end + 2);
	return span_after(first, xml_blanks(first));
}

unsigned
xmpp_probe(enum side side, struct span first)
{
	struct span rest = behind_declaration(first);
	unsigned best = header_says(side, rest);

	if (rest.len == 0)
		return PERHAPS;
	if (span_starts(rest, "<?xml") || span_equal(rest, span_first(span_of("<?xml"), rest.len)))
		return rest.len < LOOKED_AT ? PERHAPS : 0;
	for (size_t i = 0; i < TABLE_LENGTH(starts); i++) {
		unsigned sure = row_says(&starts[i], side, rest);

		best = sure > best ? sure : best;
	}
	return best;
}
