/* The inside of the writer, for writer.c and writer_chores.c only.  The functions are for its own thread, and called
 * without the lock. */
#ifndef STARTTRACE_ENGINE_WRITER_PRIVATE_H
#define STARTTRACE_ENGINE_WRITER_PRIVATE_H

#include "engine/writer.h"
#include "engine/writer_items.h"

#include <pthread.h>
#include <stdatomic.h>

struct writer {
	struct store          *store;
	struct writer_config   config;
	pthread_t              thread;
	atomic_bool            has_failed;      /* for good */

	pthread_mutex_t        lock;            /* of what follows, up to the thread's own */
	pthread_cond_t         work;            /* for the thread: enough waits, somebody
	                                         * waits for room, or it is to end */
	pthread_cond_t         room;            /* for those who wait for room */
	struct items           waiting;
	size_t                 wake_at;         /* tell the thread when so many wait */
	size_t                 held_up;         /* callers that wait for room */
	bool                   closing;
	int64_t                give_up_at;      /* closing: no more retries */
	int64_t                retry_at;        /* failing: when to try again */
	int64_t                no_pruning_before;
	struct status          failed;          /* the first failure, or the latest while failing */
	struct writer_counters counters;

	/* the thread's own */
	struct items           pending;         /* live: in the store, but not committed */
	struct hindsight_run  *history;         /* NULL: all is to be learned anew */
	bool                   unjudged;        /* sessions were stored since it was asked */
	bool                   history_left;    /* closing: it took too long */
	int64_t                commit_at, hindsight_at, prune_at;
	int64_t                hindsight_pause_ns;      /* after a failure */
};

/* The writer's, for the chores: makes what is pending safe; takes back what is not committed, with `unwritten` behind
 * it, to be written again; does so and tries a second later; tells whoever listens. */
struct status writer_commit(struct writer *writer);
void          writer_go_back(struct writer *writer, struct items *unwritten);
void          writer_try_later(struct writer *writer, struct items *unwritten, const struct status *status);
void          writer_tell_trouble(const struct writer *writer, const struct status *status);

/* The chores: from now on they are due; when the next one is; those that are due, of which a failure is tried again;
 * and the last word of history, once all sessions are stored. */
void          writer_begin_chores(struct writer *writer);
int64_t       writer_next_chore(const struct writer *writer);
void          writer_do_chores(struct writer *writer);
struct status writer_end_history(struct writer *writer);

#endif
