/* What a session leaves behind for others to be compared with: the facts that history asks for, flat, so that the
 * store can keep them and give them back without the session.  Spans borrow from the session's arena, or, read back,
 * from the store until the next row. */
#ifndef STARTTRACE_MODEL_FOOTPRINT_H
#define STARTTRACE_MODEL_FOOTPRINT_H

#include "base/digest.h"
#include "model/quote.h"
#include "model/signal.h"
#include "model/words.h"

/* The lines that a finding about several sessions can point at.  Their numbers are kept in databases: a new one comes
 * last. */
enum place {
	PLACE_GREETING,
	PLACE_NAME,             /* EHLO or HELO, the one that counts; the first command where clients tell no name */
	PLACE_LIST,             /* the last line of the capability list */
	PLACE_ASK,
	PLACE_ANSWER,           /* to the ask */
	PLACE_APPLICATION,      /* first application data in clear */
	PLACE_SECRET,           /* first secret in clear */
	PLACE_CLIENT_HELLO,
	PLACE_SERVER_HELLO,
	PLACE_CERTIFICATE,
	PLACE_ALERT,            /* the last readable one */
	PLACE_CLOSE,
	PLACES
};

enum client_kind {
	CLIENT_ORDINARY,
	CLIENT_SCANNER,
	CLIENT_MONITOR,
};

/* What came to pass.  The bits are kept in databases as they are. */
enum footprint_flag {
	FOOT_ACCESS = 1 << 0,           /* users log in here */
	FOOT_WHOLE = 1 << 1,            /* both sides seen from the start, nothing missing */
	FOOT_OPEN = 1 << 2,             /* the capture ended first */
	FOOT_LIST = 1 << 3,             /* a complete capability list before TLS, nothing missing before its end:
	                                 * counts as an observation of what the server offers */
	FOOT_EXTENDED_ACCEPTED = 1 << 4,        /* EHLO succeeded */
	FOOT_EXTENDED_REFUSED = 1 << 5,
	FOOT_BASIC = 1 << 6,            /* HELO was what counted */
	FOOT_BANNER_MASKED = 1 << 7,
	FOOT_LIST_DOUBLED = 1 << 8,     /* a line of the list stands in it twice */
	FOOT_APPLICATION = 1 << 9,      /* application data in clear */
	FOOT_QUIT = 1 << 10,
	FOOT_ASKED = 1 << 11,
	FOOT_AGREED = 1 << 12,
	FOOT_REFUSED = 1 << 13,         /* the ask; refusal_code tells how */
	FOOT_HELLO = 1 << 14,           /* a ClientHello was seen */
	FOOT_SERVER_HELLO = 1 << 15,
	FOOT_ESTABLISHED = 1 << 16,
	FOOT_IMPLICIT = 1 << 17,        /* TLS from the first byte */
	FOOT_MODE_MISMATCH = 1 << 18,
	FOOT_CUT_AT_TLS = 1 << 19,      /* an RST, or silence to the end, within 3 s of the
	                                 * agreement or the ClientHello, without an alert */
	FOOT_CUT_BY_RESET = 1 << 20,    /* ... and it was an RST */
	FOOT_TLS_REQUIRED = 1 << 21,    /* the server demanded TLS first */
	FOOT_AUTH_REQUIRED = 1 << 22,
	FOOT_SILENT = 1 << 23,          /* neither side said a word */
	FOOT_OFFERS_13 = 1 << 24,
	FOOT_OFFERS_STRONG = 1 << 25,   /* an AEAD suite with forward secrecy is among the offered */
	FOOT_FALLBACK_SCSV = 1 << 26,
	FOOT_RESUMED = 1 << 27,
	FOOT_OFFERS_PQ = 1 << 28,       /* a hybrid post-quantum group is among the offered */
	FOOT_CONTENT_ACCEPTED = 1 << 29,        /* a message in clear was accepted */
	FOOT_TURNED_BACK = 1 << 30,     /* all that the client said in the TLS that it had finished was an alert */
};

struct footprint_certificate {
	bool        seen;
	uint8_t     spki_sha256[SHA256_SIZE];
	struct span subject, issuer, names;
	int64_t     not_before, not_after;      /* seconds since 1970 */
};

/* What TLSA records name (RFC 6698, section 2.1). */
struct footprint_digests {
	uint8_t sha256[SHA256_SIZE], spki_sha256[SHA256_SIZE];  /* all zero where it is not known */
};

enum {
	FOOTPRINT_CHAIN_MOST = 16,      /* so many are read of a chain; where there
	                                 * are as many, more may have been sent */
};

struct footprint {
	/* filled in by the store when it gives footprints back; in a session they stand elsewhere */
	int64_t         session_id;
	int64_t         started_ns, ended_ns;
	struct span     vantage, protocol, client_name, sni, ja3, ja3s;
	struct endpoint client, server;
	uint32_t        vlan, exposed;
	enum known      offer;
	uint16_t        tls_version;            /* chosen; 0 when unknown */
	char            tls_grade;
	struct footprint_certificate leaf;
	const struct footprint_digests *chain;  /* of the certificates that the server sent, its own first */
	size_t          chain_count;
	const struct signal *signals;           /* of this session alone, and of comparisons of vantages */
	size_t          signal_count;

	/* kept in the table `footprint` */
	uint32_t        flags;                  /* enum footprint_flag */
	enum client_kind client_kind;
	enum verdict    verdict;                /* without any signal of interference */
	enum verdict    verdict_suspected;      /* if signals added up to a suspicion;
	                                         * equal where they change nothing */
	enum verdict    verdict_proven;
	struct span     greeting_name;          /* host name of the greeting, lower case */
	struct span     product;                /* product word of the greeting, without version, date or id */
	struct span     syn_shape;              /* of the SYN-ACK: class of hop limit,
	                                         * window scale, MSS, option order */
	struct span     keywords;               /* of the capability list, names only,
	                                         * upper case, in order, one blank between */
	uint32_t        list_octets;            /* length of the list on the wire */
	struct span     mechanisms;             /* AUTH mechanisms offered in clear, blank between */
	uint32_t        refusal_code;
	uint32_t        logins_accepted;        /* with a reusable secret in clear */
	uint32_t        logins_wrong;           /* refused as wrong */
	uint32_t        logins_refused;         /* refused by policy (530, 538, 5.7.x) */
	struct span     account, mechanism;     /* of the first such login */
	uint32_t        envelope_mark;          /* of sender and recipients of the first mail; 0 without one */
	uint64_t        content_bytes;          /* of the first message in clear */
	struct span     sender_domain;          /* of the first mail */
	struct span     recipient_domains;      /* of all accepted recipients, lower case, each once, blank between */
	uint16_t        offers_version;         /* the client's highest; 0 without a hello */
	uint32_t        cipher_traits;          /* chosen; enum cipher_trait */
	uint32_t        offered_extras;         /* of the ClientHello; enum tls_extra */
	struct span     key_share_sha256;       /* of the server's DHE or ECDHE public value, hex; TLS up to 1.2 */
	struct span     ticket_name;            /* first 16 bytes of a new session ticket, hex; TLS up to 1.2 */
	struct span     client_random;          /* hex */
	struct span     queue_id;               /* as the server named it when it took the first message */
	uint32_t        initial_sequence[2];    /* of both streams, by side; 0 when unknown */
	struct quote    places[PLACES];
};

#endif
