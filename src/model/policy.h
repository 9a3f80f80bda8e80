/* What the user says about his networks and partners.  Facts and plain questions; read from a file by
 * cli/policy_file. */
#ifndef STARTTRACE_MODEL_POLICY_H
#define STARTTRACE_MODEL_POLICY_H

#include "base/digest.h"
#include "wire/frame.h"

/* An address range; IPv4 ranges are kept in the mapped form of struct address. */
struct network {
	struct address address;
	unsigned       bits;            /* of 128 */
};

struct networks {
	const struct network *list;
	size_t                count;
};

/* The two networks that a tunnel joins. */
struct policy_path {
	struct network ends[2];
};

/* When a published record held: seconds since 1970, `from` inclusive, `until` exclusive. */
struct policy_time {
	int64_t from, until;
};

/* A domain or network with which TLS was agreed on. */
struct policy_partner {
	struct span    domain;          /* lower case; ".example.net" stands for all
	                                 * names below it; empty when it is a network */
	struct network network;
	uint16_t       least_version;   /* 0 when any will do */
};

enum policy_mode {
	POLICY_NONE,
	POLICY_TESTING,
	POLICY_ENFORCE,
};

/* A domain's published policy, as it was when the snapshot was taken (RFC 8461, section 3.2). */
struct policy_mta_sts {
	struct span        domain;
	enum policy_mode   mode;
	const struct span *mx;          /* host patterns; "*.example.net" stands for one label */
	size_t             mx_count;
	struct policy_time held;
};

/* One TLSA record (RFC 6698, section 2.1).  `sha256` is what a certificate or key of the chain is compared by; a record
 * with the whole bytes is digested when it is read. */
struct policy_tlsa_record {
	uint8_t usage, selector;
	bool    comparable;             /* false for SHA-512: captures keep no such digest */
	uint8_t sha256[SHA256_SIZE];
};

/* The TLSA records of one service, as they were when the snapshot was taken; only what DNSSEC proved belongs in it. */
struct policy_tlsa {
	struct span        host;        /* the MX, lower case */
	struct span        domain;      /* the mail domain it serves; may be empty */
	uint16_t           port;
	const struct policy_tlsa_record *records;
	size_t             record_count;
	struct policy_time held;
};

/* A mail service that is there on purpose. */
struct policy_server {
	struct network network;
	uint16_t       port;            /* 0: any */
	struct span    name;            /* under which mail is sent to it; may be empty */
};

/* Where history draws its lines. */
struct policy_thresholds {
	unsigned window_days;           /* what is older is no baseline any more */
	unsigned least_observations;    /* fewer are no baseline */
	unsigned rare_per_mille;        /* chance that a normal session lacks the offer, at most: a sign */
	unsigned rare_days;             /* ... seen on so many days */
	unsigned never_per_mille;       /* ... a strong sign */
	unsigned never_days;
	unsigned change_observations;   /* without the offer, one after the other: the service was changed */
	unsigned change_clients;
	unsigned change_hours;
	unsigned split_hours;           /* window in which groups of clients are compared */
	unsigned split_observations;    /* of each group, at least */
};

struct policy {
	struct span     text;           /* the whole file */
	uint8_t         sha256[SHA256_SIZE];
	struct networks internal;       /* with an empty list nothing is known to be outside */
	struct networks mail_servers;   /* hosts that may send mail out; anything may when none is listed */
	struct networks must_encrypt;   /* clients of which their owner believes that they use TLS */
	const struct networks *trusted_hops;    /* each entry: networks whose hosts trust each other */
	size_t          trusted_hop_count;
	const struct policy_path *protected_paths;
	size_t          protected_path_count;
	const struct policy_partner *partners;
	size_t          partner_count;
	const struct policy_mta_sts *mta_sts;
	size_t          mta_sts_count;
	const struct policy_tlsa *tlsa;
	size_t          tlsa_count;
	const struct policy_server *servers;    /* expected mail services; nothing is unexpected when none is listed */
	size_t          server_count;
	const struct span *privileged;  /* account names */
	size_t          privileged_count;
	const struct span *interception;        /* words in issuer names of inspection
	                                         * products that are in order here */
	size_t          interception_count;
	struct policy_thresholds thresholds;
};

/* The lines that are drawn where the user draws none. */
struct policy_thresholds policy_thresholds_default(void);

/* Whether the address is in it.  A network of IPv6 has no address of IPv4, however short its prefix is. */
bool network_has(const struct network *network, const struct address *address);

/* Its first and last address. */
void network_range(const struct network *network, struct address *first_r, struct address *last_r);
bool networks_have(const struct networks *networks, const struct address *address);

/* Whether the record held at this capture time. */
bool policy_held(const struct policy_time *held, int64_t time_ns);

/* Whether `host` is meant by `pattern`: the name itself, or "*.example.net" for one label more (RFC 8461, section
 * 4.1). */
bool policy_pattern_has(struct span pattern, struct span host);

/* The following take a policy that may be NULL, and then answer no. */

/* With an empty list of internal networks nothing is known to be outside, and nothing to be inside. */
bool policy_is_outside(const struct policy *policy, const struct address *address);
bool policy_is_inside(const struct policy *policy, const struct address *address);

/* Both ends belong to one group of hosts that trust each other. */
bool policy_trusts(const struct policy *policy, const struct address *one, const struct address *other);

/* A tunnel joins the two ends. */
bool policy_protects(const struct policy *policy, const struct address *one, const struct address *other);

/* An account of this name, ASCII case ignored, may do more than others. */
bool policy_is_privileged(const struct policy *policy, struct span account);

/* The issuer is an inspection product that is in order here. */
bool policy_expects_issuer(const struct policy *policy, struct span issuer);

/* The expected service at this end; NULL when there is none. */
const struct policy_server *policy_server_at(const struct policy *policy, const struct endpoint *end);

#endif
