/* Sessions made of the footprints of a script, a store that is written live, and all that history says of them. */
#ifndef STARTTRACE_TESTS_SCRIPT_SAMPLE_H
#define STARTTRACE_TESTS_SCRIPT_SAMPLE_H

#include "footprints.h"
#include "store_sample.h"

#define TEN    "times 10 every 1h client 10.0.*.1 offers;"
#define VICTIM "client 10.200.1.1 lacks application"

/* Sessions out of a script ------------------------------------------------------------------------- */

enum {
	SCRIPT_MOST = 64,
};

struct script {
	struct session *sessions[SCRIPT_MOST];
	size_t          count;
};

/* A subject of history that makes a session of what it is shown. */
void make_session(void *memory, const struct footprint *shown, const struct hindsight *hindsight);

/* The sessions of a script; the caller frees each. */
struct script script_of(const char *text);

/* A store that is written live --------------------------------------------------------------------- */

struct store *open_live(const char *path);
void close_live(struct store *store);

/* Every row that history has a word in, whatever number a session was given. */
extern const char all_that_is_said[];

/* The rows of a question, in the form of sample_add_row; the caller frees them. */
struct buffer ask(const char *path, const char *sql);

#endif
