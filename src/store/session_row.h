/* The row of a session itself: what v_session shows.  For this room only. */
#ifndef STARTTRACE_STORE_SESSION_ROW_H
#define STARTTRACE_STORE_SESSION_ROW_H

#include "base/buffer.h"
#include "model/session.h"

extern const char session_row_insert[];

/* Adds the row to those of a rowset; SQLite's result.  `scratch` is anything's. */
int session_row_add(struct buffer *rows, const struct session *session, struct buffer *scratch);

#endif
