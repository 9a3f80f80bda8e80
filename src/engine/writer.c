/* The one thread that writes: what is handed to it, and its turns.
 *
 * Live, what was given to the store is kept until it is committed: a disk that fails takes back all that was not, and
 * the same is given again once a second until there is room.  Whatever the store was told together with it, history's
 * judgement among it, is then begun anew. */
#include "engine/writer_private.h"

#include "base/clock.h"
#include "base/thread.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	TAKEN_MOST = 64,                /* items written between two looks at who waits */
	ENOUGH = 32,                    /* waking the thread for every single session would cost more than writing it */
	MINUTES_ROOM = 1 << 20,         /* bytes of minutes that may wait beyond what sessions may */
};

static const int64_t linger_ns = 50 * NS_PER_MS;
static const int64_t commit_ns = 2 * NS_PER_SECOND;
static const int64_t retry_ns = NS_PER_SECOND;
static const int64_t prune_doubt_ns = 24 * NS_PER_HOUR;         /* to notice that a clock was set wrongly */

/* Sleeps until the condition is told or until that time. */
static void
wait_until(struct writer *writer, int64_t until_ns)
{
	const struct timespec until = { .tv_sec = (time_t)(until_ns / NS_PER_SECOND),
		.tv_nsec = (long)(until_ns % NS_PER_SECOND) };

	if (until_ns == INT64_MAX)
		pthread_cond_wait(&writer->work, &writer->lock);
	else
		pthread_cond_timedwait(&writer->work, &writer->lock, &until);
}

/* Handing over ------------------------------------------------------------------------------------ */

static bool
has_room(const struct writer *writer, const struct item *item)
{
	const struct writer_counters *counters = &writer->counters;
	size_t room = writer->config.room;

	if (item->rowset == NULL)
		room += MINUTES_ROOM;
	return counters->waiting_bytes <= room && item->bytes <= room - counters->waiting_bytes;
}

/* Whoever reads files waits; what is larger than all the room there is goes alone. */
static void
wait_for_room(struct writer *writer, const struct item *item)
{
	while (!has_room(writer, item) && writer->counters.waiting > 0 && !writer->has_failed) {
		writer->held_up++;
		pthread_cond_signal(&writer->work);
		pthread_cond_wait(&writer->room, &writer->lock);
		writer->held_up--;
	}
}

/* Takes the item; with the lock. */
static void
enqueue(struct writer *writer, struct item *item)
{
	if (!writer->config.live)
		wait_for_room(writer, item);
	if (writer->has_failed || (writer->config.live && !has_room(writer, item))) {
		writer->counters.lost += item->rowset != NULL;
		rowset_free(&item->rowset);
		free(item);
		return;
	}
	writer->counters.waiting++;
	writer->counters.waiting_bytes += item->bytes;
	items_add(&writer->waiting, item);
	if (writer->waiting.count < writer->wake_at)
		return;
	writer->wake_at = SIZE_MAX;
	pthread_cond_signal(&writer->work);
}

/* Nothing more is written after it; with the lock. */
static void
fail_for_good(struct writer *writer, const struct status *status)
{
	if (!writer->has_failed) {
		writer->failed = *status;
		writer->counters.failures++;
		writer->counters.failing = true;
	}
	writer->has_failed = true;
	pthread_cond_broadcast(&writer->room);
}

static void
lose_session(struct writer *writer)
{
	const struct status status = status_of(STATUS_NO_MEMORY, "out of memory to store a session");

	pthread_mutex_lock(&writer->lock);
	writer->counters.lost++;
	if (!writer->config.live)
		fail_for_good(writer, &status);
	pthread_mutex_unlock(&writer->lock);
}

void
writer_session(struct writer *writer, const struct session *session)
{
	struct item *item = calloc(1, sizeof(*item));

	if (item != NULL)
		item->rowset = rowset_new(session);
	if (item == NULL || item->rowset == NULL) {
		free(item);
		lose_session(writer);
		return;
	}
	item->bytes = sizeof(*item) + rowset_size(item->rowset);
	pthread_mutex_lock(&writer->lock);
	enqueue(writer, item);
	pthread_mutex_unlock(&writer->lock);
}

