/* How the rows of a rowset stand in its memory: each a struct rowset_row with its values behind it, each value its type
 * in one byte and what belongs to that.  For this room only. */
#ifndef STARTTRACE_STORE_ROWSET_PRIVATE_H
#define STARTTRACE_STORE_ROWSET_PRIVATE_H

#include "base/buffer.h"
#include "model/session.h"
#include "store/rowset.h"
#include "store/tallies.h"

enum table {
	TABLE_SESSION,
	TABLE_DIALOGUE,
	TABLE_FINDING,
	TABLE_CREDENTIAL,
	TABLE_CERTIFICATE,
	TABLE_SESSION_CERTIFICATE,
	TABLE_SIGNAL,
	TABLE_FOOTPRINT,
	TABLE_PATTERN_FINDING,  /* pairs of a kind and a number */
	TABLE_PATTERN,
	TABLE_TALLY,
	TABLES
};

/* Nothing is aligned.  The last nine stand for what only the database knows. */
enum value {
	VALUE_NULL,
	VALUE_INTEGER,          /* int64_t */
	VALUE_TEXT,             /* uint32_t, and as many bytes */
	VALUE_BLOB,             /* likewise */
	VALUE_CAPTURE,          /* the row of the capture in which the session began */
	VALUE_SESSION,          /* the id of the session */
	VALUE_NUMBER,           /* int64_t: the id of that number of the session, see numbers.h */
	VALUE_KIND,             /* const char *, a constant: the row of this kind of finding */
	VALUE_CERTIFICATE,      /* the row of the certificate whose row in this rowset came last */
	VALUE_VANTAGE,          /* the name of the vantage of the capture in which the session began */
	VALUE_FINDINGS,         /* what was found in sessions of its pattern, as text */
	VALUE_PATTERN,          /* the row of the session's pattern */
	VALUE_TALLY,            /* that of its tally */
	VALUES
};

/* The values of a certificate begin with its digest, a blob. */
struct rowset_row {
	uint32_t len;           /* of all its values */
	uint8_t  table;         /* enum table */
};

struct rowset {
	struct tally_share share;       /* of the session, whose id is not known yet */
	struct buffer rows;     /* those of the tally and the session first */
	struct buffer pattern;  /* the rows of its pattern, which few sessions have to write */
	uint64_t      serial;
	uint32_t      capture;  /* index of the one in which it began */
	bool          ongoing, shown;
};

/* The INSERT of a table, written into `sql` where it is not a constant. */
const char *rowset_statement(enum table table, struct buffer *sql);

/* A mechanism that was named and led to nothing tells of no account, and gets no row. */
bool rowset_has_login(const struct auth *auth);

#endif
