/* A reader of the little JSON that a transcript is made of (RFC 8259). */
#include "check_transcript.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static bool
json_string(const uint8_t **at)
{
	if (*(*at)++ != '"')
		return false;
	for (; **at != '"'; (*at)++) {
		if (**at < 0x20)
			return false;
		if (**at != '\\')
			continue;
		(*at)++;
		if (**at != 'u' && (**at == '\0' || strchr("\"\\/bfnrt", **at) == NULL))
			return false;
		if (**at == 'u' && strspn((const char *)*at + 1, "0123456789abcdefABCDEF") < 4)
			return false;
	}
	(*at)++;
	return true;
}

static bool
json_number(const uint8_t **at)
{
	size_t len;

	*at += **at == '-';
	len = strspn((const char *)*at, "0123456789");
	if (len == 0 || (len > 1 && **at == '0'))
		return false;
	*at += len;
	return true;
}

/* [microseconds, frame, "C" or "S", kind, text] or [..., capture] */
static bool
json_line(const uint8_t **at)
{
	if (*(*at)++ != '[' || !json_number(at) || *(*at)++ != ',' || !json_number(at) || *(*at)++ != ',')
		return false;
	if (strncmp((const char *)*at, "\"C\",", 4) != 0 && strncmp((const char *)*at, "\"S\",", 4) != 0)
		return false;
	*at += 4;
	if (!json_string(at) || *(*at)++ != ',' || !json_string(at))
		return false;
	if (**at == ',' && ((*at)++, !json_number(at)))
		return false;
	return *(*at)++ == ']';
}

size_t
check_transcript(const struct session *session)
{
	struct buffer copy = { 0 };
	const uint8_t *at;
	size_t lines = 0;

	buffer_add(&copy, buffer_span(&session->transcript));
	buffer_add_text(&copy, "]");
	at = (const uint8_t *)buffer_text(&copy);
	if (session->lines == 0) {
		assert_string_equal(at, "]");
		buffer_free(&copy);
		return 0;
	}
	assert_int_equal(*at++, '[');
	do {
		if (!json_line(&at))
			fail_msg("line %zu is no line: %.60s", lines, (const char *)at);
		lines++;
	} while (*at++ == ',');
	assert_int_equal(at[-1], ']');
	assert_int_equal(*at, '\0');
	assert_int_equal(lines, session->lines);
	buffer_free(&copy);
	return lines;
}
