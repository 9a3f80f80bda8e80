/* The reader: questions in SQL, answered row by row as text. */
#include "store/query.h"

#include "store/database.h"
#include "store/migrate.h"
#include "store/schema.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

struct query {
	sqlite3 *db;
	char    *path;
	bool     stopped;               /* by whoever takes the rows */
};

struct status
query_open(const char *path, struct query **query_r)
{
	struct query *query = calloc(1, sizeof(*query));
	struct status status;

	*query_r = NULL;
	if (query == NULL || (query->path = strdup(path)) == NULL) {
		free(query);
		return status_of(STATUS_NO_MEMORY, "%s: out of memory", path);
	}
	status = database_open(path, DATABASE_READ, &query->db);
	/* room for what a report looks up again and again, and for what it sorts */
	if (status_is_ok(&status))
		status = database_run(query->db, path, "PRAGMA cache_size = -65536");
	if (status_is_ok(&status))
		status = migrate_check(query->db, path, schema_files);
	if (status_is_ok(&status))
		*query_r = query;
	else
		query_close(&query);
	return status;
}

struct status
query_open_catalogue(struct query **query_r)
{
	struct query *query = calloc(1, sizeof(*query));
	struct status status = status_ok();
	int result;

	*query_r = NULL;
	if (query == NULL || (query->path = strdup("the catalogue")) == NULL) {
		free(query);
		return status_of(STATUS_NO_MEMORY, "the catalogue: out of memory");
	}
	result = sqlite3_open(":memory:", &query->db);
	if (result == SQLITE_OK)
		status = migrate(query->db, query->path, schema_files);
	else
		status = database_trouble(query->db, query->path, result);
	if (status_is_ok(&status))
		*query_r = query;
	else
		query_close(&query);
	return status;
}

void
query_close(struct query **query)
{
	if (*query == NULL)
		return;
	sqlite3_close((*query)->db);
	free((*query)->path);
	free(*query);
	*query = NULL;
}

const char *
query_file(const char *name)
{
	for (const struct schema_file *file = schema_files; file->name != NULL; file++)
		if (strcmp(file->name, name) == 0)
			return file->sql;
	return NULL;
}

const char *
query_cell(const struct query_record *record, const char *name)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->names[i], name) == 0 && record->cells[i] != NULL)
			return record->cells[i];
	return "";
}

static int
bind(sqlite3_stmt *statement, const struct query_parameter *parameter)
{
	int index = sqlite3_bind_parameter_index(statement, parameter->name);

	if (index == 0)
		return SQLITE_OK;
	if (parameter->text != NULL)
		return sqlite3_bind_text(statement, index, parameter->text, -1, SQLITE_STATIC);
	if (parameter->blob.len > 0)
		return sqlite3_bind_blob64(statement, index, parameter->blob.at, parameter->blob.len, SQLITE_STATIC);
	return sqlite3_bind_int64(statement, index, parameter->number);
}

static void
hand_over(sqlite3_stmt *statement, size_t count, const char **cells, bool *numbers,
	const char *const *names, query_row *row, void *user)
{
	for (size_t i = 0; i < count; i++) {
		int type = sqlite3_column_type(statement, (int)i);

		numbers[i] = type == SQLITE_INTEGER || type == SQLITE_FLOAT;
		cells[i] = (const char *)sqlite3_column_text(statement, (int)i);
	}
	row(user, &(struct query_record){
		.count = count,
		.names = names,
		.cells = cells,
		.numbers = numbers,
	});
}

static int
take_columns(sqlite3_stmt *statement, query_row *columns, void *user)
{
	size_t count = (size_t)sqlite3_column_count(statement);
	const char **names = calloc(2 * count + 1, sizeof(*names));     /* and behind them as many cells, NULL */
	bool *numbers = calloc(count + 1, sizeof(*numbers));
	int result = names != NULL && numbers != NULL ? SQLITE_OK : SQLITE_NOMEM;

	for (size_t i = 0; result == SQLITE_OK && i < count; i++)
		names[i] = sqlite3_column_name(statement, (int)i);
	if (result == SQLITE_OK)
		columns(user, &(struct query_record){
			.count = count, .names = names, .cells = names + count, .numbers = numbers });
	free(names);
	free(numbers);
	return result;
}

/* Steps through the rows; SQLite's result, SQLITE_DONE when all were had that were wanted. */
static int
take_rows(struct query *query, sqlite3_stmt *statement, query_row *row, void *user)
{
	size_t count = (size_t)sqlite3_column_count(statement);
	const char **cells = calloc(count + 1, sizeof(*cells));
	const char **names = calloc(count + 1, sizeof(*names));
	bool *numbers = calloc(count + 1, sizeof(*numbers));
	int result = cells != NULL && names != NULL && numbers != NULL ? SQLITE_OK : SQLITE_NOMEM;

	for (size_t i = 0; result == SQLITE_OK && i < count; i++)
		names[i] = sqlite3_column_name(statement, (int)i);
	if (result == SQLITE_OK)
		while (!query->stopped && (result = sqlite3_step(statement)) == SQLITE_ROW)
			hand_over(statement, count, cells, numbers, names, row, user);
	free(cells);
	free(names);
	free(numbers);
	return query->stopped ? SQLITE_DONE : result;
}

/* Runs the first statement of *sql and moves behind it. */
static int
run_statement(struct query *query, const char **sql, const struct query_parameter *parameters,
	size_t count, query_row *row, void *user)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(query->db, *sql, -1, &statement, sql);

	if (statement == NULL)          /* a comment, or what cannot be prepared */
		return result == SQLITE_OK ? SQLITE_DONE : result;
	for (size_t i = 0; i < count && result == SQLITE_OK; i++)
		result = bind(statement, &parameters[i]);
	if (result == SQLITE_OK)
		result = take_rows(query, statement, row, user);
	sqlite3_finalize(statement);
	return result;
}

struct status
query_run(struct query *query, const char *sql, const struct query_parameter *parameters,
	size_t count, query_row *row, void *user)
{
	query->stopped = false;
	while (!query->stopped && *sql != '\0') {
		int result = run_statement(query, &sql, parameters, count, row, user);

		if (result != SQLITE_DONE)
			return database_trouble(query->db, query->path, result);
	}
	return status_ok();
}

struct status
query_columns(struct query *query, const char *sql, query_row *columns, void *user)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(query->db, sql, -1, &statement, NULL);

	if (statement != NULL)
		result = take_columns(statement, columns, user);
	sqlite3_finalize(statement);
	return result == SQLITE_OK ? status_ok() : database_trouble(query->db, query->path, result);
}

struct status
query_run_file(struct query *query, const char *name, const struct query_parameter *parameters,
	size_t count, query_row *row, void *user)
{
	const char *sql = query_file(name);

	if (sql == NULL)
		return status_of(STATUS_USAGE, "there is no question named \"%s\"", name);
	return query_run(query, sql, parameters, count, row, user);
}

void
query_stop(struct query *query)
{
	query->stopped = true;
}
