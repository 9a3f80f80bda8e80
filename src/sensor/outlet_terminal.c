/* The terminal: a line a finding, for a person, on standard output.  Nothing that was sent can move the cursor or
 * change a colour: all of it is made printable. */
#include "sensor/outlet_private.h"

#include "base/clock.h"
#include "base/text.h"
#include "sensor/repeats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct terminal {
	pthread_mutex_t lock;
	struct repeats  repeats;        /* under the lock */
	bool            colour;
};

static const char *const colours[] = {
	[SEVERITY_INFO] = "",
	[SEVERITY_LOW] = "\x1b[36m",
	[SEVERITY_MEDIUM] = "\x1b[33m",
	[SEVERITY_HIGH] = "\x1b[31m",
	[SEVERITY_CRITICAL] = "\x1b[1;31m",
};

/* See no-color.org: any text in NO_COLOR but an empty one. */
static bool
is_colour_wanted(const struct outlet *outlet)
{
	const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !outlet->config.plain && isatty(STDOUT_FILENO) && (no_colour == NULL || *no_colour == '\0') &&
	       (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

static struct status
terminal_open(struct outlet *outlet)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));

	if (terminal == NULL || pthread_mutex_init(&terminal->lock, NULL) != 0) {
		free(terminal);
		return status_of(STATUS_NO_MEMORY, "out of memory");
	}
	terminal->colour = is_colour_wanted(outlet);
	outlet->state = terminal;
	return stream_open_stdout(outlet);
}

static void
terminal_close(struct outlet *outlet)
{
	struct terminal *terminal = outlet->state;

	stream_close(outlet);
	if (terminal == NULL)
		return;
	pthread_mutex_destroy(&terminal->lock);
	free(terminal);
	outlet->state = NULL;
}

/* "2024-05-01 12:00:00Z  high      " */
static void
add_head(struct buffer *out, int64_t at_ns, const char *colour, const char *word)
{
	char time[TIME_TEXT_SIZE];
	const char *date_end = strchr(text_time(at_ns, time), 'T');
	int date = date_end != NULL ? (int)(date_end - time) : 0;

	buffer_printf(out, "%.*s %.8sZ  ", date, time, time + date + 1);
	buffer_printf(out, "%s%-8s%s  ", colour, word, *colour != '\0' ? "\x1b[0m" : "");
}

static bool
is_new(struct terminal *terminal, const struct notice *notice, const char *words)
{
	char key[REPEATS_KEY_SIZE], client[ADDRESS_TEXT_SIZE], server[ADDRESS_TEXT_SIZE];
	bool new;

	snprintf(key, sizeof(key), "%s %s %u %d %s", address_text(&notice->parties.client.address, client),
		address_text(&notice->parties.server.address, server), notice->parties.server.port, notice->telling,
		notice->kind);
	pthread_mutex_lock(&terminal->lock);
	new = repeats_is_new(&terminal->repeats, key, words, clock_now(CLOCK_MONOTONIC));
	pthread_mutex_unlock(&terminal->lock);
	return new;
}

static void
terminal_finding(struct outlet *outlet, struct buffer *out, const struct notice *notice)
{
	struct terminal *terminal = outlet->state;
	struct buffer words = { 0 };

	notice_write(&words, notice);
	if (is_new(terminal, notice, buffer_text(&words))) {
		add_head(out, notice->at_ns, terminal->colour ? colours[notice->severity] : "",
			severity_word(notice->severity));
		buffer_add(out, buffer_span(&words));
		buffer_add_text(out, "\n");
	}
	out->failed |= words.failed;
	buffer_free(&words);
}

static void
terminal_tick(struct outlet *outlet, struct buffer *out, bool over)
{
	struct terminal *terminal = outlet->state;
	struct repeat repeat;

	pthread_mutex_lock(&terminal->lock);
	while (repeats_take(&terminal->repeats, clock_now(CLOCK_MONOTONIC), over, &repeat)) {
		if (repeat.again == 0)
			continue;
		add_head(out, clock_now(CLOCK_REALTIME), "", "again");
		buffer_printf(out, "... and %" PRIu64 " more in the last minute: ", repeat.again);
		buffer_add_text(out, repeat.words);
		buffer_add_text(out, "\n");
	}
	pthread_mutex_unlock(&terminal->lock);
}

static void
terminal_drops(struct outlet *outlet, struct buffer *out, uint64_t dropped)
{
	(void)outlet;
	add_head(out, clock_now(CLOCK_REALTIME), "", "drops");
	buffer_printf(out, "%" PRIu64 " lines were not shown: the terminal was too slow\n", dropped);
}

const struct outlet_ways outlet_terminal = {
	.open = terminal_open,
	.write = stream_write,
	.close = terminal_close,
	.tick = terminal_tick,
	.finding = terminal_finding,
	.drops = terminal_drops,
};
