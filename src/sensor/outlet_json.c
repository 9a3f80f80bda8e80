/* JSON lines into standard output, a file or a Unix socket. */
#include "sensor/line.h"
#include "sensor/outlet_private.h"

#include "base/clock.h"

static void
json_finding(struct outlet *outlet, struct buffer *out, const struct notice *notice)
{
	line_finding(out, outlet->origin, notice);
}

static void
json_session(struct outlet *outlet, struct buffer *out, const struct session *session)
{
	line_session(out, outlet->origin, session);
}

static void
json_tally(struct outlet *outlet, struct buffer *out, const struct tally *tally)
{
	line_tally(out, outlet->origin, tally);
}

static void
json_say(struct outlet *outlet, struct buffer *out, const char *action, struct span words)
{
	line_say(out, outlet->origin, clock_now(CLOCK_REALTIME), action, words);
}

static void
json_drops(struct outlet *outlet, struct buffer *out, uint64_t dropped)
{
	line_drops(out, outlet->origin, clock_now(CLOCK_REALTIME), span_of(outlet->name), dropped);
}

static struct status
open_socket(struct outlet *outlet)
{
	return socket_open(outlet, outlet->config.path);
}

static enum delivery
write_socket(struct outlet *outlet, struct span line)
{
	return socket_write(outlet, outlet->config.path, line);
}

const struct outlet_ways outlet_json_stdout = {
	.open = stream_open_stdout,
	.write = stream_write,
	.close = stream_close,
	.finding = json_finding,
	.session = json_session,
	.tally = json_tally,
	.say = json_say,
	.drops = json_drops,
};

const struct outlet_ways outlet_json_file = {
	.open = stream_open_file,
	.write = stream_write,
	.reopen = stream_reopen_file,
	.close = stream_close,
	.finding = json_finding,
	.session = json_session,
	.tally = json_tally,
	.say = json_say,
	.drops = json_drops,
};

const struct outlet_ways outlet_json_socket = {
	.open = open_socket,
	.write = write_socket,
	.close = stream_close,
	.finding = json_finding,
	.session = json_session,
	.tally = json_tally,
	.say = json_say,
	.drops = json_drops,
};
