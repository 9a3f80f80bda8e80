/* The digest of a regular file, made on a thread of its own: reading a capture of bulk traffic costs less than its
 * digest does. */
#include "wire/source_digest.h"

#include "base/thread.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BLOCK = 128 * 1024,             /* at a time; stays in the processor's cache */
};

struct source_digest {
	int             fd;
	struct digest  *digest;
	uint64_t        offset;         /* what the digest knows of the file */
	uint8_t        *block;
	int             trouble;        /* an errno */
	pthread_t       thread;
	pthread_mutex_t lock;           /* of what follows */
	pthread_cond_t  changed;
	uint64_t        until;          /* how far the digest may go */
	bool            stopped;
};

/* False at the end of what may be read for good. */
static bool
wait_for_more(struct source_digest *beside)
{
	bool goes_on;

	pthread_mutex_lock(&beside->lock);
	while (beside->offset + BLOCK > beside->until && !beside->stopped)
		pthread_cond_wait(&beside->changed, &beside->lock);
	goes_on = !beside->stopped;
	pthread_mutex_unlock(&beside->lock);
	return goes_on;
}

static void *
run(void *user)
{
	struct source_digest *beside = user;
	ssize_t got = 1;

	while (got != 0 && wait_for_more(beside)) {
		got = pread(beside->fd, beside->block, BLOCK, (off_t)beside->offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			beside->trouble = errno;
			return NULL;
		}
		digest_add(beside->digest, span_from(beside->block, (size_t)got));
		beside->offset += (uint64_t)got;
	}
	return NULL;
}

static void
release(struct source_digest **beside)
{
	pthread_cond_destroy(&(*beside)->changed);
	pthread_mutex_destroy(&(*beside)->lock);
	free((*beside)->block);
	free(*beside);
	*beside = NULL;
}

struct source_digest *
source_digest_begin(int fd, struct digest *digest, uint64_t offset)
{
	struct source_digest *beside = calloc(1, sizeof(*beside));

	if (beside == NULL)
		return NULL;
	*beside = (struct source_digest){ .fd = fd, .digest = digest, .offset = offset, .until = offset };
	beside->block = malloc(BLOCK);
	pthread_mutex_init(&beside->lock, NULL);
	pthread_cond_init(&beside->changed, NULL);
	if (beside->block == NULL || !thread_start(&beside->thread, run, beside))
		release(&beside);
	return beside;
}

void
source_digest_follow(struct source_digest *beside, uint64_t position)
{
	pthread_mutex_lock(&beside->lock);
	beside->until = position;
	pthread_cond_signal(&beside->changed);
	pthread_mutex_unlock(&beside->lock);
}

int
source_digest_finish(struct source_digest **beside)
{
	int trouble;

	source_digest_follow(*beside, UINT64_MAX);
	pthread_join((*beside)->thread, NULL);
	trouble = (*beside)->trouble;
	release(beside);
	return trouble;
}

void
source_digest_stop(struct source_digest **beside)
{
	if (*beside == NULL)
		return;
	pthread_mutex_lock(&(*beside)->lock);
	(*beside)->stopped = true;
	pthread_cond_signal(&(*beside)->changed);
	pthread_mutex_unlock(&(*beside)->lock);
	pthread_join((*beside)->thread, NULL);
	release(beside);
}
