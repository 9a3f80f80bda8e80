/* A tally as Prometheus metrics: https://prometheus.io/docs/instrumenting/exposition_formats/, text format 0.0.4.
 *
 * Names follow that project's advice: base units, a `_total` behind what only grows, and labels for what can be summed
 * over.  Every series is there from the first scrape on, at 0: a rule on what never happened has something to look
 * at. */
#include "sensor/metrics.h"

#include "base/clock.h"
#include "base/table.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A metric: one number, or a series for each value of its label. */
struct family {
	const char *name, *type, *says, *label;
	size_t      field;              /* of the number, in struct tally or in the row that the label stands for */
};

static void
begin_family(struct buffer *out, const char *name, const char *type, const char *says)
{
	buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, says, name, type);
}

/* Printable UTF-8, so without line ends, with the bytes escaped that would end a value. */
static void
add_label_value(struct buffer *out, const char *value)
{
	struct buffer quoted = { 0 };

	text_quote(&quoted, span_of(value), SIZE_MAX);
	if (quoted.failed)
		out->failed = true;
	for (size_t i = 0; i < quoted.len; i++) {
		if (quoted.at[i] == '\\' || quoted.at[i] == '"')
			buffer_add_text(out, "\\");
		buffer_add(out, span_from(quoted.at + i, 1));
	}
	buffer_free(&quoted);
}

/* `number` is which of those with this name it is, from 0: two series must not have the same labels. */
static void
add_series(struct buffer *out, const struct family *family, const char *value, size_t number, uint64_t count)
{
	buffer_printf(out, "%s{%s=\"", family->name, family->label);
	add_label_value(out, value);
	if (number > 0)
		buffer_printf(out, " (%zu)", number + 1);
	buffer_printf(out, "\"} %" PRIu64 "\n", count);
}

static uint64_t
count_at(const void *row, size_t field)
{
	uint64_t count;

	memcpy(&count, (const char *)row + field, sizeof(count));
	return count;
}

/* Numbers of their own ---------------------------------------------------------------------------- */

static void
write_process(struct buffer *out, const struct tally *tally)
{
	int64_t ms = tally->started_ns / NS_PER_MS;

	if (tally->version != NULL) {
		static const struct family build = { .name = "starttrace_build_info", .label = "version" };

		begin_family(out, build.name, "gauge", "Always 1; the label tells the version.");
		add_series(out, &build, tally->version, 0, 1);
	}
	begin_family(out, "starttrace_start_time_seconds", "gauge", "When the sensor began, in seconds since 1970.");
	buffer_printf(out, "starttrace_start_time_seconds %" PRId64 ".%03d\n", ms / 1000, (int)(ms % 1000));
	begin_family(out, "starttrace_memory_bytes", "gauge", "Memory taken by flows, sessions and history.");
	buffer_printf(out, "starttrace_memory_bytes %zu\n", tally->memory_used);
	begin_family(out, "starttrace_memory_limit_bytes", "gauge", "The most that these may take (--max-memory).");
	buffer_printf(out, "starttrace_memory_limit_bytes %zu\n", tally->memory_limit);
	begin_family(out, "starttrace_store_failing", "gauge", "1 while the database cannot be written, else 0.");
	buffer_printf(out, "starttrace_store_failing %d\n", tally->writer.failing ? 1 : 0);
}

