/* Engines side by side and one writer. */
#include "engine/pipeline.h"

#include "base/hash.h"
#include "wire/link.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ENGINES_MOST = 64,
	ENGINES_UNASKED = 8,            /* the writer cannot take what more of them judge */
	QUEUE_ROOM = 1024,              /* finished sessions that wait for the writer */
	BATCH_BYTES = 256 * 1024,       /* copied frames handed to an engine at a time */
	BATCHES = 4,                    /* per engine: one being filled, the others on their way */
	DONE_MOST = 32,                 /* finished sessions handed to the writer at a time */
};

/* A bounded queue of pointers between two kinds of threads. */
struct queue {
	pthread_mutex_t lock;
	pthread_cond_t  changed;
	void           *items[QUEUE_ROOM];
	size_t          room, first, count;
	size_t          busy;           /* taken and not yet done with */
	bool            closed;
};

/* Frames copied for another thread: each a struct frame with its bytes behind it. */
struct batch {
	uint8_t *at;
	size_t   used;
};

struct lane {
	struct pipeline *pipeline;
	struct engine   *engine;
	pthread_t        thread;
	bool             runs;
	struct queue     full, empty;
	struct batch     batches[BATCHES];
	struct batch    *filling;
	void            *done[DONE_MOST];
	size_t           done_count;
};

struct pipeline {
	struct lane    *lanes;
	size_t          count;
	struct queue    finished;
	pthread_t       writer;
	bool            writes;
	struct sink     sink;
	struct hash_key key;
	int64_t         latest_ns;      /* of all frames so far; the lanes read it once they are closed */
};

static void
queue_init(struct queue *queue, size_t room)
{
	*queue = (struct queue){ .room = room };
	pthread_mutex_init(&queue->lock, NULL);
	pthread_cond_init(&queue->changed, NULL);
}

static void
queue_destroy(struct queue *queue)
{
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
}

static void
queue_put(struct queue *queue, void *const *items, size_t count)
{
	pthread_mutex_lock(&queue->lock);
	for (size_t i = 0; i < count; i++) {
		while (queue->count == queue->room)
			pthread_cond_wait(&queue->changed, &queue->lock);
		queue->items[(queue->first + queue->count++) % queue->room] = items[i];
	}
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
}

/* Takes up to `most` items; 0 only once the queue is closed and empty.  They count as busy until queue_done. */
static size_t
queue_take(struct queue *queue, void **items, size_t most)
{
	size_t taken = 0;

	pthread_mutex_lock(&queue->lock);
	while (queue->count == 0 && !queue->closed)
		pthread_cond_wait(&queue->changed, &queue->lock);
	for (; queue->count > 0 && taken < most; queue->count--) {
		items[taken++] = queue->items[queue->first];
		queue->first = (queue->first + 1) % queue->room;
	}
	queue->busy += taken;
	pthread_cond_broadcast(&queue->changed);
	pthread_mutex_unlock(&queue->lock);
	return taken;
}

