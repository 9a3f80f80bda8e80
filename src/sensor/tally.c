/* All numbers of a running sensor, for a person who asks for them. */
#include "sensor/tally.h"

#include "base/clock.h"
#include "base/table.h"
#include "base/text.h"

#include <inttypes.h>
#include <time.h>

enum {
	NAME_WIDTH = 18,        /* the column of names */
	NAME_MOST = 64,         /* bytes of a name that are shown */
};

double
tally_per_cent(uint64_t dropped, uint64_t kept)
{
	double all = (double)dropped + (double)kept;

	return all > 0 ? 100 * (double)dropped / all : 0;
}

/* Begins a line with a name that is padded to its column. */
static void
begin_line(struct buffer *out, const char *name)
{
	size_t begin = out->len;

	text_quote(out, span_of(name), NAME_MOST);
	do
		buffer_add_text(out, " ");
	while (!out->failed && out->len - begin < NAME_WIDTH);
}

/* With the greatest unit of which there is at least one. */
static void
add_size(struct buffer *out, uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	double size = (double)bytes;
	size_t unit = 0;

	if (bytes < 1024) {
		buffer_printf(out, "%" PRIu64 " bytes", bytes);
		return;
	}
	for (size /= 1024; size >= 1024 && unit + 1 < TABLE_LENGTH(units); unit++)
		size /= 1024;
	buffer_printf(out, "%.1f %s", size, units[unit]);
}

static void
write_since(struct buffer *out, const struct tally *tally)
{
	int64_t seconds = (tally->now_ns - tally->started_ns) / NS_PER_SECOND;
	time_t started = (time_t)(tally->started_ns / NS_PER_SECOND);
	struct tm parts = { 0 };
	char text[40] = "";

	gmtime_r(&started, &parts);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &parts);
	/* the clock can have been set back since */
	if (seconds < 0)
		seconds = 0;
	begin_line(out, "watching since");
	buffer_printf(out, "%s, for ", text);
	if (seconds >= SECONDS_PER_DAY)
		buffer_printf(out, "%" PRId64 " d ", seconds / SECONDS_PER_DAY);
	buffer_printf(out, "%02d:%02d:%02d\n", (int)(seconds / SECONDS_PER_HOUR % 24),
		(int)(seconds / SECONDS_PER_MINUTE % 60), (int)(seconds % SECONDS_PER_MINUTE));
}

static void
write_interface(struct buffer *out, const struct tally_interface *interface)
{
	const struct live_counters *counters = &interface->counters;

	begin_line(out, interface->name);
	buffer_printf(out, "%" PRIu64 " frames, ", counters->frames);
	add_size(out, counters->bytes);
	buffer_printf(out, "; dropped by the kernel %" PRIu64 " (%.3f %%), by the interface %" PRIu64 " (%.3f %%)\n",
		counters->kernel_drops, tally_per_cent(counters->kernel_drops, counters->frames),
		counters->interface_drops, tally_per_cent(counters->interface_drops, counters->frames));
}

static void
write_flows(struct buffer *out, const struct engine_counters *engine)
{
	begin_line(out, "flows");
	buffer_printf(out, "%" PRIu64 ", %" PRIu64 " of them not mail; for want of memory %" PRIu64 " given up and %"
		PRIu64 " not followed\n", engine->flows, engine->foreign, engine->evicted, engine->refused);
	begin_line(out, "other frames");
	buffer_printf(out, "%" PRIu64 " without TCP, %" PRIu64 " in an unknown encapsulation, %" PRIu64 " malformed\n",
		engine->other, engine->unknown, engine->malformed);
}

static void
write_sessions(struct buffer *out, const struct tally *tally)
{
	uint64_t all = 0;

	for (size_t i = 0; i < VERDICTS; i++)
		all += tally->sessions[i];
	begin_line(out, "sessions");
	buffer_printf(out, "%" PRIu64 "\n", all);
	for (size_t i = 0; i < VERDICTS; i++)
		if (tally->sessions[i] > 0)
			buffer_printf(out, "  %-24s%" PRIu64 "\n", verdict_word((enum verdict)i), tally->sessions[i]);
}

static void
write_findings(struct buffer *out, const struct tally *tally)
{
	bool any = false;

	begin_line(out, "findings");
	for (size_t i = TABLE_LENGTH(tally->findings); i-- > 0;)
		if (tally->findings[i] > 0) {
			buffer_printf(out, "%s%" PRIu64 " %s", any ? ", " : "", tally->findings[i],
				severity_word((enum severity)i));
			any = true;
		}
	buffer_add_text(out, any ? "\n" : "none\n");
}

static void
write_database(struct buffer *out, const struct writer_counters *writer)
{
	begin_line(out, "database");
	buffer_printf(out, "%" PRIu64 " sessions stored, %" PRIu64 " waiting (", writer->stored, writer->waiting);
	add_size(out, writer->waiting_bytes);
	buffer_printf(out, "), %" PRIu64 " lost, %" PRIu64 " pruned", writer->lost, writer->pruned);
	if (writer->failures > 0)
		buffer_printf(out, "; failed %" PRIu64 " time%s", writer->failures, writer->failures == 1 ? "" : "s");
	buffer_add_text(out, writer->failing ? "; FAILING NOW\n" : "\n");
}

static void
write_outlet(struct buffer *out, const struct tally_outlet *outlet)
{
	begin_line(out, outlet->name);
	buffer_printf(out, "%" PRIu64 " sent, %" PRIu64 " dropped%s\n", outlet->sent, outlet->dropped,
		outlet->working ? "" : "; NOT WORKING");
}

void
tally_write(struct buffer *out, const struct tally *tally)
{
	write_since(out, tally);
	for (size_t i = 0; i < tally->interface_count; i++)
		write_interface(out, &tally->interfaces[i]);
	write_flows(out, &tally->engine);
	write_sessions(out, tally);
	write_findings(out, tally);
	write_database(out, &tally->writer);
	for (size_t i = 0; i < tally->outlet_count; i++)
		write_outlet(out, &tally->outlets[i]);
	begin_line(out, "memory");
	add_size(out, tally->memory_used);
	buffer_add_text(out, " of ");
	add_size(out, tally->memory_limit);
	buffer_add_text(out, "\n");
}
