/* What the writer does beside writing, live: it commits now and then, asks history about what it stored, and prunes. */
#include "engine/writer_private.h"

#include "base/clock.h"

enum {
	PRUNE_MOST = 500,               /* sessions at a time, so that writing is not held up */
};

static const int64_t hindsight_ns = 5 * NS_PER_SECOND;
static const int64_t hindsight_again_ns = 10 * NS_PER_SECOND;   /* learning all anew takes long: not with every retry */
static const int64_t prune_ns = NS_PER_SECOND;
static const int64_t prune_idle_ns = NS_PER_HOUR;

static void
hear(void *user, const struct footprint *footprint, const struct hindsight_word *word)
{
	const struct writer_config *config = &((const struct writer *)user)->config;

	if (config->insight != NULL)
		config->insight(config->user, footprint, word);
}

/* Closing: nobody waits any longer. */
static bool
is_late(void *user)
{
	struct writer *writer = user;
	bool late;

	pthread_mutex_lock(&writer->lock);
	late = writer->closing && clock_now(CLOCK_MONOTONIC) >= writer->give_up_at;
	pthread_mutex_unlock(&writer->lock);
	return late;
}

static struct status
ask_history(struct writer *writer)
{
	const struct writer_config *config = &writer->config;
	const struct hindsight_ear ear = { .finding = hear, .enough = is_late, .user = writer };
	struct status status = status_ok();

	if (writer->history == NULL)
		status = hindsight_begin(writer->store, config->budget, config->policy, &ear, &writer->history);
	if (status_is_ok(&status))
		status = hindsight_more(writer->history);
	if (!status_is_ok(&status))
		return status;
	pthread_mutex_lock(&writer->lock);
	writer->counters.forgotten = hindsight_forgotten(writer->history);
	pthread_mutex_unlock(&writer->lock);
	return writer_commit(writer);
}

/* It took longer than anybody waits: what is stored is more important. */
static struct status
leave_history(struct writer *writer)
{
	const struct status why = status_of(STATUS_STORE,
		"the latest sessions were not compared with the earlier ones, for want of time; "
		"the next run does that");
	struct items none = { 0 };

	writer_go_back(writer, &none);
	writer->history_left = true;
	writer->hindsight_at = INT64_MAX;
	writer_tell_trouble(writer, &why);
	return status_ok();
}

/* Together with the sessions that it judges, where there are any. */
static struct status
hindsight_chore(struct writer *writer)
{
	struct status status = status_ok();

	if (writer->history == NULL || writer->unjudged)
		status = ask_history(writer);
	if (!status_is_ok(&status) && is_late(writer))
		return leave_history(writer);
	if (status_is_ok(&status)) {
		writer->hindsight_pause_ns = hindsight_again_ns;
		writer->unjudged = false;
	} else {
		writer->hindsight_pause_ns = clock_earlier(2 * writer->hindsight_pause_ns, NS_PER_HOUR);
	}
	writer->hindsight_at = clock_now(CLOCK_MONOTONIC) + hindsight_ns;
	return status;
}

static struct status
prune_chore(struct writer *writer)
{
	size_t gone = 0;
	int64_t doubt_until;
	struct status status;

	pthread_mutex_lock(&writer->lock);
	doubt_until = writer->no_pruning_before;
	pthread_mutex_unlock(&writer->lock);
	if (clock_now(CLOCK_MONOTONIC) < doubt_until) {
		writer->prune_at = doubt_until;
		return status_ok();
	}
	status = store_prune(writer->store, clock_now(CLOCK_REALTIME) - writer->config.retain_ns,
		PRUNE_MOST, &gone);

	if (status_is_ok(&status))
		status = writer_commit(writer);
	if (!status_is_ok(&status))
		return status;
	pthread_mutex_lock(&writer->lock);
	writer->counters.pruned += gone;
	pthread_mutex_unlock(&writer->lock);
	writer->prune_at = clock_now(CLOCK_MONOTONIC) + (gone == PRUNE_MOST ? prune_ns : prune_idle_ns);
	return status;
}

void
writer_begin_chores(struct writer *writer)
{
	writer->hindsight_pause_ns = hindsight_again_ns;
	writer->hindsight_at = clock_now(CLOCK_MONOTONIC);
	if (writer->config.retain_ns > 0)
		writer->prune_at = writer->hindsight_at;
}

int64_t
writer_next_chore(const struct writer *writer)
{
	return clock_earlier(writer->commit_at, clock_earlier(writer->hindsight_at, writer->prune_at));
}

void
writer_do_chores(struct writer *writer)
{
	const struct {
		const int64_t *at;
		struct status (*chore)(struct writer *writer);
	} chores[] = {
		{ &writer->commit_at, writer_commit },
		{ &writer->hindsight_at, hindsight_chore },
		{ &writer->prune_at, prune_chore },
	};
	struct items none = { 0 };

	for (size_t i = 0; i < sizeof(chores) / sizeof(chores[0]); i++) {
		struct status status = status_ok();

		if (clock_now(CLOCK_MONOTONIC) >= *chores[i].at)
			status = chores[i].chore(writer);
		if (!status_is_ok(&status)) {
			writer_try_later(writer, &none, &status);
			return;
		}
	}
}

/* All sessions are there: what came out of order is judged in order. */
struct status
writer_end_history(struct writer *writer)
{
	struct status status = writer->history_left ? status_ok() : hindsight_chore(writer);

	if (!status_is_ok(&status) || writer->history_left || !hindsight_is_out_of_order(writer->history))
		return status;
	status = hindsight_again(writer->history);
	if (!status_is_ok(&status) && is_late(writer))
		return leave_history(writer);
	return status_is_ok(&status) ? writer_commit(writer) : status;
}