static void
queue_done(struct queue *queue, size_t count)
{
	pthread_mutex_lock(&queue->lock);
	queue->busy -= count;
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

/* The writer -------------------------------------------------------------------------------------- */

static void
hand_over(struct lane *lane)
{
	queue_put(&lane->pipeline->finished, lane->done, lane->done_count);
	lane->done_count = 0;
}

/* Waking the writer for every single session would cost more than judging it. */
static void
enqueue_session(void *user, struct session *session)
{
	struct lane *lane = user;

	lane->done[lane->done_count++] = session;
	if (lane->done_count == DONE_MOST)
		hand_over(lane);
}

static void *
write_sessions(void *user)
{
	struct pipeline *pipeline = user;
	void *sessions[64];
	size_t count;

	while ((count = queue_take(&pipeline->finished, sessions, 64)) > 0) {
		for (size_t i = 0; i < count; i++)
			pipeline->sink.session(pipeline->sink.user, sessions[i]);
		queue_done(&pipeline->finished, count);
	}
	return NULL;
}

/* The lanes --------------------------------------------------------------------------------------- */

static size_t
padded(size_t size)
{
	const size_t align = sizeof(max_align_t);

	return (size + align - 1) / align * align;
}

static void *
run_engine(void *user)
{
	struct lane *lane = user;
	void *item;

	while (queue_take(&lane->full, &item, 1) == 1) {
		struct batch *batch = item;

		for (size_t at = 0; at < batch->used;) {
			const struct frame *frame = (const void *)(batch->at + at);

			engine_frame(lane->engine, frame);
			at += padded(sizeof(*frame)) + padded(frame->bytes.len);
		}
		batch->used = 0;
		queue_put(&lane->empty, &item, 1);
		queue_done(&lane->full, 1);
	}
	engine_drain(lane->engine, lane->pipeline->latest_ns);
	return NULL;
}

static void
send_batch(struct lane *lane)
{
	void *item = lane->filling;

	if (lane->filling->used == 0)
		return;
	queue_put(&lane->full, &item, 1);
	queue_take(&lane->empty, &item, 1);
	queue_done(&lane->empty, 1);
	lane->filling = item;
}

static void
copy_frame(struct lane *lane, const struct frame *frame)
{
	struct span bytes = span_first(frame->bytes, BATCH_BYTES / 2);  /* no packet is as long */
	size_t head = padded(sizeof(*frame)), size = head + padded(bytes.len);
	struct frame *copy;

	if (lane->filling->used + size > BATCH_BYTES)
		send_batch(lane);
	copy = (void *)(lane->filling->at + lane->filling->used);
	*copy = *frame;
	copy->bytes = span_from((uint8_t *)copy + head, bytes.len);
	if (bytes.len > 0)
		memcpy((uint8_t *)copy + head, bytes.at, bytes.len);
	lane->filling->used += size;
}

/* Which engine: by the pair of hosts, which fragments of a segment share with the rest of its flow. */
static size_t
choose_lane(const struct pipeline *pipeline, const struct frame *frame)
{
	uint8_t pair[16] = { 0 };
	struct link link;
	size_t at, len;

	if (link_decode(frame, &link) != LINK_IP || link.packet.len == 0)
		return 0;
	at = link.packet.at[0] >> 4 == 6 ? 8 : 12;
	len = link.packet.at[0] >> 4 == 6 ? 16 : 4;
	if (link.packet.len < at + 2 * len)
		return 0;
	for (size_t i = 0; i < len; i++)
		pair[i] = link.packet.at[at + i] ^ link.packet.at[at + len + i];
	return hash_bytes(&pipeline->key, pair, len) % pipeline->count;
}

static bool
lane_start(struct pipeline *pipeline, struct lane *lane, const struct engine_config *config,
	struct budget *budget)
{
	const struct sink sink = { .session = enqueue_session, .user = lane };

	lane->pipeline = pipeline;
	queue_init(&lane->full, BATCHES);
	queue_init(&lane->empty, BATCHES);
	lane->engine = engine_new(config, budget, &sink);
	if (lane->engine == NULL || pipeline->count == 1)
		return lane->engine != NULL;
	for (size_t i = 0; i < BATCHES; i++) {
		lane->batches[i].at = malloc(BATCH_BYTES);
		if (lane->batches[i].at == NULL)
			return false;
		if (i > 0)
			queue_put(&lane->empty, &(void *){ &lane->batches[i] }, 1);
	}
	lane->filling = &lane->batches[0];
	lane->runs = pthread_create(&lane->thread, NULL, run_engine, lane) == 0;
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
	hand_over(lane);
	for (size_t i = 0; i < BATCHES; i++)
		free(lane->batches[i].at);
	queue_destroy(&lane->full);
	queue_destroy(&lane->empty);
}

/* The pipeline ------------------------------------------------------------------------------------ */

static size_t
engine_count(size_t asked)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (asked > 0)
		return asked < ENGINES_MOST ? asked : ENGINES_MOST;
	if (processors < 1)
		return 1;
	return processors < ENGINES_UNASKED ? (size_t)processors : ENGINES_UNASKED;
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
	pipeline->sink = *sink;
	pipeline->key = hash_key_random();
	pipeline->latest_ns = INT64_MIN;
	queue_init(&pipeline->finished, QUEUE_ROOM);
	pipeline->lanes = calloc(pipeline->count, sizeof(*pipeline->lanes));
	pipeline->writes = pthread_create(&pipeline->writer, NULL, write_sessions, pipeline) == 0;
	good = pipeline->writes && pipeline->lanes != NULL;
	if (pipeline->lanes == NULL)
		pipeline->count = 0;
	for (size_t i = 0; i < pipeline->count; i++)
		good &= lane_start(pipeline, &pipeline->lanes[i], config, budget);
	if (!good)
		pipeline_finish(&pipeline);
	return pipeline;
}

void
pipeline_frame(struct pipeline *pipeline, const struct frame *frame)
{
	if (frame->at.time_ns > pipeline->latest_ns)
		pipeline->latest_ns = frame->at.time_ns;
	if (pipeline->count == 1)
		engine_frame(pipeline->lanes[0].engine, frame);
	else
		copy_frame(&pipeline->lanes[choose_lane(pipeline, frame)], frame);
}

void
pipeline_settle(struct pipeline *pipeline)
{
	for (size_t i = 0; i < pipeline->count; i++)
		if (pipeline->lanes[i].runs) {
			send_batch(&pipeline->lanes[i]);
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
	queue_close(&(*pipeline)->finished);
	if ((*pipeline)->writes)
		pthread_join((*pipeline)->writer, NULL);
	queue_destroy(&(*pipeline)->finished);
	free((*pipeline)->lanes);
	free(*pipeline);
	*pipeline = NULL;
}

struct engine_counters
pipeline_counters(const struct pipeline *pipeline)
{
	struct engine_counters sum = { 0 };

	for (size_t i = 0; i < pipeline->count; i++) {
		struct engine_counters one = engine_counters(pipeline->lanes[i].engine);

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
