/* Engines side by side.  What one of several is fed is copied into batches, since whoever feeds keeps his own bytes. */
#include "engine/pipeline.h"

#include "base/hash.h"
#include "base/thread.h"
#include "wire/ip.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ENGINES_MOST = 64,
	ENGINES_UNASKED = 8,            /* one writer cannot take what more of them judge */
	BATCH_BYTES = 256 * 1024,       /* what is handed to an engine at a time */
	BATCHES = 4,                    /* per engine: one being filled, the others on their way */
	FRAMES_UNTOLD = 256,            /* how far the counters of an engine may be behind it */
};

/* What an engine is fed. */
enum feed {
	FEED_FRAME,
	FEED_TICK,
	FEED_LOSS,
	FEED_CLOCK_STEP,
};

struct fed {
	enum feed kind;
	union {
		struct frame frame;     /* its bytes stand behind this struct, where it is in a batch */
		int64_t      ns;        /* now, or the step */
		struct loss  loss;
	};
};

/* Several of them, copied for another thread. */
struct batch {
	uint8_t *at;
	size_t   used;
};

/* Batches on their way between two threads. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t  changed;
	struct batch   *items[BATCHES];
	size_t          first, count;
	size_t          busy;           /* taken and not yet done with */
	bool            closed;
};

struct lane {
	struct pipeline       *pipeline;
	struct budget          share;           /* its part of the memory, so that a flood in one lane costs no other */
	struct engine         *engine;
	pthread_t              thread;
	bool                   runs;
	struct queue           full, empty;
	struct batch           batches[BATCHES];
	struct batch          *filling;
	size_t                 untold;          /* frames since the counters were last told */
	pthread_mutex_t        lock;            /* of what follows */
	struct engine_counters counters;        /* as the engine's thread last told them */
};

struct pipeline {
	struct lane    *lanes;
	size_t          count;
	struct hash_key key;
	int64_t         latest_ns;      /* of all frames so far; the lanes read it once they are closed */
};

/* Queues ------------------------------------------------------------------------------------------ */

static void
queue_init(struct queue *queue)
{
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->changed, NULL);
}

static void
queue_destroy(struct queue *queue)
{
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
}