void
writer_minute(struct writer *writer, uint32_t index, const struct store_minute *minute)
{
	struct item *item = calloc(1, sizeof(*item));

	if (item == NULL)
		return;
	item->minute = *minute;
	item->capture = index;
	item->bytes = sizeof(*item);
	pthread_mutex_lock(&writer->lock);
	enqueue(writer, item);
	pthread_mutex_unlock(&writer->lock);
}

/* What became of the items ------------------------------------------------------------------------ */

void
writer_tell_trouble(const struct writer *writer, const struct status *status)
{
	if (writer->config.trouble != NULL)
		writer->config.trouble(writer->config.user, status);
}

/* Nothing of it waits any more; with the lock. */
static void
forget(struct writer *writer, const struct items *gone)
{
	writer->counters.waiting -= gone->count;
	writer->counters.waiting_bytes -= gone->bytes;
	pthread_cond_broadcast(&writer->room);
}

/* What was pending is safe. */
static void
settle(struct writer *writer)
{
	const struct items gone = items_free(&writer->pending);

	pthread_mutex_lock(&writer->lock);
	writer->counters.stored += gone.sessions;
	forget(writer, &gone);
	pthread_mutex_unlock(&writer->lock);
}

/* Live: something was committed. */
static void
works(struct writer *writer)
{
	const struct status fine = status_ok();
	bool failed;

	settle(writer);
	writer->commit_at = INT64_MAX;
	pthread_mutex_lock(&writer->lock);
	failed = writer->counters.failing;
	writer->counters.failing = false;
	pthread_mutex_unlock(&writer->lock);
	if (failed)
		writer_tell_trouble(writer, &fine);
}

/* Live: what is not committed goes back, and waits again before what came later. */
void
writer_go_back(struct writer *writer, struct items *unwritten)
{
	hindsight_end(&writer->history);
	writer->commit_at = INT64_MAX;
	store_recover(writer->store);
	items_append(&writer->pending, unwritten);
	pthread_mutex_lock(&writer->lock);
	items_append(&writer->pending, &writer->waiting);
	writer->waiting = writer->pending;
	writer->pending = (struct items){ 0 };
	pthread_mutex_unlock(&writer->lock);
}

void
writer_try_later(struct writer *writer, struct items *unwritten, const struct status *status)
{
	bool known;

	writer_go_back(writer, unwritten);
	writer->hindsight_at = clock_now(CLOCK_MONOTONIC) + writer->hindsight_pause_ns;
	pthread_mutex_lock(&writer->lock);
	known = writer->counters.failing;
	writer->counters.failures += !known;
	writer->counters.failing = true;
	writer->failed = *status;
	writer->retry_at = clock_now(CLOCK_MONOTONIC) + retry_ns;
	pthread_mutex_unlock(&writer->lock);
	if (!known)
		writer_tell_trouble(writer, status);
}

/* Reading files: what was not written never will be. */
static void
give_up(struct writer *writer, struct items *unwritten, const struct status *status)
{
	struct items gone;

	items_append(&writer->pending, unwritten);
	pthread_mutex_lock(&writer->lock);
	items_append(&writer->pending, &writer->waiting);
	gone = items_free(&writer->pending);
	writer->counters.lost += gone.sessions;
	forget(writer, &gone);
	fail_for_good(writer, status);
	pthread_mutex_unlock(&writer->lock);
}

/* Writing ----------------------------------------------------------------------------------------- */

static struct status
write_item(struct writer *writer, const struct item *item)
{
	if (item->rowset != NULL)
		return store_rowset(writer->store, item->rowset);
	return store_minute(writer->store, item->capture, &item->minute);
}

struct status
writer_commit(struct writer *writer)
{
	struct status status = store_commit(writer->store);

	if (status_is_ok(&status))
		works(writer);
	return status;
}

/* Others are to see it soon, and what is kept for it takes room; after a failure the commit tells whether it is
 * over. */