static void
write_counts(struct buffer *out, const struct tally *tally)
{
#define ENGINE(field) offsetof(struct tally, engine.field)
#define WRITER(field) offsetof(struct tally, writer.field)
	static const struct family counts[] = {
		{ "starttrace_segments_total", "counter", "TCP segments seen.", NULL, ENGINE(segments) },
		{ "starttrace_frames_other_total", "counter", "Frames that hold no TCP.", NULL, ENGINE(other) },
		{ "starttrace_frames_unknown_total", "counter", "Frames in an encapsulation that is not decoded.",
			NULL, ENGINE(unknown) },
		{ "starttrace_frames_malformed_total", "counter", "Frames cut short, or with lengths that lie.", NULL,
			ENGINE(malformed) },
		{ "starttrace_fragments_total", "counter", "IP fragments seen.", NULL, ENGINE(fragments) },
		{ "starttrace_fragment_overlaps_total", "counter", "IP fragments that overlap others.", NULL,
			ENGINE(fragment_overlaps) },
		{ "starttrace_flows_total", "counter", "TCP connections seen.", NULL, ENGINE(flows) },
		{ "starttrace_flows_foreign_total", "counter", "TCP connections that are not mail.", NULL,
			ENGINE(foreign) },
		{ "starttrace_flows_evicted_total", "counter", "TCP connections given up for want of memory.", NULL,
			ENGINE(evicted) },
		{ "starttrace_flows_refused_total", "counter", "TCP connections not followed for want of memory.",
			NULL, ENGINE(refused) },
		{ "starttrace_store_sessions_total", "counter", "Sessions written to the database.", NULL,
			WRITER(stored) },
		{ "starttrace_store_lost_total", "counter", "Sessions that the database could not take in time.", NULL,
			WRITER(lost) },
		{ "starttrace_store_pruned_total", "counter", "Sessions deleted by age (--retain).", NULL,
			WRITER(pruned) },
		{ "starttrace_store_failures_total", "counter", "Times that the database began to fail.", NULL,
			WRITER(failures) },
		{ "starttrace_history_forgotten", "gauge",
			"Clients, services and keys of which history has forgotten something for want of room.", NULL,
			WRITER(forgotten) },
		{ "starttrace_store_waiting", "gauge", "Sessions that wait for the database.", NULL, WRITER(waiting) },
		{ "starttrace_store_waiting_bytes", "gauge", "Memory of what waits for the database.", NULL,
			WRITER(waiting_bytes) },
	};
#undef ENGINE
#undef WRITER

	for (size_t i = 0; i < TABLE_LENGTH(counts); i++) {
		begin_family(out, counts[i].name, counts[i].type, counts[i].says);
		buffer_printf(out, "%s %" PRIu64 "\n", counts[i].name, count_at(tally, counts[i].field));
	}
}

/* Numbers with a label ---------------------------------------------------------------------------- */

static void
write_interfaces(struct buffer *out, const struct tally *tally)
{
#define INTERFACE(field) offsetof(struct tally_interface, counters.field)
	static const struct family families[] = {
		{ "starttrace_frames_total", "counter", "Frames taken from the interface.", "interface",
			INTERFACE(frames) },
		{ "starttrace_captured_bytes_total", "counter", "Bytes taken from the interface.", "interface",
			INTERFACE(bytes) },
		{ "starttrace_kernel_drops_total", "counter", "Frames lost because the ring was full (--buffer).",
			"interface", INTERFACE(kernel_drops) },
		{ "starttrace_interface_drops_total", "counter", "Frames lost before the ring.", "interface",
			INTERFACE(interface_drops) },
	};
#undef INTERFACE

	for (size_t i = 0; i < TABLE_LENGTH(families); i++) {
		begin_family(out, families[i].name, families[i].type, families[i].says);
		for (size_t j = 0; j < tally->interface_count; j++)
			add_series(out, &families[i], tally->interfaces[j].name, 0,
				count_at(&tally->interfaces[j], families[i].field));
	}
}

static void
write_sessions(struct buffer *out, const struct tally *tally)
{
	static const struct family family = { .name = "starttrace_sessions_total", .label = "verdict" };

	begin_family(out, family.name, "counter", "Mail sessions that ended.");
	for (size_t i = 0; i < VERDICTS; i++)
		add_series(out, &family, verdict_word((enum verdict)i), 0, tally->sessions[i]);
}

