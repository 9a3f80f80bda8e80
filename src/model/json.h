/* Writing one JSON object, member after member.  Commas and quotes are put here and nowhere else; a buffer that ran out
 * of memory says so (buffer.failed). */
#ifndef STARTTRACE_MODEL_JSON_H
#define STARTTRACE_MODEL_JSON_H

#include "base/buffer.h"
#include "model/words.h"

enum {
	JSON_TEXT_MOST = 2048,          /* bytes of a text; a longer one is cut and ends in "..." */
};

struct json {
	struct buffer *out;
	bool           inside;          /* something stands in this object already */
};

/* `name` is a constant of plain letters; NULL for the outermost object and for members of a list. */
void json_open(struct json *json, const char *name);
void json_close(struct json *json);
void json_open_list(struct json *json, const char *name);
void json_close_list(struct json *json);

/* Any bytes: what is not printable UTF-8 is quoted first. */
void json_text(struct json *json, const char *name, struct span text);
void json_number(struct json *json, const char *name, uint64_t number);
void json_integer(struct json *json, const char *name, int64_t number);
void json_bool(struct json *json, const char *name, bool yes);
void json_null(struct json *json, const char *name);

/* null for what is not known: an empty text, UNKNOWN. */
void json_text_or_null(struct json *json, const char *name, struct span text);
void json_known(struct json *json, const char *name, enum known known);

#endif
