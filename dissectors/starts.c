/* How sure a client's first lines make that they are of one protocol. */
#include "starts.h"

enum {
	PERHAPS = 20,
};

static unsigned
line_says(const struct start *starts, size_t count, struct span line)
{
	for (size_t i = 0; i < count; i++) {
		struct span text = span_of(starts[i].text);

		if (span_starts(line, starts[i].text))
			return starts[i].sure;
		if (line.len < text.len && span_same(line, span_first(text, line.len)))
			return PERHAPS;
	}
	return 0;
}

/* A later line is another one's, or a secret, as well as a command: it may only add to what the first one says. */
unsigned
starts_best(const struct start *starts, size_t count, struct span first)
{
	unsigned best = line_says(starts, count, first);

	for (unsigned most = best; most > 0;) {
		size_t end = span_find(first, "\n");

		if (end >= first.len)
			return best;
		first = span_after(first, end + 1);
		if (first.len == 0)
			return best;
		most = line_says(starts, count, first);
		best = most > best ? most : best;
	}
	return best;
}
