/* What statements of this program can compute beyond what SQLite does. */
#include "store/functions.h"

#include "base/digest.h"
#include "base/table.h"
#include "model/identity.h"
#include "wire/community.h"

#include <sqlite3.h>

enum {
	KEY_TOLD_USUAL = 1024,          /* bytes of what a pattern's key is made of */
};

static bool
take_end(sqlite3_value **values, struct endpoint *end_r)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);

	*end_r = (struct endpoint){ .port = (uint16_t)sqlite3_value_int64(values[1]) };
	return text != NULL && address_from_text(text, &end_r->address);
}

static void
compute_identity(sqlite3_context *context, int count, sqlite3_value **values)
{
	const void *vantage = sqlite3_value_text(values[0]);
	struct session_place place = {
		.vantage = span_from(vantage, vantage != NULL ? (size_t)sqlite3_value_bytes(values[0]) : 0),
		.vlan = (uint32_t)sqlite3_value_int64(values[1]),
		.started_ns = sqlite3_value_int64(values[6]),
	};
	char identity[IDENTITY_TEXT_SIZE];

	(void)count;
	if (take_end(&values[2], &place.ends[0]) && take_end(&values[4], &place.ends[1]))
		sqlite3_result_text(context, session_identity(&place, identity), -1, SQLITE_TRANSIENT);
}

static void
compute_community(sqlite3_context *context, int count, sqlite3_value **values)
{
	char community[COMMUNITY_ID_SIZE];
	struct endpoint client, server;

	(void)count;
	if (take_end(&values[0], &client) && take_end(&values[2], &server))
		sqlite3_result_text(context, community_id(&client, &server, community), -1, SQLITE_TRANSIENT);
}

/* Its type, and itself as a number, or its length and bytes: no two rows of values look the same. */
static void
write_value(struct buffer *out, sqlite3_value *value)
{
	const int type = sqlite3_value_type(value);
	const void *bytes = type == SQLITE_INTEGER ? NULL : sqlite3_value_blob(value);
	const size_t len = type == SQLITE_INTEGER ? 0 : (size_t)sqlite3_value_bytes(value);
	const uint64_t number = type == SQLITE_INTEGER ? (uint64_t)sqlite3_value_int64(value) : len;
	uint8_t head[1 + sizeof(number)] = { (uint8_t)type };

	for (size_t i = 0; i < sizeof(number); i++)
		head[1 + i] = (uint8_t)(number >> (8 * i));
	buffer_add(out, span_from(head, sizeof(head)));
	buffer_add(out, span_from(bytes, len));
}

/* Half of a SHA-256 is far beyond what anybody makes two of. */
static void
compute_key(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct buffer told = { 0 };
	uint8_t digest[SHA256_SIZE];

	buffer_reserve(&told, KEY_TOLD_USUAL);
	for (int i = 0; i < count; i++)
		write_value(&told, values[i]);
	digest_sha256(buffer_span(&told), digest);
	if (told.failed)
		sqlite3_result_error_nomem(context);
	else
		sqlite3_result_blob(context, digest, sizeof(digest) / 2, SQLITE_TRANSIENT);
	buffer_free(&told);
}

int
functions_add(struct sqlite3 *db)
{
	static const struct {
		const char *name;
		int         count;
		void      (*compute)(sqlite3_context *context, int count, sqlite3_value **values);
	} functions[] = {
		{ "session_identity", 7, compute_identity },
		{ "community_id", 4, compute_community },
		{ "pattern_key", -1, compute_key },
	};
	int result = SQLITE_OK;

	for (size_t i = 0; i < TABLE_LENGTH(functions) && result == SQLITE_OK; i++)
		result = sqlite3_create_function_v2(db, functions[i].name, functions[i].count,
			SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL, functions[i].compute, NULL, NULL,
			NULL);
	return result;
}
