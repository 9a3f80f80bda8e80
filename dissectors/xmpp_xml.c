/* A bounded reader of XML, one byte at a time, so that a unit is read once however it comes. */
#include "xmpp_xml.h"

#include "base/table.h"

#include <ctype.h>
#include <string.h>

static const char stream_name[] = "stream";

enum {
	LETTERS_OTHER = sizeof(stream_name) + 1,
	OPENED_MOST = 16,
	REFERENCE_MOST = 10,    /* "&#x10FFFF;" */
};

static bool
is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* Units ------------------------------------------------------------------------------------------- */

/* The local part of the first tag's name, letter by letter. */
static void
spell(struct xml_scan *scan, uint8_t byte)
{
	bool over = is_blank(byte) || byte == '/' || byte == '>';

	if (scan->named || scan->depth > 0)
		return;
	if (over)
		scan->named = true;
	else if (byte == ':')
		scan->letters = 0;
	else if (scan->letters < sizeof(stream_name) - 1 && stream_name[scan->letters] == (char)byte)
		scan->letters++;
	else
		scan->letters = LETTERS_OTHER;
}

static void
enter(struct xml_scan *scan, enum xml_place place)
{
	scan->place = place;
	scan->opened = 0;
	scan->before[0] = scan->before[1] = 0;
}

static bool
leave(struct xml_scan *scan)
{
	enter(scan, XML_TEXT);
	return scan->depth == 0;
}

static bool
end_start_tag(struct xml_scan *scan)
{
	bool empty = scan->before[0] == '/';
	bool header = !empty && scan->depth == 0 && scan->letters == sizeof(stream_name) - 1;

	scan->depth += !empty && !header;
	return leave(scan);
}

static bool
in_markup(struct xml_scan *scan, uint8_t byte)
{
	switch (byte) {
	case '/': enter(scan, XML_END_TAG); return false;
	case '?': enter(scan, XML_INSTRUCTION); return false;
	case '!': enter(scan, XML_DECLARED); return false;
	default: break;
	}
	enter(scan, XML_TAG);
	spell(scan, byte);
	return byte == '>' && end_start_tag(scan);
}

static bool
in_tag(struct xml_scan *scan, uint8_t byte)
{
	spell(scan, byte);
	if (byte == '"' || byte == '\'') {
		scan->quote = byte;
		scan->place = XML_VALUE;
	}
	return byte == '>' && end_start_tag(scan);
}

static bool
in_end_tag(struct xml_scan *scan, uint8_t byte)
{
	if (byte != '>')
		return false;
	scan->depth -= scan->depth > 0;
	return leave(scan);
}

/* What "<!" begins is told by what follows it.  The declarations inside a document type are counted in `letters`:
 * nothing was spelt before it. */
static bool
in_declared(struct xml_scan *scan, uint8_t byte)
{
	static const char cdata[] = "[CDATA[";

	if (scan->opened == 2 && scan->before[0] == '-' && byte == '-') {
		enter(scan, XML_COMMENT);
		return false;
	}
	if (scan->opened == sizeof(cdata) - 1 && byte == '[' && scan->before[0] == 'A' && scan->before[1] == 'T') {
		enter(scan, XML_CDATA);
		return false;
	}
	if (byte == '<')
		scan->letters++;
	if (byte != '>')
		return false;
	if (scan->letters > 0 && scan->depth == 0) {
		scan->letters--;
		return false;
	}
	return leave(scan);
}

static bool
take_byte(struct xml_scan *scan, uint8_t byte)
{
	if (scan->opened < OPENED_MOST)
		scan->opened++;
	switch (scan->place) {
	case XML_TEXT:
		if (byte == '<')
			enter(scan, XML_MARKUP);
		return false;
	case XML_MARKUP: return in_markup(scan, byte);
	case XML_TAG: return in_tag(scan, byte);
	case XML_VALUE:
		if (byte == scan->quote)
			enter(scan, XML_TAG);
		return false;
	case XML_END_TAG: return in_end_tag(scan, byte);
	case XML_DECLARED: return in_declared(scan, byte);
	case XML_COMMENT:
		return byte == '>' && scan->opened > 2 && scan->before[0] == '-' && scan->before[1] == '-' &&
		       leave(scan);
	case XML_CDATA:
		return byte == '>' && scan->opened > 2 && scan->before[0] == ']' && scan->before[1] == ']' &&
		       leave(scan);
	case XML_INSTRUCTION: return byte == '>' && scan->before[0] == '?' && leave(scan);
	}
	return false;
}

