/* What somebody answers for.  The database itself writes down each change of these rows, by triggers, so that a change
 * by another program is written down as well.  Elsewhere triggers are off, since a database may come from anybody: they
 * are let run here alone, and only if they are, to the letter, those that this program makes. */
#include "store/acceptance.h"

#include "base/text.h"
#include "store/bind.h"
#include "store/database.h"
#include "store/lock.h"
#include "store/migrate.h"
#include "store/query.h"
#include "store/schema.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

enum {
	WORDS_MOST = 2000,      /* octets of a name or a reason */
	WAIT_MOST_MS = 4500,
};

/* The words, as they are kept ------------------------------------------------------------------- */

struct kept_word {
	struct buffer by, reason, recorded_by;
};

static struct status
keep_text(const char *what, const char *given, struct buffer *out)
{
	struct span text = span_trim(span_of(given));

	if (text.len == 0)
		return status_of(STATUS_USAGE, "%s is empty; an acceptance needs somebody who answers for it, and "
			"a reason", what);
	if (text.len > WORDS_MOST)
		return status_of(STATUS_USAGE, "%s is longer than %d octets", what, WORDS_MOST);
	if (text_is_printable(text))
		buffer_add(out, text);
	else
		text_quote(out, text, text.len);
	return out->failed ? status_of(STATUS_NO_MEMORY, "out of memory") : status_ok();
}

static struct status
keep_word(const struct acceptance_word *word, struct kept_word *kept_r)
{
	struct status status;

	*kept_r = (struct kept_word){ 0 };
	status = keep_text("who accepts", word->by, &kept_r->by);
	if (status_is_ok(&status))
		status = keep_text("the reason", word->reason, &kept_r->reason);
	if (status_is_ok(&status))
		status = keep_text("the account", word->recorded_by, &kept_r->recorded_by);
	return status;
}

static void
free_word(struct kept_word *kept)
{
	buffer_free(&kept->by);
	buffer_free(&kept->reason);
	buffer_free(&kept->recorded_by);
}

/* The triggers ---------------------------------------------------------------------------------- */

static struct status
list_triggers(sqlite3 *db, const char *path, struct buffer *list)
{
	static const char sql[] = "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (result == SQLITE_OK)
		while ((result = sqlite3_step(statement)) == SQLITE_ROW)
			for (int i = 0; i < 3; i++) {
				buffer_add_text(list, (const char *)sqlite3_column_text(statement, i));
				buffer_add_text(list, "\n");
			}
	sqlite3_finalize(statement);
	if (list->failed)
		return status_of(STATUS_NO_MEMORY, "%s: out of memory", path);
	return result == SQLITE_DONE ? status_ok() : database_trouble(db, path, result);
}

/* Those of a new database. */
static struct status
list_own_triggers(const char *path, struct buffer *list)
{
	sqlite3 *model = NULL;
	int result = sqlite3_open(":memory:", &model);
	struct status status = result == SQLITE_OK ? database_run(model, path, query_file("tables"))
	                                           : database_trouble(model, path, result);

	if (status_is_ok(&status))
		status = list_triggers(model, path, list);
	sqlite3_close(model);
	return status;
}

static struct status
let_triggers_run(sqlite3 *db, const char *path)
{
	struct buffer own = { 0 }, found = { 0 };
	struct status status = list_own_triggers(path, &own);

	if (status_is_ok(&status))
		status = list_triggers(db, path, &found);
	if (status_is_ok(&status) && !span_equal(buffer_span(&own), buffer_span(&found)))
		status = status_of(STATUS_STORE, "%s: another program has changed how this database writes down what "
			"is accepted; nothing can be accepted in it", path);
	if (status_is_ok(&status))
		sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
	buffer_free(&own);
	buffer_free(&found);
	return status;
}

/* One transaction ------------------------------------------------------------------------------- */

struct change {
	sqlite3    *db;
	const char *path;
};

/* A run leaves but moments between two of its transactions: SQLite's own waiting, which looks ten times a second, would
 * miss most of them. */
static int
wait_for_moment(void *user, int waited)
{
	(void)user;
	return waited < WAIT_MOST_MS && usleep(1000) == 0;
}

static struct status
open_change(struct change *change)
{
	struct status status = database_open(change->path, DATABASE_CHANGE, &change->db);

	if (status_is_ok(&status))
		sqlite3_busy_handler(change->db, wait_for_moment, NULL);
	return status_is_ok(&status) ? migrate_check(change->db, change->path, schema_files) : status;
}

