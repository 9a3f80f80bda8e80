/* A session as rows that are not in a database yet: flat, without pointers into the session, so that it can be made on
 * any thread, wait there for a disk to have room, and be stored again after a failure. */
#ifndef STARTTRACE_STORE_ROWSET_H
#define STARTTRACE_STORE_ROWSET_H

#include "base/status.h"
#include "model/rule.h"

struct rowset;

/* NULL when out of memory. */
struct rowset *rowset_new(const struct session *session);
void           rowset_free(struct rowset **rowset);

/* All the memory it takes. */
size_t rowset_size(const struct rowset *rowset);

#endif