bool
xml_scan(struct xml_scan *scan, struct span unit, size_t *at)
{
	while (*at < unit.len) {
		uint8_t byte = unit.at[(*at)++];
		enum xml_place place = scan->place;

		if (take_byte(scan, byte))
			return true;
		if (scan->place == place) {
			scan->before[1] = scan->before[0];
			scan->before[0] = byte;
		}
	}
	return false;
}

/* Elements ---------------------------------------------------------------------------------------- */

/* Where the start tag ends: the place of its ">"; its length when it does not. */
static size_t
find_tag_end(struct span tag)
{
	uint8_t quote = 0;

	for (size_t i = 1; i < tag.len; i++) {
		uint8_t byte = tag.at[i];

		if (quote != 0)
			quote = byte == quote ? 0 : quote;
		else if (byte == '"' || byte == '\'')
			quote = byte;
		else if (byte == '>')
			return i;
	}
	return tag.len;
}

/* The end tag of a whole unit is the last one in it. */
static size_t
find_content_end(struct span unit)
{
	size_t at = unit.len;

	while (at > 0 && unit.at[at - 1] != '<')
		at--;
	return at == 0 ? 0 : at - 1;
}

static size_t
name_length(struct span tag)
{
	size_t len = 0;

	while (len < tag.len && !is_blank(tag.at[len]) && tag.at[len] != '/' && tag.at[len] != '>')
		len++;
	return len;
}

bool
xml_read(struct span unit, struct xml_element *element_r)
{
	size_t tag_end = find_tag_end(unit), end, colon;
	struct span tag, name;
	struct xml_scan scan = { 0 };
	size_t at = 0;
	bool empty;

	*element_r = (struct xml_element){ 0 };
	if (tag_end == unit.len || unit.len < 2 || unit.at[0] != '<' || memchr("/?!", unit.at[1], 3) != NULL)
		return false;
	tag = span_from(unit.at + 1, tag_end - 1);
	empty = tag.len > 0 && tag.at[tag.len - 1] == '/';
	name = span_first(tag, name_length(tag));
	colon = span_find(name, ":");
	element_r->prefix = colon < name.len ? span_first(name, colon) : (struct span){ 0 };
	element_r->name = colon < name.len ? span_after(name, colon + 1) : name;
	element_r->attributes = span_after(tag, name.len);
	element_r->attributes.len -= empty && element_r->attributes.len > 0;
	if (empty)
		return true;
	end = xml_scan(&scan, unit, &at) ? find_content_end(span_first(unit, at)) : unit.len;
	if (end > tag_end)
		element_r->content = span_from(unit.at + tag_end + 1, end - tag_end - 1);
	return true;
}

bool
xml_is_closed(struct span unit, const struct xml_element *element)
{
	struct span end = span_after(unit, find_content_end(unit));

	if (span_starts(unit, "</") || !span_starts(end, "</"))
		return find_content_end(unit) == 0;
	end = span_after(end, 2);
	if (element->prefix.len > 0 && span_equal(span_first(end, element->prefix.len), element->prefix))
		end = span_after(end, element->prefix.len + 1);
	return span_equal(span_first(end, name_length(end)), element->name);
}

bool
xml_take_child(struct span *content, struct xml_element *child_r, struct span *before_r)
{
	struct span start = *content;

	while (content->len > 0) {
		size_t open = 0, at = 0;
		struct xml_scan scan = { 0 };
		struct span unit;

		while (open < content->len && content->at[open] != '<')
			open++;
		unit = span_after(*content, open);
		xml_scan(&scan, unit, &at);
		*content = span_after(unit, at);
		if (xml_read(span_first(unit, at), child_r)) {
			*before_r = span_from(start.at, (size_t)(unit.at - start.at));
			return true;
		}
	}
	return false;
}

bool
xml_child(struct span content, const char *name, struct xml_element *child_r)
{
	struct span before;

	while (xml_take_child(&content, child_r, &before))
		if (span_is(child_r->name, name))
			return true;
	return false;
}