static struct status
begin(const struct change *change)
{
	struct status status = database_run(change->db, change->path, "BEGIN IMMEDIATE");

	if (status_is_ok(&status))
		status = let_triggers_run(change->db, change->path);
	return status;
}

/* What is not committed is gone with the connection.  A run that ended meanwhile could not put its journal away. */
static void
close_change(struct change *change)
{
	if (change->db != NULL && !lock_is_there(sqlite3_db_filename(change->db, "main")))
		database_rest(change->db);
	sqlite3_close(change->db);
}

static struct status
commit(const struct change *change)
{
	return database_run(change->db, change->path, "COMMIT");
}

/* Prepares a statement; NULL after a failure, which *status keeps. */
static sqlite3_stmt *
prepare(const struct change *change, const char *sql, struct status *status)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(change->db, sql, -1, &statement, NULL);

	if (result != SQLITE_OK)
		*status = database_trouble(change->db, change->path, result);
	return statement;
}

/* The two numbers of the one row that the statement gives; frees it. */
static struct status
take_counts(const struct change *change, sqlite3_stmt *statement, uint64_t *one_r, uint64_t *other_r)
{
	int result = sqlite3_step(statement);

	if (result == SQLITE_ROW) {
		*one_r = (uint64_t)sqlite3_column_int64(statement, 0);
		*other_r = (uint64_t)sqlite3_column_int64(statement, 1);
	}
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? status_ok() : database_trouble(change->db, change->path, result);
}

/* What it covers.  In a large database that takes seconds: not in a transaction, for which a run would have to wait. */
static struct status
count_covered(const struct change *change, struct acceptance_effect *effect)
{
	struct status status = status_ok();
	sqlite3_stmt *statement = prepare(change,
		"SELECT count(*), count(DISTINCT session_id) FROM v_accepted WHERE acceptance_id = ?", &status);

	if (statement == NULL)
		return status;
	sqlite3_bind_int64(statement, 1, effect->number);
	return take_counts(change, statement, &effect->findings, &effect->sessions);
}

/* Accepting ------------------------------------------------------------------------------------- */

static struct status
check_kind(const struct change *change, const struct acceptance *acceptance, struct acceptance_effect *effect)
{
	struct status status = status_ok();
	sqlite3_stmt *statement;

	if (strcmp(acceptance->kind, "*") == 0 && acceptance->network == NULL && acceptance->service_text == NULL)
		return status_of(STATUS_USAGE, "every kind of finding, of whatever host, is too much for one "
			"acceptance; limit it to a network or a service");
	statement = prepare(change, "SELECT count(*), coalesce(sum(severity = 'critical'), 0) FROM finding_kind"
		" WHERE id = ?1 OR (substr(?1, -1) = '*'"
		"  AND substr(id, 1, length(?1) - 1) = substr(?1, 1, length(?1) - 1))", &status);
	if (statement == NULL)
		return status;
	sqlite3_bind_text(statement, 1, acceptance->kind, -1, SQLITE_STATIC);
	status = take_counts(change, statement, &effect->kinds, &effect->critical);
	if (status_is_ok(&status) && effect->kinds == 0)
		return status_of(STATUS_USAGE, "no kind of finding %s \"%s\"; \"starttrace explain\" lists them",
			strchr(acceptance->kind, '*') != NULL ? "begins like" : "is called", acceptance->kind);
	return status;
}

static void
bind_address(struct row *row, const struct address *address)
{
	if (address != NULL)
		row_blob(row, address->octets, sizeof(address->octets));
	else
		row_null(row);
}

static struct status
insert(const struct change *change, const struct acceptance *acceptance, const struct kept_word *word)
{
	struct status status = status_ok();
	struct row row = row_of(prepare(change,
		"INSERT INTO acceptance (kind, network, network_first, network_last, service, server_octets,"
		" server_port, accepted_by, reason, until, recorded_by, accepted)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,?, unixepoch())", &status));
	struct address first, last;
	int result;

	if (row.statement == NULL)
		return status;
	if (acceptance->network != NULL)
		network_range(acceptance->network, &first, &last);
	row_text(&row, acceptance->kind);
	row_text(&row, acceptance->network != NULL ? acceptance->network_text : NULL);
	bind_address(&row, acceptance->network != NULL ? &first : NULL);
	bind_address(&row, acceptance->network != NULL ? &last : NULL);
	row_text(&row, acceptance->service_text);
	bind_address(&row, acceptance->server);
	if (acceptance->port != 0)
		row_integer(&row, acceptance->port);
	else
		row_null(&row);
	row_span(&row, buffer_span(&word->by));
	row_span(&row, buffer_span(&word->reason));
	row_integer(&row, acceptance->until);
	row_span(&row, buffer_span(&word->recorded_by));
	result = row_insert(&row);
	sqlite3_finalize(row.statement);
	return result == SQLITE_OK ? status : database_trouble(change->db, change->path, result);
}