static void
write_findings(struct buffer *out, const struct tally *tally)
{
	static const struct family severities = { .name = "starttrace_findings_total", .label = "severity" };
	static const struct family kinds = { .name = "starttrace_findings_by_kind_total", .label = "kind" };

	begin_family(out, severities.name, "counter", "Findings told.");
	for (size_t i = 0; i < TABLE_LENGTH(tally->findings); i++)
		add_series(out, &severities, severity_word((enum severity)i), 0, tally->findings[i]);
	begin_family(out, kinds.name, "counter", "Findings told, by kind.");
	for (size_t i = 0; i < tally->kind_count; i++)
		add_series(out, &kinds, tally->kinds[i].kind, 0, tally->kinds[i].count);
}

/* Which of the outlets with its name this one is: long paths are cut, and can be the same then. */
static size_t
number_among_same(const struct tally *tally, size_t index)
{
	size_t number = 0;

	for (size_t i = 0; i < index; i++)
		number += strcmp(tally->outlets[i].name, tally->outlets[index].name) == 0;
	return number;
}

static void
write_outlets(struct buffer *out, const struct tally *tally)
{
#define OUTLET(field) offsetof(struct tally_outlet, field)
	static const struct family families[] = {
		{ "starttrace_outlet_sent_total", "counter", "Lines handed to the outlet.", "outlet", OUTLET(sent) },
		{ "starttrace_outlet_dropped_total", "counter", "Lines that the outlet could not take in time.",
			"outlet", OUTLET(dropped) },
	};
	static const struct family working = { .name = "starttrace_outlet_working", .label = "outlet" };
#undef OUTLET

	for (size_t i = 0; i < TABLE_LENGTH(families); i++) {
		begin_family(out, families[i].name, families[i].type, families[i].says);
		for (size_t j = 0; j < tally->outlet_count; j++)
			add_series(out, &families[i], tally->outlets[j].name, number_among_same(tally, j),
				count_at(&tally->outlets[j], families[i].field));
	}
	begin_family(out, working.name, "gauge", "1 while the outlet takes lines, else 0.");
	for (size_t j = 0; j < tally->outlet_count; j++)
		add_series(out, &working, tally->outlets[j].name, number_among_same(tally, j),
			tally->outlets[j].working);
}

void
metrics_write(struct buffer *out, const struct tally *tally)
{
	write_process(out, tally);
	write_interfaces(out, tally);
	write_counts(out, tally);
	write_sessions(out, tally);
	write_findings(out, tally);
	write_outlets(out, tally);
}

/* The file ---------------------------------------------------------------------------------------- */

static bool
write_all(int file, struct span rest)
{
	while (rest.len > 0) {
		ssize_t wrote = write(file, rest.at, rest.len);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		rest = span_after(rest, (size_t)wrote);
	}
	return true;
}

/* Makes the file anew, whatever a killed run or somebody else left under its name.  False with errno set. */
static bool
write_file(const char *path, struct span text)
{
	int file, error;
	bool done;

	unlink(path);
	file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (file < 0)
		return false;
	/* readers are other users, whatever the umask is */
	done = write_all(file, text) && fchmod(file, 0644) == 0;
	error = errno;
	if (close(file) != 0 && done) {
		error = errno;
		done = false;
	}
	errno = error;
	return done;
}

struct status
metrics_file(const char *path, const struct tally *tally)
{
	struct buffer text = { 0 };
	struct status status = status_ok();
	char beside[PATH_MAX];

	/* not .prom: the collector must not find it */
	if (snprintf(beside, sizeof(beside), "%s.tmp", path) >= (int)sizeof(beside))
		return status_of(STATUS_INPUT, "%s: metrics cannot be written: the name is too long", path);
	metrics_write(&text, tally);
	if (text.failed) {
		status = status_of(STATUS_NO_MEMORY, "%s: metrics cannot be written: out of memory", path);
	} else if (!write_file(beside, buffer_span(&text)) || rename(beside, path) != 0) {
		status = status_of(STATUS_INPUT, "%s: metrics cannot be written: %s", path, strerror(errno));
		unlink(beside);
	}
	buffer_free(&text);
	return status;
}