bool
xml_take_attribute(struct span *attributes, struct span *name_r, struct span *value_r)
{
	struct span rest = span_after(*attributes, xml_blanks(*attributes));
	size_t equals = span_find(rest, "="), len;
	uint8_t quote;

	*attributes = (struct span){ 0 };
	if (equals == rest.len)
		return false;
	*name_r = xml_trim(span_first(rest, equals));
	rest = span_after(rest, equals + 1);
	rest = span_after(rest, xml_blanks(rest));
	if (rest.len == 0 || (rest.at[0] != '"' && rest.at[0] != '\''))
		return false;
	quote = rest.at[0];
	rest = span_after(rest, 1);
	for (len = 0; len < rest.len && rest.at[len] != quote; len++)
		continue;
	*value_r = span_first(rest, len);
	*attributes = span_after(rest, len + 1);
	return len < rest.len;
}

struct span
xml_attribute(struct span attributes, const char *name)
{
	struct span found, value;

	while (xml_take_attribute(&attributes, &found, &value))
		if (span_is(found, name))
			return value;
	return (struct span){ 0 };
}

struct span
xml_namespace(const struct xml_element *element)
{
	struct span rest = element->attributes, name, value;

	while (xml_take_attribute(&rest, &name, &value)) {
		if (element->prefix.len == 0 && span_is(name, "xmlns"))
			return value;
		if (element->prefix.len > 0 && span_starts(name, "xmlns:") &&
		    span_equal(span_after(name, 6), element->prefix))
			return value;
	}
	return (struct span){ 0 };
}

/* Text -------------------------------------------------------------------------------------------- */

size_t
xml_blanks(struct span text)
{
	size_t count = 0;

	while (count < text.len && is_blank(text.at[count]))
		count++;
	return count;
}

struct span
xml_trim(struct span text)
{
	text = span_after(text, xml_blanks(text));
	while (text.len > 0 && is_blank(text.at[text.len - 1]))
		text.len--;
	return text;
}

static void
add_character(struct buffer *out, uint32_t c)
{
	uint8_t bytes[4];
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = len; i-- > 1; c >>= 6)
		bytes[i] = (uint8_t)(0x80 | (c & 0x3F));
	bytes[0] = (uint8_t)(len == 1 ? c : (0xF00U >> len & 0xFF) | c);
	buffer_add(out, span_from(bytes, len));
}

/* The number in "#65" or "#x41"; false for any other, and for what is no character. */
static bool
read_number(struct span digits, uint32_t *c_r)
{
	bool hex = digits.len > 1 && digits.at[1] == 'x';
	uint32_t c = 0;

	digits = span_after(digits, hex ? 2 : 1);
	for (size_t i = 0; i < digits.len; i++) {
		uint8_t digit = digits.at[i];

		if (hex ? !isxdigit(digit) : !isdigit(digit))
			return false;
		c = c * (hex ? 16 : 10) + (uint32_t)(isdigit(digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
	}
	*c_r = c;
	return digits.len > 0 && c > 0 && c <= 0x10FFFF;
}

/* A reference at the front of `rest`: its length, 0 where it is none that is known. */
static size_t
add_reference(struct buffer *out, struct span rest)
{
	static const struct {
		const char *text;
		char        stands_for;
	} known[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&apos;", '\'' } };
	size_t end;
	uint32_t c;

	for (size_t i = 0; i < TABLE_LENGTH(known); i++)
		if (span_starts(rest, known[i].text)) {
			add_character(out, (uint32_t)known[i].stands_for);
			return strlen(known[i].text);
		}
	end = span_find(span_first(rest, REFERENCE_MOST), ";");
	if (!span_starts(rest, "&#") || end >= span_first(rest, REFERENCE_MOST).len ||
	    !read_number(span_first(span_after(rest, 1), end - 1), &c))
		return 0;
	add_character(out, c);
	return end + 1;
}

void
xml_text(struct buffer *out, struct span content)
{
	static const char cdata[] = "<![CDATA[";
	size_t used;

	while (content.len > 0) {
		if (span_starts(content, cdata)) {
			struct span marked = span_after(content, strlen(cdata));
			size_t end = span_find(marked, "]]>");

			buffer_add(out, span_first(marked, end));
			content = span_after(marked, end + 3);
			continue;
		}
		if (content.at[0] == '<')
			return;
		used = content.at[0] == '&' ? add_reference(out, content) : 0;
		if (used == 0) {
			buffer_add(out, span_first(content, 1));
			used = 1;
		}
		content = span_after(content, used);
	}
}
