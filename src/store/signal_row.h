/* The rows of signals, both ways.  For this room only. */
#ifndef STARTTRACE_STORE_SIGNAL_ROW_H
#define STARTTRACE_STORE_SIGNAL_ROW_H

#include "base/buffer.h"
#include "model/signal.h"

struct row;
struct sqlite3_stmt;

/* Column signal.origin. */
enum signal_source {
	SIGNAL_OWN,
	SIGNAL_OF_HISTORY,
	SIGNAL_OF_COMPARISON,
};

struct signal_origin {
	enum signal_source source;
	uint32_t           capture;     /* that of its session */
};

extern const char signal_row_insert[];

/* Completes the row, which holds the id of the signal, and inserts it; SQLite's result. */
int signal_row_add(struct row *row, const struct signal_origin *origin, const struct signal *signal);

/* Signals that were read back; their texts stand in `texts`. */
struct signal_rows {
	struct signal list[64];
	size_t        count;
	bool          compared;         /* some come from a comparison of vantages */
	struct buffer texts;
};

extern const char signal_row_select[];

/* Those of a session, without those of history, by that statement; what it cannot hold is left out.  SQLite's
 * result. */
int signal_rows_read(struct sqlite3_stmt *select, int64_t session_id, uint32_t capture, struct signal_rows *rows);

#endif
