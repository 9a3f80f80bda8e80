/* Brings a database to this program's version.  schema/tables.sql is always the newest version, so
 * a new database runs no migration; migrations/NNNN-name.sql turns version NNNN - 1 into NNNN. */
#include "store/migrate.h"

#include "base/buffer.h"
#include "base/digest.h"
#include "base/text.h"
#include "store/database.h"
#include "store/remembered.h"
#include "store/tallies.h"
#include "wire/frame.h"

#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

static const char *
file_text(const struct schema_file *files, const char *name)
{
	for (; files->name != NULL; files++)
		if (strcmp(files->name, name) == 0)
			return files->sql;
	return "";
}

/* The version that a file leads to; 0 for a file that is no migration. */
static int64_t
file_version(const struct schema_file *file)
{
	static const char folder[] = "migrations/";
	const char *digits = file->name + strlen(folder);
	uint64_t version;

	if (strncmp(file->name, folder, strlen(folder)) != 0)
		return 0;
	if (!span_number(span_from(digits, strspn(digits, "0123456789")), &version) ||
	    version > INT32_MAX)
		return 0;
	return (int64_t)version;
}

int64_t
migrate_newest(const struct schema_file *files)
{
	int64_t newest = 1;

	for (; files->name != NULL; files++)
		if (file_version(files) > newest)
			newest = file_version(files);
	return newest;
}

struct status
migrate_version(struct sqlite3 *db, const char *path, const struct schema_file *files,
	int64_t *version_r)
{
	int64_t newest = migrate_newest(files);
	struct status status = database_number(db, path, "PRAGMA user_version", version_r);

	if (status_is_ok(&status) && (*version_r > newest || *version_r < 0))
		return status_of(STATUS_STORE,
			"%s: made by a newer starttrace (schema %lld, this one knows %lld); use "
			"that one, or name another database with -d", path, (long long)*version_r,
			(long long)newest);
	return status;
}

struct status
migrate_check(struct sqlite3 *db, const char *path, const struct schema_file *files)
{
	int64_t version = 0, newest = migrate_newest(files);
	struct status status = migrate_version(db, path, files, &version);

	if (status_is_ok(&status) && version < newest)
		return status_of(STATUS_STORE,
			"%s: made by an older starttrace (schema %lld, this one needs %lld); the "
			"next `starttrace read -d` into it brings it up to date", path,
			(long long)version, (long long)newest);
	return status;
}

static struct status
run_numbered(struct sqlite3 *db, const char *path, const char *pragma, int64_t number)
{
	struct buffer sql = { 0 };
	struct status status;

	buffer_printf(&sql, "PRAGMA %s = %lld", pragma, (long long)number);
	status = sql.failed ? database_trouble(db, path, SQLITE_NOMEM) : database_run(db, path, buffer_text(&sql));
	buffer_free(&sql);
	return status;
}

static struct status
create(struct sqlite3 *db, const char *path, const struct schema_file *files)
{
	struct status status = database_run(db, path, file_text(files, "tables"));

	if (status_is_ok(&status))
		status = run_numbered(db, path, "application_id", DATABASE_APPLICATION_ID);
	return status;
}

/* SQL: address_octets(TEXT), the sixteen octets that struct address keeps; none for what is no address. */
static void
address_octets(sqlite3_context *context, int count, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	struct address address;

	(void)count;
	if (text != NULL && address_from_text(text, &address))
		sqlite3_result_blob(context, address.octets, sizeof(address.octets), SQLITE_TRANSIENT);
	else
		sqlite3_result_zeroblob(context, 0);
}

/* The files are sorted by name, and their numbers have four digits: in order of version. */
static struct status
upgrade(struct sqlite3 *db, const char *path, const struct schema_file *files, int64_t version)
{
	struct status status = status_ok();
	int64_t broken = 0;
	int result = sqlite3_create_function(db, "address_octets", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL,
		address_octets, NULL, NULL);

	if (result != SQLITE_OK)
		return database_trouble(db, path, result);
	for (; files->name != NULL && status_is_ok(&status); files++)
		if (file_version(files) > version)
			status = database_run(db, path, files->sql);
	if (status_is_ok(&status))
		status = database_number(db, path, "SELECT count(*) FROM pragma_foreign_key_check",
			&broken);
	if (status_is_ok(&status) && broken > 0)
		return status_of(STATUS_STORE,
			"%s: %lld rows refer to rows that are not there; the database was changed "
			"by another program", path, (long long)broken);
	return status;
}