/* There is room for every batch of a lane. */
static void
queue_put(struct queue *queue, struct batch *batch)
{
	pthread_mutex_lock(&queue->lock);
	queue->items[(queue->first + queue->count++) % BATCHES] = batch;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

/* NULL only once the queue is closed and empty.  The batch counts as busy until queue_done. */
static struct batch *
queue_take(struct queue *queue)
{
	struct batch *batch = NULL;

	pthread_mutex_lock(&queue->lock);
	while (queue->count == 0 && !queue->closed)
		pthread_cond_wait(&queue->changed, &queue->lock);
	if (queue->count > 0) {
		batch = queue->items[queue->first];
		queue->first = (queue->first + 1) % BATCHES;
		queue->count--;
		queue->busy++;
	}
	pthread_mutex_unlock(&queue->lock);
	return batch;
}

static void
queue_done(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->busy--;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

static void
queue_wait_idle(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	while (queue->count > 0 || queue->busy > 0)
		pthread_cond_wait(&queue->changed, &queue->lock);
	pthread_mutex_unlock(&queue->lock);
}

static void
queue_close(struct queue *queue)
{
	pthread_mutex_lock(&queue->lock);
	queue->closed = true;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

/* Feeding an engine, on its own thread ------------------------------------------------------------ */

static void
feed_frame(struct engine *engine, const struct fed *fed)
{
	engine_frame(engine, &fed->frame);
}

static void
feed_tick(struct engine *engine, const struct fed *fed)
{
	engine_tick(engine, fed->ns);
}

static void
feed_loss(struct engine *engine, const struct fed *fed)
{
	engine_loss(engine, &fed->loss);
}

static void
feed_clock_step(struct engine *engine, const struct fed *fed)
{
	engine_clock_step(engine, fed->ns);
}

static void
feed(struct engine *engine, const struct fed *fed)
{
	static void (*const feeds[])(struct engine *, const struct fed *) = {
		[FEED_FRAME] = feed_frame,
		[FEED_TICK] = feed_tick,
		[FEED_LOSS] = feed_loss,
		[FEED_CLOCK_STEP] = feed_clock_step,
	};

	feeds[fed->kind](engine, fed);
}

/* An engine counts without a lock, since it counts every frame. */
static void
tell_counters(struct lane *lane)
{
	struct engine_counters counters = engine_counters(lane->engine);

	pthread_mutex_lock(&lane->lock);
	lane->counters = counters;
	pthread_mutex_unlock(&lane->lock);
	lane->untold = 0;
}

/* The lanes --------------------------------------------------------------------------------------- */

static size_t
padded(size_t size)
{
	const size_t align = sizeof(max_align_t);

	return (size + align - 1) / align * align;
}

static size_t
bytes_behind(const struct fed *fed)
{
	return fed->kind == FEED_FRAME ? padded(fed->frame.bytes.len) : 0;
}

static void *
run_engine(void *user)
{
	struct lane *lane = user;
	struct batch *batch;

	while ((batch = queue_take(&lane->full)) != NULL) {
		for (size_t at = 0; at < batch->used;) {
			const struct fed *fed = (const void *)(batch->at + at);

			feed(lane->engine, fed);
			at += padded(sizeof(*fed)) + bytes_behind(fed);
		}
		batch->used = 0;
		tell_counters(lane);
		queue_put(&lane->empty, batch);
		queue_done(&lane->full);
	}
	engine_drain(lane->engine, lane->pipeline->latest_ns);
	return NULL;
}

static void
send_batch(struct lane *lane)
{
	if (lane->filling->used == 0)
		return;
	queue_put(&lane->full, lane->filling);
	lane->filling = queue_take(&lane->empty);
	queue_done(&lane->empty);
}

/* Room for that many bytes of the batch, at its end. */
static void *
reserve(struct lane *lane, size_t size)
{
	void *at;

	if (lane->filling->used + size > BATCH_BYTES)
		send_batch(lane);
	at = lane->filling->at + lane->filling->used;
	lane->filling->used += size;
	return at;
}

static void
copy_frame(struct lane *lane, const struct frame *frame)
{
	struct span bytes = span_first(frame->bytes, BATCH_BYTES / 2);  /* no packet is as long */
	size_t head = padded(sizeof(struct fed));
	struct fed *copy = reserve(lane, head + padded(bytes.len));

	copy->kind = FEED_FRAME;
	copy->frame = *frame;
	copy->frame.bytes = span_from((uint8_t *)copy + head, bytes.len);
	if (bytes.len > 0)
		memcpy((uint8_t *)copy + head, bytes.at, bytes.len);
}

/* Behind what every engine was fed so far. */
static void
feed_all(struct pipeline *pipeline, const struct fed *fed)
{
	for (size_t i = 0; i < pipeline->count; i++) {
		struct lane *lane = &pipeline->lanes[i];

		if (lane->runs)
			memcpy(reserve(lane, padded(sizeof(*fed))), fed, sizeof(*fed));
		else
			feed(lane->engine, fed);
	}
}

/* Which engine: by the pair of hosts, which fragments of a segment share with the rest of its flow. */
static size_t
choose_lane(const struct pipeline *pipeline, const struct frame *frame)
{
	struct address source, target;
	struct link link;

	if (link_decode(frame, &link) != LINK_IP || !ip_addresses(&link, &source, &target))
		return 0;
	return (hash_bytes(&pipeline->key, source.octets, sizeof(source.octets)) +
	        hash_bytes(&pipeline->key, target.octets, sizeof(target.octets))) %
	       pipeline->count;
}

static bool
lane_start(struct pipeline *pipeline, size_t number, const struct engine_config *config, struct budget *budget,
	const struct sink *sink)
{
	struct lane *lane = &pipeline->lanes[number];
	struct engine_config own = *config;

	own.number = (uint16_t)number;
	lane->pipeline = pipeline;
	lane->share = (struct budget){ .limit = budget->limit / pipeline->count, .whole = budget };
	queue_init(&lane->full);
	queue_init(&lane->empty);
	pthread_mutex_init(&lane->lock, NULL);
	lane->engine = engine_new(&own, &lane->share, sink);
	if (lane->engine == NULL || pipeline->count == 1)
		return lane->engine != NULL;
	for (size_t i = 0; i < BATCHES; i++) {
		lane->batches[i].at = malloc(BATCH_BYTES);
		if (lane->batches[i].at == NULL)
			return false;
		if (i > 0)
			queue_put(&lane->empty, &lane->batches[i]);
	}
	lane->filling = &lane->batches[0];
	lane->runs = thread_start(&lane->thread, run_engine, lane);
	return lane->runs;
}

/* No more frames come: each lane ends its flows on its own thread. */
static void
lane_close(struct lane *lane)
{
	if (!lane->runs)
		return;
	send_batch(lane);
	queue_close(&lane->full);
}

static void
lane_stop(struct lane *lane)
{
	if (lane->runs)
		pthread_join(lane->thread, NULL);
	else if (lane->engine != NULL)
		engine_drain(lane->engine, lane->pipeline->latest_ns);
	engine_free(&lane->engine);
	for (size_t i = 0; i < BATCHES; i++)
		free(lane->batches[i].at);
	queue_destroy(&lane->full);
	queue_destroy(&lane->empty);
	pthread_mutex_destroy(&lane->lock);
}

/* The pipeline ------------------------------------------------------------------------------------ */

static size_t
engine_count(size_t asked)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (asked > 0)
		return asked < ENGINES_MOST ? asked : ENGINES_MOST;
	if (processors <= 2)
		return 1;               /* reader, digest and writer keep the other one busy */
	return processors - 1 < ENGINES_UNASKED ? (size_t)processors - 1 : ENGINES_UNASKED;
}

struct pipeline *
pipeline_new(const struct engine_config *config, size_t engines, struct budget *budget,
	const struct sink *sink)
{
	struct pipeline *pipeline = calloc(1, sizeof(*pipeline));
	bool good;

	if (pipeline == NULL)
		return NULL;
	pipeline->count = engine_count(engines);
	pipeline->key = hash_key_random();
	pipeline->latest_ns = INT64_MIN;
	pipeline->lanes = calloc(pipeline->count, sizeof(*pipeline->lanes));
	good = pipeline->lanes != NULL;
	if (pipeline->lanes == NULL)
		pipeline->count = 0;
	for (size_t i = 0; i < pipeline->count; i++)
		good &= lane_start(pipeline, i, config, budget, sink);
	if (!good)
		pipeline_finish(&pipeline);
	return pipeline;
}

static void
keep_latest(struct pipeline *pipeline, int64_t now_ns)
{
	if (now_ns > pipeline->latest_ns)
		pipeline->latest_ns = now_ns;
}

void
pipeline_frame(struct pipeline *pipeline, const struct frame *frame)
{
	struct lane *only = pipeline->lanes;

	keep_latest(pipeline, frame->at.time_ns);
	if (pipeline->count > 1) {
		copy_frame(&pipeline->lanes[choose_lane(pipeline, frame)], frame);
		return;
	}
	engine_frame(only->engine, frame);
	if (++only->untold == FRAMES_UNTOLD)
		tell_counters(only);
}

/* Hands on what waits, so that its engine takes it soon; the only one has taken everything. */
static void
hand_on(struct lane *lane)
{
	if (lane->runs)
		send_batch(lane);
	else
		tell_counters(lane);
}

void
pipeline_tick(struct pipeline *pipeline, int64_t now_ns)
{
	keep_latest(pipeline, now_ns);
	feed_all(pipeline, &(struct fed){ .kind = FEED_TICK, .ns = now_ns });
	for (size_t i = 0; i < pipeline->count; i++)
		hand_on(&pipeline->lanes[i]);
}

void
pipeline_loss(struct pipeline *pipeline, const struct loss *loss)
{
	feed_all(pipeline, &(struct fed){ .kind = FEED_LOSS, .loss = *loss });
}

/* From here on all times are later by as much: so is the latest of those before. */
void
pipeline_clock_step(struct pipeline *pipeline, int64_t step_ns)
{
	if (pipeline->latest_ns != INT64_MIN)
		pipeline->latest_ns = (int64_t)((uint64_t)pipeline->latest_ns + (uint64_t)step_ns);
	feed_all(pipeline, &(struct fed){ .kind = FEED_CLOCK_STEP, .ns = step_ns });
}

void
pipeline_settle(struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->count; i++) {
		hand_on(&pipeline->lanes[i]);
		if (pipeline->lanes[i].runs)
			queue_wait_idle(&pipeline->lanes[i].full);
	}
}

void
pipeline_finish(struct pipeline **pipeline)
{
	if (*pipeline == NULL)
		return;
	for (size_t i = 0; i < (*pipeline)->count; i++)
		lane_close(&(*pipeline)->lanes[i]);
	for (size_t i = 0; i < (*pipeline)->count; i++)
		lane_stop(&(*pipeline)->lanes[i]);
	free((*pipeline)->lanes);
	free(*pipeline);
	*pipeline = NULL;
}

struct engine_counters
pipeline_counters(const struct pipeline *pipeline)
{
	struct engine_counters sum = { 0 };

	for (size_t i = 0; i < pipeline->count; i++) {
		struct lane *lane = &pipeline->lanes[i];
		struct engine_counters one;

		pthread_mutex_lock(&lane->lock);
		one = lane->counters;
		pthread_mutex_unlock(&lane->lock);
		sum.frames += one.frames;
		sum.segments += one.segments;
		sum.other += one.other;
		sum.unknown += one.unknown;
		sum.malformed += one.malformed;
		sum.fragments += one.fragments;
		sum.fragment_overlaps += one.fragment_overlaps;
		sum.flows += one.flows;
		sum.sessions += one.sessions;
		sum.foreign += one.foreign;
		sum.evicted += one.evicted;
		sum.refused += one.refused;
	}
	return sum;
}
