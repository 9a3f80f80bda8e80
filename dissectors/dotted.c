/* Text that ends with a line holding a single dot.
 *
 * Only CR LF . CR LF ends it.  Servers that take LF . LF or its mixtures for the end as well read hidden
 * commands out of a message (SMTP smuggling, CVE-2023-51764): such an end with a command behind it is
 * remembered, and not followed. */
#include "dotted.h"

#include "base/table.h"

#include <string.h>

enum {
	LINE_START,
	DOT,
	DOT_CR,
	CR_DOT,                 /* behind a bare CR */
	TEXT,
	TEXT_CR,
};

void
dotted_begin(struct dotted *dotted, bool bare_ends)
{
	*dotted = (struct dotted){ .state = LINE_START, .bare_ends = bare_ends };
}

static void
watch(struct dotted *dotted, uint8_t byte)
{
	static const char *const commands[] = { "MAIL FROM:", "RCPT TO:", "DATA\r", "DATA\n", "RSET\r",
		"RSET\n", "QUIT\r", "QUIT\n", "EHLO ", "HELO " };

	if (dotted->seen_len == 0 && (byte == '\r' || byte == '\n'))
		return;
	dotted->seen[dotted->seen_len++] = byte;
	for (size_t i = 0; i < TABLE_LENGTH(commands); i++)
		if (span_starts(span_from(dotted->seen, dotted->seen_len), commands[i])) {
			dotted->false_end = true;
			dotted->watching = false;
		}
	if (dotted->seen_len == sizeof(dotted->seen))
		dotted->watching = false;
}

/* A line of one dot whose line ends are not both CR LF. */
static bool
odd_end(struct dotted *dotted)
{
	if (dotted->bare_ends)
		return true;
	dotted->maybe_ended = true;
	if (!dotted->false_end) {
		dotted->watching = true;
		dotted->seen_len = 0;
	}
	return false;
}

/* A lone CR ended the line of one dot: this byte is the first behind it. */
static void
odd_end_before(struct dotted *dotted, uint8_t byte)
{
	if (dotted->bare_ends)
		return;
	odd_end(dotted);
	dotted->maybe_ended = byte == '\r';
	if (dotted->watching)
		watch(dotted, byte);
}

static uint8_t
state_behind(uint8_t byte)
{
	return byte == '\r' ? TEXT_CR : TEXT;
}

static void
line_ended(struct dotted *dotted, bool bare)
{
	dotted->state = LINE_START;
	dotted->bare = bare;
}

/* True when this byte completed the end. */
static bool
take_byte(struct dotted *dotted, uint8_t byte)
{
	bool ended = false;

	if (dotted->watching)
		watch(dotted, byte);
	if (byte != '\r' && byte != '\n')
		dotted->maybe_ended = false;
	switch (dotted->state) {
	case LINE_START:
		if (byte == '.')
			dotted->state = DOT;
		else if (byte == '\n')
			line_ended(dotted, true);
		else
			dotted->state = state_behind(byte);
		break;
	case DOT:
		if (byte == '\n') {
			ended = odd_end(dotted);
			line_ended(dotted, true);
		} else {
			dotted->state = byte == '\r' ? DOT_CR : TEXT;
		}
		break;
	case DOT_CR:
		if (byte == '\n') {
			ended = dotted->bare ? odd_end(dotted) : true;
			line_ended(dotted, false);
		} else {
			odd_end_before(dotted, byte);
			dotted->state = byte == '.' ? CR_DOT : state_behind(byte);
		}
		break;
	case CR_DOT:
		if (byte == '\r' || byte == '\n')
			odd_end(dotted);
		if (byte == '\n')
			line_ended(dotted, true);
		else
			dotted->state = state_behind(byte);
		break;
	default:
		if (byte == '\n')
			line_ended(dotted, dotted->state != TEXT_CR);
		else if (byte == '.' && dotted->state == TEXT_CR)
			dotted->state = CR_DOT;
		else
			dotted->state = state_behind(byte);
		break;
	}
	return ended;
}

/* Where text stands that ends with `last` and `before`, the bytes in front of it. */
static void
stand_behind(struct dotted *dotted, uint8_t before, uint8_t last)
{
	if (last == '\n')
		line_ended(dotted, before != '\r');
	else
		dotted->state = state_behind(last);
}

/* How far the next dot is that begins a line, or stands behind a CR: nothing in front of it can end the text.  `before`
 * is the byte in front of `in`. */
static size_t
next_dot(struct span in, uint8_t before)
{
	size_t at = 0;

	while (at < in.len) {
		const uint8_t *dot = memchr(in.at + at, '.', in.len - at);

		if (dot == NULL)
			return in.len;
		at = (size_t)(dot - in.at);
		if (at > 0)
			before = in.at[at - 1];
		if (before == '\r' || before == '\n')
			return at;
		at++;
	}
	return in.len;
}

/* Passes over what no state but that behind it depends on, and says how much that is. */
static size_t
pass_text(struct dotted *dotted, struct span in)
{
	static const uint8_t fronts[] = { [LINE_START] = '\n', [TEXT] = 'x', [TEXT_CR] = '\r' };
	uint8_t front;
	size_t len;

	if (dotted->watching || dotted->maybe_ended ||
	    (dotted->state != TEXT && dotted->state != TEXT_CR && dotted->state != LINE_START))
		return 0;
	front = fronts[dotted->state];
	len = next_dot(in, front);
	if (len > 0)
		stand_behind(dotted, len > 1 ? in.at[len - 2] : front, in.at[len - 1]);
	return len;
}

size_t
dotted_take(struct dotted *dotted, struct span in, bool *ended_r)
{
	size_t taken = 0;

	*ended_r = false;
	while (taken < in.len && !*ended_r) {
		taken += pass_text(dotted, span_after(in, taken));
		if (taken < in.len)
			*ended_r = take_byte(dotted, in.at[taken++]);
	}
	dotted->size += taken;
	if (*ended_r)
		dotted->size -= dotted->bare ? 2 : 3;
	return taken;
}

bool
dotted_has_text(const struct dotted *dotted, bool ended)
{
	static const uint8_t last_line[] = { [DOT] = 1, [DOT_CR] = 2 };
	uint64_t pending = ended || dotted->state > DOT_CR ? 0 : last_line[dotted->state];

	return dotted->size > pending;
}
