/* All numbers of a running sensor at one moment: what SIGUSR1 prints, what metrics are made of. */
#ifndef STARTTRACE_SENSOR_TALLY_H
#define STARTTRACE_SENSOR_TALLY_H

#include "base/buffer.h"
#include "engine/engine.h"
#include "engine/writer.h"
#include "model/verdict.h"
#include "wire/live.h"

enum {
	TALLY_OUTLETS_MOST = 8,
	TALLY_KINDS_MOST = 256,
};

struct tally_interface {
	char                 name[32];
	struct live_counters counters;
};

struct tally_outlet {
	char     name[64];              /* "terminal", "json /var/log/x.jsonl", "syslog", ... */
	uint64_t sent, dropped;
	bool     working;
};

struct tally_kind {
	const char *kind;               /* a constant */
	uint64_t    count;
};

struct tally {
	const char            *version;         /* of the program, a constant; NULL: left out */
	int64_t                started_ns, now_ns;              /* since 1970, by the system's clock */
	struct tally_interface interfaces[LIVE_INTERFACES_MOST];
	size_t                 interface_count;
	struct engine_counters engine;
	struct writer_counters writer;
	struct tally_outlet    outlets[TALLY_OUTLETS_MOST];
	size_t                 outlet_count;
	uint64_t               sessions[VERDICTS];              /* ended, by verdict */
	uint64_t               findings[SEVERITY_CRITICAL + 1]; /* told, by severity */
	struct tally_kind      kinds[TALLY_KINDS_MOST];         /* told, by kind, in order of the first one */
	size_t                 kind_count;
	size_t                 memory_used, memory_limit;
};

/* Writes it for a person: a few aligned lines of words, without verdicts and severities that did not occur.  Names are
 * quoted as text_quote does. */
void tally_write(struct buffer *out, const struct tally *tally);

/* What was dropped of all that came by, in per cent: 0 when nothing came. */
double tally_per_cent(uint64_t dropped, uint64_t kept);

#endif
