/* The bytes of one line of dialogue: text with escapes, hexadecimal digits, or a file. */
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void
add_octet(const struct reader *r, struct octets *to, uint8_t octet)
{
	if (to->len == BYTES_MOST)
		wrong(r, "more than %d bytes in one piece", BYTES_MOST);
	if (to->len == to->room) {
		to->room = to->room == 0 ? 256 : to->room * 2;
		to->at = realloc(to->at, to->room);
		if (to->at == NULL)
			abort();
	}
	to->at[to->len++] = octet;
}

static uint8_t
hex_octet(const struct reader *r, const char *at)
{
	char digits[3] = { at[0], at[0] == '\0' ? '\0' : at[1], '\0' };

	if (!isxdigit((unsigned char)digits[0]) || !isxdigit((unsigned char)digits[1]))
		wrong(r, "'%s' are no two hexadecimal digits", digits);
	return (uint8_t)strtoul(digits, NULL, 16);
}

static void add_text(const struct reader *r, struct octets *to, const char *at, const char *end);

/* \{600:text} is the text 600 times; escapes in it count. */
static const char *
add_repeated(const struct reader *r, struct octets *to, const char *at)
{
	char *text;
	unsigned long times = strtoul(at, &text, 10);
	const char *end = strchr(at, '}');

	if (text == at || *text != ':' || end == NULL)
		wrong(r, "\\{ needs TIMES:TEXT}");
	while (times-- > 0)
		add_text(r, to, text + 1, end);
	return end + 1;
}

static const char *
add_escape(const struct reader *r, struct octets *to, const char *at)
{
	static const char names[] = "rnt0\\", values[] = "\r\n\t\0\\";
	const char *name = *at == '\0' ? NULL : strchr(names, *at);

	if (*at == 'x') {
		add_octet(r, to, hex_octet(r, at + 1));
		return at + 3;
	}
	if (*at == '{')
		return add_repeated(r, to, at + 1);
	if (name == NULL)
		wrong(r, "unknown escape \\%c", *at);
	add_octet(r, to, (uint8_t)values[name - names]);
	return at + 1;
}

static void
add_text(const struct reader *r, struct octets *to, const char *at, const char *end)
{
	while (at < end) {
		if (*at == '\\')
			at = add_escape(r, to, at + 1);
		else
			add_octet(r, to, (uint8_t)*at++);
	}
}

static void
add_hex(const struct reader *r, struct octets *to, const char *at)
{
	for (at += strspn(at, " "); *at != '\0'; at += strspn(at, " ")) {
		add_octet(r, to, hex_octet(r, at));
		at += 2;
	}
}

/* The file is named from the folder of the text. */
static void
add_file(const struct reader *r, struct octets *to, const char *name)
{
	const char *slash = strrchr(r->path, '/');
	int folder = slash == NULL ? 0 : (int)(slash + 1 - r->path);
	char path[4096];
	FILE *file;
	int c;

	snprintf(path, sizeof path, "%.*s%s", folder, r->path, name);
	file = fopen(path, "rb");
	if (file == NULL)
		wrong(r, "cannot read %s", path);
	while ((c = getc(file)) != EOF)
		add_octet(r, to, (uint8_t)c);
	fclose(file);
}

void
add_bytes(const struct reader *r, struct octets *to, char mark, const char *text)
{
	const char *end = text + strlen(text);

	text += *text == ' ' ? 1 : 0;
	switch (mark) {
	case ':':
		add_text(r, to, text, end);
		add_octet(r, to, '\r');
		add_octet(r, to, '\n');
		break;
	case ';':
		add_text(r, to, text, end);
		add_octet(r, to, '\n');
		break;
	case '.':
		add_text(r, to, text, end);
		break;
	case '=':
		add_hex(r, to, text);
		break;
	case '<':
		add_file(r, to, text);
		break;
	default:
		wrong(r, "'%c' is none of : ; . = <", mark);
	}
}
