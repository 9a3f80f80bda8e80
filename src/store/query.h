/* The reader: questions to a database in SQL, answered row by row as text.  Opens for reading only:
 * it never creates, changes or upgrades a database, and works beside a run that is writing. */
#ifndef STARTTRACE_STORE_QUERY_H
#define STARTTRACE_STORE_QUERY_H

#include "base/span.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct query;

/* Each failure says in one line what is wrong with `path` and what to do: not there, not a
 * database, not one of ours, older or newer than this program, not readable. */
struct status query_open(const char *path, struct query **query_r);
void          query_close(struct query **query);

/* A database in memory that holds the catalogue and nothing else: for `explain`, which needs no
 * capture. */
struct status query_open_catalogue(struct query **query_r);

/* A named parameter of the statement: ":session", ":since", ":until", ":kind", ":run".  One that
 * the statement does not name is passed over, one that is not given is NULL, so every question can
 * be given all there are. */
struct query_parameter {
	const char *name;
	const char *text;               /* NULL: the blob counts, */
	struct span blob;               /* or where that is empty */
	int64_t     number;             /* this */
};

/* One row of an answer; valid during the call. */
struct query_record {
	size_t             count;
	const char *const *names;       /* of the columns */
	const char *const *cells;       /* UTF-8, or NULL */
	const bool        *numbers;     /* the cell is a number */
};

/* The cell under a heading; "" where it is NULL or there is no such column. */
const char *query_cell(const struct query_record *record, const char *name);

typedef void query_row(void *user, const struct query_record *record);

/* Runs every statement of the text in turn, each with the same parameters, and hands over its
 * rows. */
struct status query_run(struct query *query, const char *sql,
	const struct query_parameter *parameters, size_t count, query_row *row, void *user);

/* Hands over the names of the columns of the first statement, as a row whose cells are all NULL, and asks nothing. */
struct status query_columns(struct query *query, const char *sql, query_row *columns, void *user);

/* The same as query_run for one file of schema/, by its name: "summary", "show", "explain",
 * "reports/findings". */
struct status query_run_file(struct query *query, const char *name,
	const struct query_parameter *parameters, size_t count, query_row *row, void *user);

/* From within a query_row: no more rows are wanted.  The query that gives them ends without a failure. */
void query_stop(struct query *query);

/* The text of such a file, NULL when there is none of that name. */
const char *query_file(const char *name);

#endif
