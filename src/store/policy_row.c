/* What the user says about his networks and partners: each text once, and with every run the one that was in force. */
#include "store/store_private.h"

#include <sqlite3.h>

struct status
store_policy_keep(struct store *store, const uint8_t sha256[SHA256_SIZE], struct span text)
{
	sqlite3_stmt *statement;
	struct status status = status_ok();

	if (text.len > 0) {
		statement = store_prepare(store, "INSERT OR IGNORE INTO policy (sha256, text) VALUES (?, ?)");
		sqlite3_bind_blob(statement, 1, sha256, SHA256_SIZE, SQLITE_STATIC);
		sqlite3_bind_text64(statement, 2, (const char *)text.at, text.len, SQLITE_STATIC, SQLITE_UTF8);
		status = store_step(store, statement);
	}
	if (!status_is_ok(&status))
		return status;
	statement = store_prepare(store, "UPDATE run SET policy_sha256 = ? WHERE id = ?");
	if (text.len > 0)
		sqlite3_bind_blob(statement, 1, sha256, SHA256_SIZE, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, store->run_id);
	return store_step(store, statement);
}

struct status
store_policy_text(struct store *store, struct buffer *out)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(store->db, "SELECT text FROM policy WHERE sha256 ="
		" (SELECT policy_sha256" OF_LAST_RUN ")", -1, &statement, NULL);

	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW) {
		const void *text = sqlite3_column_text(statement, 0);

		buffer_add(out, span_from(text, (size_t)sqlite3_column_bytes(statement, 0)));
	}
	sqlite3_finalize(statement);
	if (out->failed)
		result = SQLITE_NOMEM;
	return store_check(store, result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result);
}
