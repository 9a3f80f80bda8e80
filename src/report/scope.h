/* Of which sessions a question is asked: a period, a place, a network.  The same words and the same parameters for
 * every report and for the export. */
#ifndef STARTTRACE_REPORT_SCOPE_H
#define STARTTRACE_REPORT_SCOPE_H

#include "base/buffer.h"
#include "model/policy.h"
#include "store/query.h"

enum {
	SCOPE_PARAMETERS = 6,
	SCOPE_TIME_SIZE = sizeof("2024-05-01T12:00:00.000000Z"),
};

/* What is NULL limits nothing. */
struct scope {
	const char           *since, *until;    /* of the session's begin, the second exclusive */
	const char           *vantage;
	const struct network *network;          /* of client or server */
	const char           *framework;        /* a part of the name of a standard, as explain names it */
};

/* The same as parameters of a statement: :since and :until as the views write times, :vantage, :network_first and
 * :network_last as session.client_octets, :framework.  What is not asked for is left out, and thereby NULL. */
struct scope_parameters {
	struct query_parameter list[SCOPE_PARAMETERS];
	size_t                 count;
	char                   since[SCOPE_TIME_SIZE], until[SCOPE_TIME_SIZE];
	struct address         network_first, network_last;
};

/* Times are UTC, as people write them: 2024, 2024-05, 2024-05-01, 2024-05-01T12:30, 2024-05-01T12:30:15Z; a short one
 * means its beginning.  A usage error is one that is none or has a part of a second, a period that ends before it
 * begins, and a vantage or a framework that the database does not know.  Borrows the texts of `scope`; the list points
 * into *parameters_r, which must not be copied. */
struct status scope_read(const struct scope *scope, struct query *query, struct scope_parameters *parameters_r);

/* A word of a command that a person may copy: in quotes where a shell would take it for something else. */
void scope_add_word(struct buffer *out, const char *word);

/* The options that ask for the same, as such words, each behind a blank; the framework only where it is one of them. */
void scope_add_options(struct buffer *out, const struct scope *scope, bool with_framework);

/* The network as people write it. */
void scope_add_network(struct buffer *out, const struct network *network);

#endif
