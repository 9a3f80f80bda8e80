/* The options behind a TCP header.  Those of one octet are padding; all others say their length. */
#include "wire/options.h"

bool
option_take(struct span *rest, uint8_t *kind_r, struct span *value_r)
{
	size_t len;

	while (rest->len > 0 && rest->at[0] == OPTION_NOP)
		*rest = span_after(*rest, 1);
	if (rest->len < 2 || rest->at[0] == OPTION_END)
		return false;
	len = rest->at[1];
	if (len < 2 || len > rest->len)
		return false;
	*kind_r = rest->at[0];
	*value_r = span_after(span_first(*rest, len), 2);
	*rest = span_after(*rest, len);
	return true;
}

struct span
option_find(struct span options, enum tcp_option kind, size_t len)
{
	struct span value;
	uint8_t found;

	while (option_take(&options, &found, &value))
		if (found == kind)
			return value.len == len ? value : (struct span){ 0 };
	return (struct span){ 0 };
}
