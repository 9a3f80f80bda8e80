/* Which sessions history has judged.  That of a run is known while it lasts; for good is judged only what could not be
 * judged the same way again, since sessions on which it rests are gone.  For this room only. */
#ifndef STARTTRACE_STORE_JUDGED_H
#define STARTTRACE_STORE_JUDGED_H

#include "store/store.h"

/* The last session of those that are judged for good; 0 where no session ever went. */
#define JUDGED_THROUGH "coalesce((SELECT CAST(value AS INTEGER) FROM setting WHERE name = 'judged_through'), 0)"

/* A condition: the session with this id is judged for good. */
#define JUDGED_FOR_GOOD(id) "(" id " <= " JUDGED_THROUGH " AND " id " NOT IN (SELECT session_id FROM unjudged))"

/* Makes sure of the table of this run, `judged`: the last session of those that history has been through.  Those that
 * were finished since are in `fresh` (ongoing.h). */
struct status judged_prepare(struct store *store);

/* History has been through all sessions that are finished: none is fresh any more. */
struct status judged_note(struct store *store);

/* Sessions are about to go: what was judged by them is judged for good. */
struct status judged_keep(struct store *store);

#endif
