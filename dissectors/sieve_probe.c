/* How much first bytes look like ManageSieve. */
#include "sieve_probe.h"

#include "base/table.h"
#include "sieve_quote.h"

enum {
	PERHAPS = 20,
	WITH_PORT = 40,
	SURE = 90,
	NAME_MOST = 64,
};

/* A capability's name in quotes. */
static unsigned
probe_server(struct span first)
{
	struct span rest = first, word;
	size_t end;

	if (first.at[0] == '"') {
		end = span_find(span_after(first, 1), "\"") + 1;
		if (end >= first.len)
			return first.len < NAME_MOST && span_find(first, "\n") == first.len ? PERHAPS : 0;
		return sieve_is_capability(span_first(first, end + 1)) ? SURE : 0;
	}
	span_take_word(&rest, &word);
	if (!span_is(word, "OK") && !span_is(word, "NO") && !span_is(word, "BYE"))
		return 0;
	if (rest.len == 0)
		return PERHAPS;
	return rest.at[0] == '"' || rest.at[0] == '(' ? WITH_PORT : 0;
}

/* Other protocols know some of the verbs, but not with a string in quotes behind them. */
static unsigned
probe_client(struct span first)
{
	static const struct {
		const char *start;
		unsigned    sure;
	} starts[] = {
		{ "AUTHENTICATE \"", 80 }, { "PUTSCRIPT \"", SURE }, { "GETSCRIPT \"", SURE }, { "HAVESPACE \"", SURE },
		{ "SETACTIVE \"", SURE }, { "DELETESCRIPT \"", SURE }, { "CHECKSCRIPT {", SURE },
		{ "LISTSCRIPTS\r", SURE }, { "LISTSCRIPTS\n", SURE },
		{ "STARTTLS\r", PERHAPS }, { "STARTTLS\n", PERHAPS }, { "CAPABILITY\r", PERHAPS },
		{ "CAPABILITY\n", PERHAPS }, { "LOGOUT\r", PERHAPS }, { "LOGOUT\n", PERHAPS }, { "NOOP", PERHAPS },
	};

	for (size_t i = 0; i < TABLE_LENGTH(starts); i++) {
		struct span start = span_of(starts[i].start);

		if (span_same(span_first(first, start.len), start))
			return starts[i].sure;
		if (first.len < start.len && span_same(first, span_first(start, first.len)))
			return PERHAPS;
	}
	return 0;
}

unsigned
sieve_probe(enum side side, struct span first)
{
	return side == SERVER ? probe_server(first) : probe_client(first);
}
