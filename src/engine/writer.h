/* The one thread that writes: rowsets from all engines into the store, in batches.
 *
 * Reading files, whoever has a session to hand over waits until there is room, and the first failure is the last.
 * Live, nobody waits: what does not fit into the memory allowed is counted as lost; a disk that is full is tried again
 * until there is room; what history says is asked every few seconds. */
#ifndef STARTTRACE_ENGINE_WRITER_H
#define STARTTRACE_ENGINE_WRITER_H

#include "engine/hindsight.h"
#include "store/store.h"

struct writer;

struct writer_config {
	bool                 live;
	size_t               room;              /* bytes of rowsets that may wait */
	int64_t              retain_ns;         /* live: sessions older than this go; 0: none */
	struct budget       *budget;            /* for history */
	const struct policy *policy;
	/* Live, both on the writer's thread, NULL for nobody: what history says; and when a disk begins to fail, when
	 * it works again (status_ok), when the database refuses a session, and when history was left out in the end. */
	void               (*insight)(void *user, const struct footprint *footprint, const struct hindsight_word *word);
	void               (*trouble)(void *user, const struct status *status);
	void                *user;
};

/* The store is the writer's until writer_finish.  NULL when out of memory or threads. */
struct writer *writer_new(struct store *store, const struct writer_config *config);

/* Hands one session over; it is not needed any more when this returns.  From any thread. */
void writer_session(struct writer *writer, const struct session *session);

/* Hands over what a minute of a live capture came to. */
void writer_minute(struct writer *writer, uint32_t index, const struct store_minute *minute);

/* The clock was set: live, nothing is pruned for a day, so that a wrong year deletes nothing.  From any thread. */
void writer_clock_was_set(struct writer *writer);

/* The first failure, where failures are final; from any thread. */
bool writer_has_failed(const struct writer *writer);

struct writer_counters {
	uint64_t stored, lost, pruned;
	uint64_t waiting, waiting_bytes;
	uint64_t forgotten;             /* as hindsight_forgotten, when history last judged */
	uint64_t failures;              /* of the disk, each counted once until it works again */
	bool     failing;
};

/* As they are now; from any thread. */
struct writer_counters writer_counters(const struct writer *writer);

/* Waits until all is stored, or has failed for good, and ends the thread; live, a disk that still fails when
 * `patience_ms` are over loses what waits, and history that still judges is left: the next run judges those sessions.
 * The status tells of the first failure, or of the loss.  The store can be used again. */
struct status writer_finish(struct writer **writer, int patience_ms);

#endif
