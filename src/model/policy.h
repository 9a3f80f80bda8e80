/* What the user says about his networks and partners.  Facts and plain questions; read from a file by cli/policy_file. */
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

/* A domain or network with which TLS was agreed on. */
struct policy_partner {
	struct span    domain;          /* lower case; empty when it is a network */
	struct network network;
	uint16_t       least_version;   /* 0 when any will do */
};

/* A domain's published policy, as it was when the snapshot was taken (RFC 8461, RFC 7672). */
struct policy_mta_sts {
	struct span        domain;
	bool               enforce;     /* mode: enforce; else testing or none */
	const struct span *mx;          /* host patterns; "*.example.net" stands for one label */
	size_t             mx_count;
};

struct policy_tlsa {
	struct span host;               /* the MX, lower case */
	struct span domain;             /* the mail domain it serves; may be empty */
	uint16_t    port;
	uint8_t     usage, selector, matching;
	struct span data;               /* hex, lower case */
};

struct policy_server {
	struct network network;
	uint16_t       port;            /* 0: any */
};

struct policy {
	struct span     text;           /* the whole file */
	uint8_t         sha256[SHA256_SIZE];
	struct networks internal, protected_paths, mail_servers;        /* mail_servers: hosts that may send mail out */
	const struct networks *trusted_hops;    /* each entry: networks whose hosts trust each other */
	size_t          trusted_hop_count;
	const struct policy_partner *partners;
	size_t          partner_count;
	const struct policy_mta_sts *mta_sts;
	size_t          mta_sts_count;
	const struct policy_tlsa *tlsa;
	size_t          tlsa_count;
	const struct policy_server *servers;    /* expected mail services; others are unexpected, unless none is listed */
	size_t          server_count;
	struct networks must_encrypt;   /* clients of which their owner believes that they use TLS */
	const struct span *privileged;  /* account names */
	size_t          privileged_count;
	const struct span *interception;        /* words in issuer names of inspection products that are in order here */
	size_t          interception_count;
};

bool network_has(const struct network *network, const struct address *address);
bool networks_have(const struct networks *networks, const struct address *address);

/* With an empty list of internal networks nothing is known to be outside. */
bool policy_is_outside(const struct policy *policy, const struct address *address);

#endif
