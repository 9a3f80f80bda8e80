/* The JSON line of each minute: what a sensor has counted since it started. */
#include "sensor/line_tally.h"

#include "base/table.h"
#include "base/text.h"

#include <stddef.h>
#include <string.h>

struct counter {
	const char *name;
	size_t      offset;
};

#define ENGINE_COUNTER(name) { #name, offsetof(struct engine_counters, name) }
#define WRITER_COUNTER(name) { #name, offsetof(struct writer_counters, name) }

static const struct counter engine_counters_told[] = {
	ENGINE_COUNTER(frames),
	ENGINE_COUNTER(segments),
	ENGINE_COUNTER(other),
	ENGINE_COUNTER(unknown),
	ENGINE_COUNTER(malformed),
	ENGINE_COUNTER(fragments),
	ENGINE_COUNTER(flows),
	ENGINE_COUNTER(sessions),
	ENGINE_COUNTER(foreign),
	ENGINE_COUNTER(evicted),
	ENGINE_COUNTER(refused),
};

static const struct counter writer_counters_told[] = {
	WRITER_COUNTER(stored),
	WRITER_COUNTER(lost),
	WRITER_COUNTER(pruned),
	WRITER_COUNTER(waiting),
	WRITER_COUNTER(failures),
};

static void
add_counters(struct json *json, const struct counter *counters, size_t count, const void *from)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t number;

		memcpy(&number, (const uint8_t *)from + counters[i].offset, sizeof(number));
		json_number(json, counters[i].name, number);
	}
}

static void
add_interfaces(struct json *json, const struct tally *tally)
{
	json_open_list(json, "interfaces");
	for (size_t i = 0; i < tally->interface_count; i++) {
		const struct tally_interface *interface = &tally->interfaces[i];

		json_open(json, NULL);
		json_text(json, "name", span_of(interface->name));
		json_number(json, "frames", interface->counters.frames);
		json_number(json, "bytes", interface->counters.bytes);
		json_number(json, "kernel_drops", interface->counters.kernel_drops);
		json_number(json, "interface_drops", interface->counters.interface_drops);
		json_close(json);
	}
	json_close_list(json);
}

static void
add_outlets(struct json *json, const struct tally *tally)
{
	json_open_list(json, "outlets");
	for (size_t i = 0; i < tally->outlet_count; i++) {
		const struct tally_outlet *outlet = &tally->outlets[i];

		json_open(json, NULL);
		json_text(json, "name", span_of(outlet->name));
		json_number(json, "sent", outlet->sent);
		json_number(json, "dropped", outlet->dropped);
		json_bool(json, "working", outlet->working);
		json_close(json);
	}
	json_close_list(json);
}

/* By verdict and by severity; what did not occur is left out. */
static void
add_results(struct json *json, const struct tally *tally)
{
	json_open(json, "verdicts");
	for (unsigned i = 0; i < VERDICTS; i++)
		if (tally->sessions[i] > 0)
			json_number(json, verdict_word((enum verdict)i), tally->sessions[i]);
	json_close(json);
	json_open(json, "findings");
	for (unsigned i = 0; i < TABLE_LENGTH(tally->findings); i++)
		if (tally->findings[i] > 0)
			json_number(json, severity_word((enum severity)i), tally->findings[i]);
	json_close(json);
}

void
line_add_tally(struct json *json, const struct tally *tally)
{
	char started[TIME_TEXT_SIZE];

	json_open(json, "tally");
	json_text(json, "started", span_of(text_time(tally->started_ns, started)));
	add_interfaces(json, tally);
	json_open(json, "engine");
	add_counters(json, engine_counters_told, TABLE_LENGTH(engine_counters_told), &tally->engine);
	json_close(json);
	json_open(json, "database");
	add_counters(json, writer_counters_told, TABLE_LENGTH(writer_counters_told), &tally->writer);
	json_bool(json, "failing", tally->writer.failing);
	json_close(json);
	add_results(json, tally);
	add_outlets(json, tally);
	json_open(json, "memory");
	json_number(json, "used", tally->memory_used);
	json_number(json, "limit", tally->memory_limit);
	json_close(json);
	json_close(json);
}
