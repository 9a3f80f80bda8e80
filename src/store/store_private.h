/* What tests of this room need beyond the promises. */
#ifndef STARTTRACE_STORE_STORE_PRIVATE_H
#define STARTTRACE_STORE_STORE_PRIVATE_H

#include "store/store.h"

struct sqlite3;

/* The connection of an open store, to set limits on it that a full disk would set. */
struct sqlite3 *store_connection(struct store *store);

#endif
