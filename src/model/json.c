/* Writing one JSON object (RFC 8259), member after member. */
#include "model/json.h"

#include "base/text.h"

#include <inttypes.h>

static void
begin_member(struct json *json, const char *name)
{
	if (json->inside)
		buffer_add_text(json->out, ",");
	json->inside = true;
	if (name == NULL)
		return;
	buffer_add_text(json->out, "\"");
	buffer_add_text(json->out, name);
	buffer_add_text(json->out, "\":");
}

static void
open_with(struct json *json, const char *name, const char *bracket)
{
	begin_member(json, name);
	buffer_add_text(json->out, bracket);
	json->inside = false;
}

static void
close_with(struct json *json, const char *bracket)
{
	buffer_add_text(json->out, bracket);
	json->inside = true;
}

void
json_open(struct json *json, const char *name)
{
	open_with(json, name, "{");
}

void
json_close(struct json *json)
{
	close_with(json, "}");
}

void
json_open_list(struct json *json, const char *name)
{
	open_with(json, name, "[");
}

void
json_close_list(struct json *json)
{
	close_with(json, "]");
}

/* What is printable already stays as it is, so that it reads as the database has it.  A byte that is quoted becomes
 * four: the limit is on what comes out. */
void
json_text(struct json *json, const char *name, struct span text)
{
	struct span taken = text_first(text, JSON_TEXT_MOST), shown;
	struct buffer quoted = { 0 };

	begin_member(json, name);
	if (text_is_printable(taken))
		buffer_add(&quoted, taken);
	else
		text_quote(&quoted, taken, taken.len);
	shown = text_first(buffer_span(&quoted), JSON_TEXT_MOST);
	if (taken.len < text.len || shown.len < quoted.len) {
		quoted.len = shown.len;
		buffer_add_text(&quoted, "...");
	}
	text_json(json->out, buffer_span(&quoted));
	json->out->failed |= quoted.failed;
	buffer_free(&quoted);
}

void
json_number(struct json *json, const char *name, uint64_t number)
{
	begin_member(json, name);
	buffer_add_number(json->out, number);
}

void
json_integer(struct json *json, const char *name, int64_t number)
{
	begin_member(json, name);
	buffer_printf(json->out, "%" PRId64, number);
}

void
json_bool(struct json *json, const char *name, bool yes)
{
	begin_member(json, name);
	buffer_add_text(json->out, yes ? "true" : "false");
}

void
json_null(struct json *json, const char *name)
{
	begin_member(json, name);
	buffer_add_text(json->out, "null");
}

void
json_text_or_null(struct json *json, const char *name, struct span text)
{
	if (text.len == 0)
		json_null(json, name);
	else
		json_text(json, name, text);
}

void
json_known(struct json *json, const char *name, enum known known)
{
	if (known == UNKNOWN)
		json_null(json, name);
	else
		json_bool(json, name, known == YES);
}
