/* Which sessions history has judged.  Both marks are ids, since an id is given once and in the order of storing.  The
 * tables of the run are temporary ones: they go back with a transaction that fails. */
#include "store/judged.h"

#include "store/store_private.h"

struct status
judged_prepare(struct store *store)
{
	struct status status = store_batch(store);

	return !status_is_ok(&status) ? status : store_execute(store,
		"CREATE TEMP TABLE IF NOT EXISTS judged (one INTEGER PRIMARY KEY, through INTEGER NOT NULL);");
}

struct status
judged_note(struct store *store)
{
	struct status status = judged_prepare(store);

	return !status_is_ok(&status) ? status : store_execute(store,
		"DELETE FROM temp.fresh;"
		"INSERT OR REPLACE INTO temp.judged SELECT 1, coalesce(max(id), 0) FROM session;");
}

/* A run that history has not been through knows of no session that it is judged. */
struct status
judged_keep(struct store *store)
{
	struct status status = judged_prepare(store);

	return !status_is_ok(&status) ? status : store_execute(store,
		"DELETE FROM unjudged WHERE EXISTS (SELECT 1 FROM temp.judged);"
		"INSERT INTO unjudged SELECT id FROM session WHERE ongoing AND id <= (SELECT through FROM temp.judged);"
		"INSERT OR IGNORE INTO unjudged SELECT id FROM temp.fresh CROSS JOIN session ON id = session_id"
		" WHERE id <= (SELECT through FROM temp.judged);"
		"INSERT OR REPLACE INTO setting SELECT 'judged_through', through FROM temp.judged;");
}