static void
catalogue_digest(const char *catalogue, struct buffer *hex)
{
	uint8_t digest[SHA256_SIZE];

	digest_sha256(span_of(catalogue), digest);
	text_hex(hex, span_from(digest, sizeof(digest)));
}

/* Whether the database holds the catalogue of that digest. */
static struct status
has_catalogue(struct sqlite3 *db, const char *path, struct span digest, bool *has_r)
{
	static const char sql[] = "SELECT 1 FROM setting WHERE name = 'catalogue' AND value = ?";
	sqlite3_stmt *statement;
	int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_bind_text(statement, 1, (const char *)digest.at, (int)digest.len,
			SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	*has_r = result == SQLITE_ROW;
	sqlite3_finalize(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? status_ok()
	                                                     : database_trouble(db, path, result);
}

static struct status
load_catalogue(struct sqlite3 *db, const char *path, const struct schema_file *files)
{
	struct buffer digest = { 0 }, sql = { 0 };
	struct status status;
	bool has;

	catalogue_digest(file_text(files, "catalogue"), &digest);
	status = has_catalogue(db, path, buffer_span(&digest), &has);
	if (status_is_ok(&status) && !has) {
		buffer_add_text(&sql,
			"DELETE FROM finding_clause; DELETE FROM finding_remedy;"
			"DELETE FROM control_map; DELETE FROM verdict_kind;"
			"DELETE FROM finding_kind;");
		buffer_add_text(&sql, file_text(files, "catalogue"));
		buffer_printf(&sql, "\n;INSERT OR REPLACE INTO setting VALUES ('catalogue', '%s');",
			buffer_text(&digest));
		status = sql.failed ? status_of(STATUS_NO_MEMORY, "%s: out of memory", path)
		                    : database_run(db, path, buffer_text(&sql));
	}
	buffer_free(&digest);
	buffer_free(&sql);
	return status;
}

/* Those that a version without tallies stored, or one that counted them in other ones. */
static struct status
count_sessions(struct sqlite3 *db, const char *path, const struct schema_file *files)
{
	struct remembered *remembered;
	struct tallies *tallies = NULL;
	int result;

	if (*file_text(files, "tallies") == '\0')
		return status_ok();
	remembered = remembered_new();
	result = remembered != NULL ? tallies_new(db, remembered, &tallies) : SQLITE_NOMEM;
	if (result == SQLITE_OK)
		result = tallies_settle(tallies);
	tallies_free(&tallies);
	remembered_free(&remembered);
	return result == SQLITE_OK ? status_ok() : database_trouble(db, path, result);
}

static struct status
bring_up_to_date(struct sqlite3 *db, const char *path, const struct schema_file *files)
{
	int64_t version = 0, newest = migrate_newest(files);
	struct status status = migrate_version(db, path, files, &version);

	if (status_is_ok(&status) && version == 0)
		status = create(db, path, files);
	else if (status_is_ok(&status) && version < newest)
		status = upgrade(db, path, files, version);
	if (status_is_ok(&status) && version < newest)
		status = run_numbered(db, path, "user_version", newest);
	if (status_is_ok(&status))
		status = database_run(db, path, file_text(files, "views"));
	if (status_is_ok(&status))
		status = tallies_prepare(db, path, files);
	if (status_is_ok(&status) && version > 0 && version < newest)
		status = count_sessions(db, path, files);
	if (status_is_ok(&status))
		status = load_catalogue(db, path, files);
	if (status_is_ok(&status))
		status = database_run(db, path, "COMMIT");
	return status;
}

/* A migration that rebuilds a table must not take along the rows that refer to it, nor stumble over
 * a view of the table that is just not there: references are off meanwhile, and checked before the
 * commit. */
struct status
migrate(struct sqlite3 *db, const char *path, const struct schema_file *files)
{
	struct status status = database_run(db, path,
		"PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN IMMEDIATE");

	if (status_is_ok(&status)) {
		status = bring_up_to_date(db, path, files);
		if (!status_is_ok(&status) && sqlite3_get_autocommit(db) == 0)
			sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	}
	if (status_is_ok(&status))
		status = database_run(db, path,
			"PRAGMA foreign_keys = ON; PRAGMA legacy_alter_table = OFF");
	return status;
}
