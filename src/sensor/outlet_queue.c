/* The queue of an outlet and the thread that empties it.  Whoever tells something only takes a lock that nobody holds
 * for long; the thread alone waits for disks, pipes and sockets, and can be called away from all of them but a disk. */
#include "sensor/outlet_private.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Events between threads ---------------------------------------------------------------------------- */

static void
event_raise(int fd)
{
	const uint64_t one = 1;

	while (write(fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

static void
event_clear(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}

/* What keeps the thread from waiting on: `until_r` is when to look again, 0 for never. */
static bool
is_called(struct outlet *outlet, int64_t *until_r)
{
	bool called;

	pthread_mutex_lock(&outlet->lock);
	*until_r = outlet->stopping ? outlet->deadline_ns : 0;
	called = outlet->reopen || (outlet->stopping && clock_now(CLOCK_MONOTONIC) >= outlet->deadline_ns);
	pthread_mutex_unlock(&outlet->lock);
	return called;
}

/* For poll; -1, without end, until 0. */
static int
milliseconds_until(int64_t until_ns)
{
	int64_t left = (until_ns - clock_now(CLOCK_MONOTONIC) + NS_PER_MS - 1) / NS_PER_MS;

	if (until_ns == 0)
		return -1;
	return left <= 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

bool
outlet_wait(struct outlet *outlet, int fd, short events)
{
	struct pollfd polled[] = { { .fd = fd, .events = events }, { .fd = outlet->wake, .events = POLLIN } };
	int64_t until;

	while (!is_called(outlet, &until)) {
		if (poll(polled, 2, milliseconds_until(until)) < 0)
			continue;
		if (polled[0].revents != 0)
			return true;
		if (polled[1].revents != 0)
			event_clear(outlet->wake);
	}
	return false;
}

/* Before the next attempt; false when it is time to end. */
static bool
pause_for_retry(struct outlet *outlet)
{
	int64_t retry = clock_now(CLOCK_MONOTONIC) + OUTLET_RETRY_MS * NS_PER_MS, until;
	struct pollfd polled = { .fd = outlet->wake, .events = POLLIN };

	while (!is_called(outlet, &until) && clock_now(CLOCK_MONOTONIC) < retry)
		if (poll(&polled, 1, milliseconds_until(until > 0 && until < retry ? until : retry)) > 0)
			event_clear(outlet->wake);
	return until == 0 || clock_now(CLOCK_MONOTONIC) < until;
}

/* The queue ----------------------------------------------------------------------------------------- */

static struct letter *
letter_new(struct span line, bool own)
{
	struct letter *letter = malloc(sizeof(*letter) + line.len);

	if (letter == NULL)
		return NULL;
	letter->next = NULL;
	letter->len = line.len;
	letter->own = own;
	memcpy(letter->line, line.at, line.len);
	return letter;
}

/* Under the lock. */
static void
append(struct outlet *outlet, struct letter *letter)
{
	if (outlet->last != NULL)
		outlet->last->next = letter;
	else
		outlet->first = letter;
	outlet->last = letter;
	outlet->lines++;
	outlet->bytes += letter->len;
}

static struct letter *
take_first(struct outlet *outlet)
{
	struct letter *letter = outlet->first;

	if (letter == NULL)
		return NULL;
	outlet->first = letter->next;
	if (outlet->first == NULL)
		outlet->last = NULL;
	outlet->lines--;
	outlet->bytes -= letter->len;
	return letter;
}

static bool
has_room(const struct outlet *outlet, size_t len)
{
	return !outlet->closed && outlet->lines < OUTLET_LINES_MOST && outlet->bytes + len <= OUTLET_BYTES_MOST;
}

void
outlet_push(struct outlet *outlet, struct span line)
{
	struct letter *letter = line.len > 0 ? letter_new(line, false) : NULL;
	bool taken, first = false;

	pthread_mutex_lock(&outlet->lock);
	taken = letter != NULL && has_room(outlet, line.len);
	if (taken) {
		first = outlet->first == NULL;
		append(outlet, letter);
	} else {
		outlet->dropped++;
		outlet->unsaid++;
	}
	pthread_mutex_unlock(&outlet->lock);
	if (!taken)
		free(letter);
	if (first)
		event_raise(outlet->wake);
}

/* The outlet's own words go in whether there is room or not: they are few. */
static void
push_own(struct outlet *outlet, struct buffer *line)
{
	struct letter *letter = line->len > 0 && !line->failed ? letter_new(buffer_span(line), true) : NULL;

	if (letter == NULL)
		return;
	pthread_mutex_lock(&outlet->lock);
	append(outlet, letter);
	pthread_mutex_unlock(&outlet->lock);
	event_raise(outlet->wake);
}

/* The thread ---------------------------------------------------------------------------------------- */

static void
count(struct outlet *outlet, const struct letter *letter, bool sent)
{
	if (letter->own)
		return;
	pthread_mutex_lock(&outlet->lock);
	outlet->sent += sent;
	outlet->dropped += !sent;
	outlet->unsaid += !sent;
	pthread_mutex_unlock(&outlet->lock);
}

/* Not before half of the queue is free: else each line that finds room would be followed by such a line. */
static void
say_drops(struct outlet *outlet)
{
	struct buffer line = { 0 };
	uint64_t dropped = 0;

	pthread_mutex_lock(&outlet->lock);
	if (outlet->lines <= OUTLET_LINES_MOST / 2 && outlet->bytes <= OUTLET_BYTES_MOST / 2) {
		dropped = outlet->unsaid;
		outlet->unsaid = 0;
	}
	pthread_mutex_unlock(&outlet->lock);
	if (dropped == 0)
		return;
	outlet->ways->drops(outlet, &line, dropped);
	push_own(outlet, &line);
	buffer_free(&line);
}

static void
tick(struct outlet *outlet, bool over)
{
	struct buffer lines = { 0 };

	if (outlet->ways->tick == NULL)
		return;
	outlet->ways->tick(outlet, &lines, over);
	push_own(outlet, &lines);
	buffer_free(&lines);
}

static void
close_for_good(struct outlet *outlet)
{
	outlet->dead = true;
	pthread_mutex_lock(&outlet->lock);
	outlet->closed = true;
	pthread_mutex_unlock(&outlet->lock);
}

static void
see_to_reopening(struct outlet *outlet)
{
	bool wanted;

	pthread_mutex_lock(&outlet->lock);
	wanted = outlet->reopen;
	outlet->reopen = false;
	pthread_mutex_unlock(&outlet->lock);
	if (wanted && outlet->ways->reopen != NULL)
		outlet->ways->reopen(outlet);
}

static void
deliver(struct outlet *outlet, const struct letter *letter)
{
	enum delivery delivery = DELIVER_LATER;

	while (!outlet->dead && delivery == DELIVER_LATER) {
		delivery = outlet->ways->write(outlet, span_from(letter->line, letter->len));
		if (delivery == DELIVERED)
			outlet_trouble(outlet, NULL);
		if (delivery == DELIVER_NO_MORE)
			close_for_good(outlet);
		if (delivery == DELIVER_LATER && !pause_for_retry(outlet))
			break;
		see_to_reopening(outlet);
	}
	count(outlet, letter, delivery == DELIVERED);
}

/* Waits for a line; NULL when the thread is to end. */
static struct letter *
next_letter(struct outlet *outlet)
{
	struct pollfd polled = { .fd = outlet->wake, .events = POLLIN };
	bool over = false, ticked = false;

	for (;;) {
		struct letter *letter;

		see_to_reopening(outlet);
		pthread_mutex_lock(&outlet->lock);
		letter = outlet->stopping && clock_now(CLOCK_MONOTONIC) >= outlet->deadline_ns ? NULL
			: take_first(outlet);
		over = outlet->stopping;
		pthread_mutex_unlock(&outlet->lock);
		if (letter != NULL || (over && ticked))
			return letter;
		tick(outlet, over);
		ticked = over;
		if (!over && poll(&polled, 1, outlet->ways->tick != NULL ? OUTLET_RETRY_MS : -1) > 0)
			event_clear(outlet->wake);
	}
}

static void *
run(void *user)
{
	struct outlet *outlet = user;
	struct letter *letter;

	while ((letter = next_letter(outlet)) != NULL) {
		deliver(outlet, letter);
		free(letter);
		say_drops(outlet);
	}
	outlet->ways->close(outlet);
	event_raise(outlet->done);
	return NULL;
}

/* From outside -------------------------------------------------------------------------------------- */

bool
outlet_prepare(struct outlet *outlet)
{
	outlet->fd = -1;
	outlet->working = true;
	outlet->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	outlet->done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return pthread_mutex_init(&outlet->lock, NULL) == 0 && outlet->wake >= 0 && outlet->done >= 0;
}

/* A signal that a broken pipe raises there goes nowhere. */
bool
outlet_start(struct outlet *outlet)
{
	outlet->started = thread_start(&outlet->thread, run, outlet);
	return outlet->started;
}

void
outlet_reopen(struct outlet *outlet)
{
	pthread_mutex_lock(&outlet->lock);
	outlet->reopen = true;
	pthread_mutex_unlock(&outlet->lock);
	event_raise(outlet->wake);
}

void
outlet_stop(struct outlet *outlet, int64_t deadline_ns)
{
	pthread_mutex_lock(&outlet->lock);
	outlet->stopping = true;
	outlet->closed = true;
	outlet->deadline_ns = deadline_ns;
	pthread_mutex_unlock(&outlet->lock);
	event_raise(outlet->wake);
}

bool
outlet_join(struct outlet *outlet)
{
	struct pollfd polled = { .fd = outlet->done, .events = POLLIN };
	int64_t until = outlet->deadline_ns + OUTLET_GRACE_MS * NS_PER_MS;
	int ready;

	if (!outlet->started)
		return true;
	do
		ready = poll(&polled, 1, milliseconds_until(until));
	while (ready < 0 && errno == EINTR);
	if (ready <= 0) {
		pthread_detach(outlet->thread);
		return false;
	}
	pthread_join(outlet->thread, NULL);
	outlet->started = false;
	return true;
}

uint64_t
outlet_forget(struct outlet *outlet)
{
	struct letter *letter;
	uint64_t lines = 0;

	pthread_mutex_lock(&outlet->lock);
	while ((letter = take_first(outlet)) != NULL) {
		lines += !letter->own;
		free(letter);
	}
	pthread_mutex_unlock(&outlet->lock);
	return lines;
}

void
outlet_dispose(struct outlet *outlet)
{
	outlet_forget(outlet);
	if (outlet->ways->close != NULL)
		outlet->ways->close(outlet);
	if (outlet->wake >= 0)
		close(outlet->wake);
	if (outlet->done >= 0)
		close(outlet->done);
	pthread_mutex_destroy(&outlet->lock);
}

void
outlet_trouble(struct outlet *outlet, const char *why)
{
	char words[OUTLET_NAME_SIZE + 128];
	bool working = why == NULL, news;

	pthread_mutex_lock(&outlet->lock);
	news = outlet->working != working && !outlet->stopping;
	outlet->working = working;
	pthread_mutex_unlock(&outlet->lock);
	if (!news)
		return;
	snprintf(words, sizeof(words), "%s: %s", outlet->name, working ? "works again" : why);
	outlets_trouble(outlet, words);
}