static struct status
keep_pending(struct writer *writer)
{
	if (!store_is_pending(writer->store)) {
		works(writer);
		return status_ok();
	}
	if (writer->commit_at == INT64_MAX)
		writer->commit_at = clock_now(CLOCK_MONOTONIC) + (writer->counters.failing ? 0 : commit_ns);
	return writer->pending.bytes > writer->config.room / 2 ? writer_commit(writer) : status_ok();
}

/* Live: what the database never takes must not keep it from all that comes behind. */
static void
lose_refused(struct writer *writer, struct item *item, struct items *unwritten, const struct status *status)
{
	struct items refused = { 0 };

	writer_go_back(writer, unwritten);
	items_add(&refused, item);
	refused = items_free(&refused);
	pthread_mutex_lock(&writer->lock);
	writer->counters.lost += refused.sessions;
	forget(writer, &refused);
	pthread_mutex_unlock(&writer->lock);
	writer_tell_trouble(writer, status);
}

static void
write_items(struct writer *writer, struct items *items)
{
	struct status status = status_ok();
	struct item *item;

	while (status_is_ok(&status) && (item = items_take(items)) != NULL) {
		status = write_item(writer, item);
		if (status.code == STATUS_REFUSED && writer->config.live) {
			lose_refused(writer, item, items, &status);
			return;
		}
		writer->unjudged |= item->rowset != NULL;
		items_add(&writer->pending, item);
		if (status_is_ok(&status) && writer->config.live)
			status = keep_pending(writer);
	}
	if (status_is_ok(&status)) {
		if (!writer->config.live)
			settle(writer);
	} else if (writer->config.live) {
		writer_try_later(writer, items, &status);
	} else {
		give_up(writer, items, &status);
	}
}

/* The thread -------------------------------------------------------------------------------------- */

/* Sleeps until so many wait, or somebody cannot go on, or until that time; with the lock. */
static void
sleep_for(struct writer *writer, size_t count, int64_t until_ns)
{
	while (writer->waiting.count < count && writer->held_up == 0 && !writer->closing &&
	       clock_now(CLOCK_MONOTONIC) < until_ns) {
		writer->wake_at = count;
		wait_until(writer, until_ns);
	}
	writer->wake_at = SIZE_MAX;
}

/* Sleeps while nothing is to be done, then a little longer for more to come; with the lock. */
static void
sleep_until_work(struct writer *writer)
{
	const int64_t chore_at = writer_next_chore(writer);

	while (writer->counters.failing && writer->config.live && clock_now(CLOCK_MONOTONIC) < writer->retry_at)
		wait_until(writer, writer->retry_at);
	sleep_for(writer, 1, chore_at);
	sleep_for(writer, ENOUGH, clock_earlier(chore_at, clock_now(CLOCK_MONOTONIC) + linger_ns));
}

static struct items
take_items(struct writer *writer)
{
	struct items taken = { 0 };
	struct item *item;

	pthread_mutex_lock(&writer->lock);
	sleep_until_work(writer);
	while (taken.count < TAKEN_MOST && (item = items_take(&writer->waiting)) != NULL)
		items_add(&taken, item);
	pthread_mutex_unlock(&writer->lock);
	return taken;
}

static bool
nothing_comes(struct writer *writer)
{
	bool nothing;

	pthread_mutex_lock(&writer->lock);
	nothing = writer->closing && writer->waiting.count == 0;
	pthread_mutex_unlock(&writer->lock);
	return nothing;
}

/* Live, closing: whether the disk has failed for longer than anybody waits for it. */
static bool
is_out_of_patience(struct writer *writer)
{
	bool out;

	pthread_mutex_lock(&writer->lock);
	out = writer->closing && writer->counters.failing && clock_now(CLOCK_MONOTONIC) >= writer->give_up_at;
	writer->retry_at = clock_earlier(writer->retry_at, writer->closing ? writer->give_up_at : INT64_MAX);
	pthread_mutex_unlock(&writer->lock);
	return out;
}

static void
lose_all(struct writer *writer)
{
	struct items none = { 0 };
	struct status status;

	pthread_mutex_lock(&writer->lock);
	status = writer->waiting.sessions == 0 ? writer->failed
	         : status_of(STATUS_STORE, "%zu sessions were lost: %s", writer->waiting.sessions,
			writer->failed.message);
	writer->failed = status;
	pthread_mutex_unlock(&writer->lock);
	give_up(writer, &none, &status);
}

