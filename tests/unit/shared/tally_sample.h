/* A sensor's numbers, for tests of what is made of them. */
#ifndef STARTTRACE_TESTS_TALLY_SAMPLE_H
#define STARTTRACE_TESTS_TALLY_SAMPLE_H

#include "base/clock.h"
#include "sensor/tally.h"

/* Two interfaces, one with drops; two outlets, one of them broken; it began on 2026-11-21 at 10:00:00.250 UTC, a day,
 * two hours, three minutes and four seconds before. */
static inline struct tally
tally_sample(void)
{
	struct tally tally = {
		.version = "9.9",
		.started_ns = INT64_C(1795255200) * NS_PER_SECOND + 250000000,
		.interface_count = 2,
		.interfaces = {
			{ "eth1", { .frames = 999000, .bytes = 3 << 20, .kernel_drops = 1000, .interface_drops = 7 } },
			{ "eth2", { .frames = 5, .bytes = 400 } },
		},
		.engine = { .frames = 999005, .segments = 900000, .other = 90, .unknown = 8, .malformed = 2,
			.fragments = 4, .fragment_overlaps = 1, .flows = 500, .foreign = 300, .evicted = 6,
			.refused = 3 },
		.writer = { .stored = 150, .lost = 11, .pruned = 12, .forgotten = 14, .waiting = 13,
			.waiting_bytes = 2048, .failures = 2 },
		.outlet_count = 2,
		.outlets = {
			{ "terminal", 20, 0, true },
			{ "json /var/log/st.jsonl", 19, 1, false },
		},
		.kind_count = 2,
		.kinds = { { "cred-plaintext-accepted", 3 }, { "tls-ech", 1 } },
		.memory_used = 512,
		.memory_limit = (size_t)1 << 30,
	};

	tally.now_ns = tally.started_ns + NS_PER_DAY + 2 * NS_PER_HOUR + (3 * 60 + 4) * NS_PER_SECOND;
	tally.sessions[VERDICT_PROTECTED_STARTTLS] = 140;
	tally.sessions[VERDICT_PLAINTEXT_NO_OFFER] = 2;
	tally.findings[SEVERITY_CRITICAL] = 3;
	tally.findings[SEVERITY_INFO] = 1;
	return tally;
}

#endif
