/* The row of a session itself: what v_session shows.  For this room only. */
#ifndef STARTTRACE_STORE_SESSION_ROW_H
#define STARTTRACE_STORE_SESSION_ROW_H

#include "base/buffer.h"
#include "model/session.h"

#include <stdint.h>

struct sqlite3_stmt;

extern const char session_row_insert[];

/* Adds the row by that statement; SQLite's result.  `scratch` is anything's. */
int session_row_add(struct sqlite3_stmt *insert, int64_t capture_id, const struct session *session,
	struct buffer *scratch);

#endif
