/* A session as rows that are not in a database yet: flat, without pointers into the session, so that it can be made on
 * any thread, wait there for a disk to have room, and be stored again after a failure. */
#ifndef STARTTRACE_STORE_ENTRY_H
#define STARTTRACE_STORE_ENTRY_H

#include "base/status.h"
#include "model/rule.h"

struct entry;

/* NULL when out of memory. */
struct entry *entry_new(const struct session *session);
void          entry_free(struct entry **entry);

/* All the memory it takes. */
size_t entry_size(const struct entry *entry);

#endif
