/* Sessions that are stored before they have ended. */
#include "store/ongoing.h"

#include <sqlite3.h>
#include <stdlib.h>

const char ongoing_tables[] =
	"CREATE TEMP TABLE ongoing (serial INTEGER PRIMARY KEY, session_id INTEGER NOT NULL UNIQUE);"
	"CREATE TEMP TABLE fresh (session_id INTEGER PRIMARY KEY);";

/* Those from CLEAR_FIRST on delete what belongs to a session; whatever refers to it by its id goes with its row.  The
 * numbers are those of numbers.h. */
enum statement {
	FIND,
	ADD,
	END,
	FRESH,
	CLEAR_FIRST,
	CLEAR_FINDINGS = CLEAR_FIRST,
	CLEAR_SIGNALS,
	CLEAR_HINDSIGHT,
	CLEAR_LINKS,
	CLEAR_SESSION,
	STATEMENTS
};

static const char *const texts[STATEMENTS] = {
	[FIND] = "SELECT session_id FROM temp.ongoing WHERE serial = ?1",
	[ADD] = "INSERT OR REPLACE INTO temp.ongoing (serial, session_id) VALUES (?1, ?2)",
	[END] = "DELETE FROM temp.ongoing WHERE serial = ?1",
	[FRESH] = "INSERT OR IGNORE INTO temp.fresh (session_id) VALUES (?1)",
	[CLEAR_FINDINGS] = "DELETE FROM finding WHERE id BETWEEN ?1 * 1000 AND ?1 * 1000 + 999",
	[CLEAR_SIGNALS] = "DELETE FROM signal WHERE id BETWEEN ?1 * 1000 AND ?1 * 1000 + 999",
	[CLEAR_HINDSIGHT] = "DELETE FROM hindsight_finding WHERE finding_id BETWEEN ?1 * 1000 AND ?1 * 1000 + 999",
	[CLEAR_LINKS] = "DELETE FROM finding_link WHERE finding_id BETWEEN ?1 * 1000 AND ?1 * 1000 + 999",
	[CLEAR_SESSION] = "DELETE FROM session WHERE id = ?1",
};

struct ongoing {
	sqlite3_stmt *statements[STATEMENTS];
};

/* The numbers are bound in their order, as far as the statement has them; a row that it gives ends it. */
static int
run(struct ongoing *ongoing, enum statement which, int64_t first, int64_t second, int64_t *number_r)
{
	sqlite3_stmt *statement = ongoing->statements[which];
	int result = sqlite3_bind_int64(statement, 1, first);

	if (result == SQLITE_OK && sqlite3_bind_parameter_count(statement) > 1)
		result = sqlite3_bind_int64(statement, 2, second);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*number_r = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

int
ongoing_find(struct ongoing *ongoing, uint64_t serial, int64_t *session_id_r)
{
	*session_id_r = 0;
	return run(ongoing, FIND, (int64_t)serial, 0, session_id_r);
}

int
ongoing_add(struct ongoing *ongoing, uint64_t serial, int64_t session_id)
{
	return run(ongoing, ADD, (int64_t)serial, session_id, NULL);
}

int
ongoing_end(struct ongoing *ongoing, uint64_t serial)
{
	return run(ongoing, END, (int64_t)serial, 0, NULL);
}

int
ongoing_fresh(struct ongoing *ongoing, int64_t session_id)
{
	return run(ongoing, FRESH, session_id, 0, NULL);
}

int
ongoing_clear(struct ongoing *ongoing, int64_t session_id)
{
	int result = SQLITE_OK;

	for (int i = CLEAR_FIRST; i < STATEMENTS && result == SQLITE_OK; i++)
		result = run(ongoing, (enum statement)i, session_id, 0, NULL);
	return result;
}

int
ongoing_new(struct sqlite3 *db, struct ongoing **ongoing_r)
{
	struct ongoing *ongoing = calloc(1, sizeof(*ongoing));
	int result = ongoing != NULL ? SQLITE_OK : SQLITE_NOMEM;

	for (size_t i = 0; i < STATEMENTS && result == SQLITE_OK; i++)
		result = sqlite3_prepare_v3(db, texts[i], -1, SQLITE_PREPARE_PERSISTENT, &ongoing->statements[i], NULL);
	if (result != SQLITE_OK)
		ongoing_free(&ongoing);
	*ongoing_r = ongoing;
	return result;
}

void
ongoing_free(struct ongoing **ongoing)
{
	if (*ongoing == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize((*ongoing)->statements[i]);
	free(*ongoing);
	*ongoing = NULL;
}