/* True once all is done. */
static bool
end_live(struct writer *writer)
{
	struct items none = { 0 };
	struct status status;

	if (!nothing_comes(writer))
		return false;
	status = writer_commit(writer);
	if (status_is_ok(&status))
		status = writer_end_history(writer);
	if (!status_is_ok(&status))
		writer_try_later(writer, &none, &status);
	return status_is_ok(&status) && nothing_comes(writer);
}

/* What comes from the beginning on is heard of: history has learned all else before. */
static void
run_live(struct writer *writer)
{
	bool over = writer->has_failed;

	if (!over)
		writer_do_chores(writer);
	while (!over) {
		struct items items = take_items(writer);

		write_items(writer, &items);
		writer_do_chores(writer);
		over = end_live(writer);
		if (!over && is_out_of_patience(writer)) {
			lose_all(writer);
			over = true;
		}
	}
	hindsight_end(&writer->history);
}

static void *
run(void *user)
{
	struct writer *writer = user;

	if (writer->config.live) {
		run_live(writer);
		return NULL;
	}
	while (!nothing_comes(writer)) {
		struct items items = take_items(writer);

		write_items(writer, &items);
	}
	return NULL;
}

/* The writer -------------------------------------------------------------------------------------- */

static void
writer_init(struct writer *writer, struct store *store, const struct writer_config *config)
{
	pthread_condattr_t monotonic;

	writer->store = store;
	writer->config = *config;
	writer->failed = status_ok();
	writer->wake_at = SIZE_MAX;
	writer->commit_at = writer->hindsight_at = writer->prune_at = INT64_MAX;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->work, &monotonic);
	pthread_cond_init(&writer->room, NULL);
	pthread_condattr_destroy(&monotonic);
}

static void
writer_free(struct writer **writer)
{
	pthread_cond_destroy(&(*writer)->work);
	pthread_cond_destroy(&(*writer)->room);
	pthread_mutex_destroy(&(*writer)->lock);
	free(*writer);
	*writer = NULL;
}

/* The run and its captures must be there whatever becomes of the first sessions. */
static void
begin_live(struct writer *writer)
{
	struct status status = store_commit(writer->store);

	store_live(writer->store);
	if (!status_is_ok(&status))
		fail_for_good(writer, &status);
	writer_begin_chores(writer);
}

struct writer *
writer_new(struct store *store, const struct writer_config *config)
{
	struct writer *writer = calloc(1, sizeof(*writer));

	if (writer == NULL)
		return NULL;
	writer_init(writer, store, config);
	if (config->live)
		begin_live(writer);
	if (!thread_start(&writer->thread, run, writer))
		writer_free(&writer);
	return writer;
}

void
writer_clock_was_set(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	writer->no_pruning_before = clock_now(CLOCK_MONOTONIC) + prune_doubt_ns;
	pthread_mutex_unlock(&writer->lock);
}

bool
writer_has_failed(const struct writer *writer)
{
	return writer->has_failed;
}

struct writer_counters
writer_counters(const struct writer *writer)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&writer->lock;      /* asking changes nothing else */
	struct writer_counters counters;

	pthread_mutex_lock(lock);
	counters = writer->counters;
	pthread_mutex_unlock(lock);
	return counters;
}

struct status
writer_finish(struct writer **writer, int patience_ms)
{
	struct status status;

	if (*writer == NULL)
		return status_ok();
	pthread_mutex_lock(&(*writer)->lock);
	(*writer)->closing = true;
	(*writer)->give_up_at = clock_now(CLOCK_MONOTONIC) + patience_ms * NS_PER_MS;
	(*writer)->retry_at = 0;
	pthread_cond_signal(&(*writer)->work);
	pthread_mutex_unlock(&(*writer)->lock);
	pthread_join((*writer)->thread, NULL);
	status = (*writer)->has_failed ? (*writer)->failed : status_ok();
	writer_free(writer);
	return status;
}
