/* The words of a policy file: networks, host names, dates, TLSA records.  Each function reads one whole text and
 * returns NULL, or says what is wrong with it. */
#ifndef STARTTRACE_CLI_POLICY_WORDS_H
#define STARTTRACE_CLI_POLICY_WORDS_H

#include "base/arena.h"
#include "model/policy.h"

/* An address, or one with the length of its prefix: 192.0.2.0/24, 2001:db8::/32. */
const char *policy_read_network(const char *text, struct network *network_r);

/* What may stand before a host name. */
enum host_prefix {
	HOST_ALONE,
	HOST_WILDCARD,          /* "*." stands for one label */
	HOST_BELOW,             /* "." stands for all names below */
};

/* A host or domain name, lower case in `arena`. */
const char *policy_read_host(const char *text, enum host_prefix prefix, struct arena *arena,
	struct span *host_r);

/* A day, or a minute of it, UTC: 2025-12-01, 2025-12-01T12:30.  Seconds since 1970. */
const char *policy_read_time(const char *text, int64_t *seconds_r);

/* A record as a zone file shows it: 3 1 1 and hexadecimal digits. */
const char *policy_read_tlsa(const char *text, struct policy_tlsa_record *record_r);

/* A version as the program prints it: TLSv1.2. */
const char *policy_read_version(const char *text, uint16_t *version_r);

#endif
