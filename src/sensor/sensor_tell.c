/* What engines, history and the writer tell a sensor goes to its outlets, its counters and the writer. */
#include "sensor/sensor_private.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* On standard error, from any thread.  Capturing waits for nobody: not for a pipe that is not read either. */
void
sensor_print(struct span words)
{
	struct pollfd polled = { .fd = STDERR_FILENO, .events = POLLOUT };

	/* a pipe that is ready takes as much at once */
	while (words.len > 0 && poll(&polled, 1, 0) == 1 && polled.revents & POLLOUT) {
		struct span part = span_first(words, PIPE_BUF);

		fwrite(part.at, 1, part.len, stderr);
		words = span_after(words, part.len);
	}
}

static void
print_line(const char *words)
{
	struct buffer line = { 0 };

	buffer_printf(&line, "starttrace: %s\n", words);
	sensor_print(buffer_span(&line));
	buffer_free(&line);
}

void
sensor_say(struct sensor *sensor, const char *action, const char *words)
{
	if (!sensor->stderr_is_journal)
		print_line(words);
	outlets_say(sensor->outlets, action, words);
}

void
sensor_take_session(void *user, struct session *session)
{
	struct sensor *sensor = user;

	told_session(sensor->told, session);
	outlets_session(sensor->outlets, session);
	writer_session(sensor->writer, session);
	session_free(&session);
}

void
sensor_take_snapshot(void *user, const struct session *session)
{
	struct sensor *sensor = user;

	outlets_session(sensor->outlets, session);
	writer_session(sensor->writer, session);
}

void
sensor_take_finding(void *user, const struct session *session, const struct finding *finding, enum telling telling)
{
	struct sensor *sensor = user;

	if (telling == TELLING_NEW)
		told_finding(sensor->told, finding->rule->id, finding->severity);
	outlets_finding(sensor->outlets, session, finding, telling);
}

void
sensor_take_insight(void *user, const struct footprint *footprint, const struct hindsight_word *word)
{
	struct sensor *sensor = user;

	if (!word->changed)
		told_finding(sensor->told, word->finding->kind, word->finding->severity);
	outlets_insight(sensor->outlets, footprint, word);
}

void
sensor_take_trouble(void *user, const struct status *status)
{
	struct sensor *sensor = user;

	if (status_is_ok(status))
		sensor_say(sensor, "trouble", "the database takes rows again; what waited is being written");
	else
		sensor_say(sensor, "trouble", status->message);
}

/* The other outlets hear of it by themselves. */
void
sensor_take_outlet_trouble(void *user, const char *words)
{
	(void)user;
	print_line(words);
}

const char *
sensor_title_of(void *user, const char *kind)
{
	const struct sensor *sensor = user;

	return titles_of(sensor->titles, kind);
}