static struct status
add(const struct change *change, const struct acceptance *acceptance, const struct kept_word *word,
	struct acceptance_effect *effect)
{
	struct status status = check_kind(change, acceptance, effect);

	if (status_is_ok(&status))
		status = insert(change, acceptance, word);
	effect->number = sqlite3_last_insert_rowid(change->db);
	if (status_is_ok(&status))
		status = commit(change);
	return status_is_ok(&status) ? count_covered(change, effect) : status;
}

struct status
acceptance_add(const char *path, const struct acceptance *acceptance, struct acceptance_effect *effect_r)
{
	struct change change = { .path = path };
	struct kept_word word;
	struct status status = keep_word(&acceptance->word, &word);

	*effect_r = (struct acceptance_effect){ 0 };
	if (status_is_ok(&status) && acceptance->until <= (int64_t)time(NULL))
		status = status_of(STATUS_USAGE, "the time until which it is accepted is over already");
	if (status_is_ok(&status))
		status = open_change(&change);
	if (status_is_ok(&status))
		status = begin(&change);
	if (status_is_ok(&status))
		status = add(&change, acceptance, &word, effect_r);
	close_change(&change);
	free_word(&word);
	return status;
}

/* Revoking -------------------------------------------------------------------------------------- */

/* Why that number cannot be revoked. */
static struct status
not_in_force(const struct change *change, int64_t number)
{
	struct status status = status_ok();
	sqlite3_stmt *statement = prepare(change, "SELECT state, until, revoked_at FROM v_acceptance"
		" WHERE acceptance_id = ?", &status);

	if (statement == NULL)
		return status;
	sqlite3_bind_int64(statement, 1, number);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		bool revoked = sqlite3_column_type(statement, 2) != SQLITE_NULL;

		status = status_of(STATUS_USAGE, "acceptance %" PRId64 " is not in force: %s %.19sZ", number,
			revoked ? "revoked on" : "it ended on",
			(const char *)sqlite3_column_text(statement, revoked ? 2 : 1));
	} else {
		status = status_of(STATUS_USAGE, "%s: there is no acceptance %" PRId64
			"; \"starttrace accept --list\" lists them", change->path, number);
	}
	sqlite3_finalize(statement);
	return status;
}

static struct status
end_acceptance(const struct change *change, int64_t number, const struct kept_word *word)
{
	struct status status = status_ok();
	struct row row = row_of(prepare(change,
		"UPDATE acceptance SET revoked_by = ?, revoked_reason = ?, revoked_recorded_by = ?,"
		" revoked = unixepoch() WHERE id = ? AND revoked IS NULL AND until > unixepoch()", &status));
	int result;

	if (row.statement == NULL)
		return status;
	row_span(&row, buffer_span(&word->by));
	row_span(&row, buffer_span(&word->reason));
	row_span(&row, buffer_span(&word->recorded_by));
	row_integer(&row, number);
	result = row_insert(&row);
	sqlite3_finalize(row.statement);
	if (result != SQLITE_OK)
		return database_trouble(change->db, change->path, result);
	return sqlite3_changes(change->db) == 1 ? commit(change) : not_in_force(change, number);
}

struct status
acceptance_revoke(const char *path, int64_t number, const struct acceptance_word *word,
	struct acceptance_effect *effect_r)
{
	struct change change = { .path = path };
	struct kept_word kept;
	struct status status = keep_word(word, &kept);

	*effect_r = (struct acceptance_effect){ .number = number };
	if (status_is_ok(&status))
		status = open_change(&change);
	if (status_is_ok(&status))
		status = count_covered(&change, effect_r);
	if (status_is_ok(&status))
		status = begin(&change);
	if (status_is_ok(&status))
		status = end_acceptance(&change, number, &kept);
	close_change(&change);
	free_word(&kept);
	return status;
}
