/* The row of a footprint. */
#include "store/footprint_row.h"

#include "base/table.h"
#include "store/bind.h"
#include "store/places.h"

#include <sqlite3.h>

/* How a field of one type comes to the database and back. */
struct type {
	void (*bind)(struct row *row, const void *field);
	void (*read)(sqlite3_stmt *row, int column, void *field);
};

static void
bind_16(struct row *row, const void *field)
{
	row_integer(row, *(const uint16_t *)field);
}

static void
read_16(sqlite3_stmt *row, int column, void *field)
{
	*(uint16_t *)field = (uint16_t)sqlite3_column_int64(row, column);
}

static void
bind_32(struct row *row, const void *field)
{
	row_integer(row, *(const uint32_t *)field);
}

static void
read_32(sqlite3_stmt *row, int column, void *field)
{
	*(uint32_t *)field = (uint32_t)sqlite3_column_int64(row, column);
}

static void
bind_64(struct row *row, const void *field)
{
	row_count(row, *(const uint64_t *)field);
}

static void
read_64(sqlite3_stmt *row, int column, void *field)
{
	*(uint64_t *)field = (uint64_t)sqlite3_column_int64(row, column);
}

static void
bind_span(struct row *row, const void *field)
{
	row_span(row, *(const struct span *)field);
}

static void
read_span(sqlite3_stmt *row, int column, void *field)
{
	const void *at = sqlite3_column_text(row, column);

	*(struct span *)field = span_from(at, at != NULL ? (size_t)sqlite3_column_bytes(row, column) : 0);
}

static void
bind_verdict(struct row *row, const void *field)
{
	row_text(row, verdict_word(*(const enum verdict *)field));
}

static void
read_verdict(sqlite3_stmt *row, int column, void *field)
{
	struct span word;

	read_span(row, column, &word);
	if (!verdict_from_word(word, field))
		*(enum verdict *)field = VERDICT_UNKNOWN_PARTIAL;
}

static void
bind_client(struct row *row, const void *field)
{
	row_integer(row, *(const enum client_kind *)field);
}

static void
read_client(sqlite3_stmt *row, int column, void *field)
{
	int64_t number = sqlite3_column_int64(row, column);

	*(enum client_kind *)field = number == CLIENT_SCANNER ? CLIENT_SCANNER
	                             : number == CLIENT_MONITOR ? CLIENT_MONITOR : CLIENT_ORDINARY;
}

static const struct type type_16 = { bind_16, read_16 };
static const struct type type_32 = { bind_32, read_32 };
static const struct type type_64 = { bind_64, read_64 };
static const struct type type_span = { bind_span, read_span };
static const struct type type_verdict = { bind_verdict, read_verdict };
static const struct type type_client = { bind_client, read_client };

static const struct column {
	const char        *name;
	const struct type *type;
	size_t             at;
} columns[] = {
#define COLUMN(name, type, field) { #name, &type_##type, offsetof(struct footprint, field) }
	COLUMN(flags, 32, flags),
	COLUMN(client_kind, client, client_kind),
	COLUMN(verdict, verdict, verdict),
	COLUMN(verdict_suspected, verdict, verdict_suspected),
	COLUMN(verdict_proven, verdict, verdict_proven),
	COLUMN(greeting_name, span, greeting_name),
	COLUMN(product, span, product),
	COLUMN(syn_shape, span, syn_shape),
	COLUMN(keywords, span, keywords),
	COLUMN(list_octets, 32, list_octets),
	COLUMN(mechanisms, span, mechanisms),
	COLUMN(refusal_code, 32, refusal_code),
	COLUMN(logins_accepted, 32, logins_accepted),
	COLUMN(logins_wrong, 32, logins_wrong),
	COLUMN(logins_refused, 32, logins_refused),
	COLUMN(account, span, account),
	COLUMN(mechanism, span, mechanism),
	COLUMN(envelope_mark, 32, envelope_mark),
	COLUMN(content_bytes, 64, content_bytes),
	COLUMN(sender_domain, span, sender_domain),
	COLUMN(recipient_domains, span, recipient_domains),
	COLUMN(offers_version, 16, offers_version),
	COLUMN(cipher_traits, 32, cipher_traits),
	COLUMN(offered_extras, 32, offered_extras),
	COLUMN(key_share_sha256, span, key_share_sha256),
	COLUMN(ticket_name, span, ticket_name),
	COLUMN(client_random, span, client_random),
	COLUMN(queue_id, span, queue_id),
	COLUMN(client_sequence, 32, initial_sequence[CLIENT]),
	COLUMN(server_sequence, 32, initial_sequence[SERVER]),
#undef COLUMN
};

/* Writing ----------------------------------------------------------------------------------------- */

void
footprint_row_columns(struct buffer *sql, const char *prefix)
{
	for (size_t i = 0; i < TABLE_LENGTH(columns); i++)
		buffer_printf(sql, ", %s%s", prefix, columns[i].name);
	buffer_printf(sql, ", %splaces", prefix);
}

const char *
footprint_row_insert(struct buffer *sql)
{
	buffer_add_text(sql, "INSERT INTO footprint (session_id");
	footprint_row_columns(sql, "");
	buffer_add_text(sql, ") VALUES (?,?");
	for (size_t i = 0; i < TABLE_LENGTH(columns); i++)
		buffer_add_text(sql, ",?");
	buffer_add_text(sql, ")");
	return buffer_text(sql);
}

int
footprint_row_add(struct buffer *rows, const struct session *session, struct buffer *scratch)
{
	const struct places_origin origin = { session->first.time_ns, session->first.capture };
	const struct footprint *footprint = session->footprint;
	struct row row = row_into(rows, TABLE_FOOTPRINT);

	row_symbol(&row, VALUE_SESSION);
	for (size_t i = 0; i < TABLE_LENGTH(columns); i++)
		columns[i].type->bind(&row, (const char *)footprint + columns[i].at);
	buffer_clear(scratch);
	places_write(scratch, footprint->places, &origin);
	row_span(&row, buffer_span(scratch));
	return scratch->failed ? SQLITE_NOMEM : row_insert(&row);
}

/* Reading back ------------------------------------------------------------------------------------ */

void
footprint_row_read(struct sqlite3_stmt *row, int column, uint32_t capture, struct buffer *texts,
	struct footprint *footprint)
{
	const struct places_origin origin = { footprint->started_ns, capture };
	struct span places;

	for (size_t i = 0; i < TABLE_LENGTH(columns); i++)
		columns[i].type->read(row, column++, (char *)footprint + columns[i].at);
	read_span(row, column, &places);
	places_read(places, &origin, texts, footprint->places);
}
