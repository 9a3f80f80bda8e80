/* A digest on a thread of its own: reading a capture of bulk traffic costs less than its digest does.  The bytes go
 * over in blocks, copied, which costs a tenth of what it would to read them once more. */
#include "wire/source_digest.h"

#include "base/thread.h"

#include <stdlib.h>
#include <string.h>

enum {
	BLOCK = 64 * 1024,
	BLOCKS = 32,                    /* on their way at a time */
};

struct source_digest {
	struct digest  *digest;
	uint8_t        *blocks;
	size_t          lengths[BLOCKS];
	pthread_t       thread;
	pthread_mutex_t lock;           /* of what follows */
	pthread_cond_t  changed;
	size_t          first, count;   /* of the blocks that wait; the first may be the one being taken */
	bool            complete;       /* no more come */
};

static uint8_t *
block_at(const struct source_digest *beside, size_t number)
{
	return beside->blocks + number % BLOCKS * BLOCK;
}

/* False once there is none, and none will come. */
static bool
wait_for_block(struct source_digest *beside)
{
	bool some;

	pthread_mutex_lock(&beside->lock);
	while (beside->count == 0 && !beside->complete)
		pthread_cond_wait(&beside->changed, &beside->lock);
	some = beside->count > 0;
	pthread_mutex_unlock(&beside->lock);
	return some;
}

static void
release_block(struct source_digest *beside)
{
	pthread_mutex_lock(&beside->lock);
	beside->first++;
	beside->count--;
	pthread_cond_signal(&beside->changed);
	pthread_mutex_unlock(&beside->lock);
}

static void *
run(void *user)
{
	struct source_digest *beside = user;

	for (size_t number = 0; wait_for_block(beside); number++) {
		digest_add(beside->digest, span_from(block_at(beside, number), beside->lengths[number % BLOCKS]));
		release_block(beside);
	}
	return NULL;
}

/* The number of a block that nobody uses. */
static size_t
wait_for_room(struct source_digest *beside)
{
	size_t number;

	pthread_mutex_lock(&beside->lock);
	while (beside->count == BLOCKS)
		pthread_cond_wait(&beside->changed, &beside->lock);
	number = beside->first + beside->count;
	pthread_mutex_unlock(&beside->lock);
	return number;
}

static void
hand_over(struct source_digest *beside)
{
	pthread_mutex_lock(&beside->lock);
	beside->count++;
	pthread_cond_signal(&beside->changed);
	pthread_mutex_unlock(&beside->lock);
}

void
source_digest_add(struct source_digest *beside, struct span bytes)
{
	while (bytes.len > 0) {
		struct span piece = span_first(bytes, BLOCK);
		size_t number = wait_for_room(beside);

		memcpy(block_at(beside, number), piece.at, piece.len);
		beside->lengths[number % BLOCKS] = piece.len;
		hand_over(beside);
		bytes = span_after(bytes, piece.len);
	}
}

static void
release(struct source_digest **beside)
{
	pthread_cond_destroy(&(*beside)->changed);
	pthread_mutex_destroy(&(*beside)->lock);
	free((*beside)->blocks);
	free(*beside);
	*beside = NULL;
}

struct source_digest *
source_digest_begin(struct digest *digest)
{
	struct source_digest *beside = calloc(1, sizeof(*beside));

	if (beside == NULL)
		return NULL;
	beside->digest = digest;
	beside->blocks = malloc((size_t)BLOCKS * BLOCK);
	pthread_mutex_init(&beside->lock, NULL);
	pthread_cond_init(&beside->changed, NULL);
	if (beside->blocks == NULL || !thread_start(&beside->thread, run, beside))
		release(&beside);
	return beside;
}

void
source_digest_end(struct source_digest **beside)
{
	if (*beside == NULL)
		return;
	pthread_mutex_lock(&(*beside)->lock);
	(*beside)->complete = true;
	pthread_cond_signal(&(*beside)->changed);
	pthread_mutex_unlock(&(*beside)->lock);
	pthread_join((*beside)->thread, NULL);
	release(beside);
}
