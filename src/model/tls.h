/* What can be read of a TLS handshake without keys, in neutral form: hellos, key exchange, certificates.
 * Filled by the dissectors tls and x509; read by the session, the rules and the store. */
#ifndef STARTTRACE_MODEL_TLS_H
#define STARTTRACE_MODEL_TLS_H

#include "base/digest.h"
#include "base/span.h"

enum {
	TLS_SSL2 = 0x0002,
	TLS_SSL3 = 0x0300,
	TLS_1_0 = 0x0301,
	TLS_1_1 = 0x0302,
	TLS_1_2 = 0x0303,
	TLS_1_3 = 0x0304,
};

/* In place of an alert's description (and level 0) where keys were active and it cannot be read; no registered alert
 * has this number. */
enum {
	TLS_ALERT_UNREADABLE = 0xFF,
};

/* "TLSv1.2" and so on; NULL for a number that is no version. */
const char *tls_version_word(uint16_t version);

/* Its reverse; 0 for a word that is none. */
uint16_t tls_version_from_word(struct span word);

enum cipher_trait {
	CIPHER_NULL = 1 << 0,
	CIPHER_ANON = 1 << 1,
	CIPHER_EXPORT = 1 << 2,
	CIPHER_RC4 = 1 << 3,
	CIPHER_DES = 1 << 4,
	CIPHER_3DES = 1 << 5,
	CIPHER_RC2_IDEA_SEED = 1 << 6,
	CIPHER_CBC = 1 << 7,
	CIPHER_SHA1 = 1 << 8,           /* HMAC-SHA-1 protects records */
	CIPHER_MD5 = 1 << 9,
	CIPHER_AEAD = 1 << 10,
	CIPHER_FORWARD_SECRECY = 1 << 11,       /* ephemeral key exchange; every TLS 1.3 suite */
	CIPHER_ECDHE = 1 << 12,
	CIPHER_DHE = 1 << 13,
};

struct cipher_suite {
	uint16_t    id;
	const char *name;               /* as IANA registers it */
	uint32_t    traits;             /* enum cipher_trait */
};

/* What a hello said besides ciphers and versions. */
enum tls_extra {
	TLS_HAS_SNI = 1 << 0,
	TLS_HAS_ALPN = 1 << 1,
	TLS_HAS_EMS = 1 << 2,                   /* extended master secret, 23 */
	TLS_HAS_RENEGOTIATION = 1 << 3,         /* renegotiation_info 0xFF01, or the client's 0x00FF */
	TLS_HAS_ENCRYPT_THEN_MAC = 1 << 4,
	TLS_HAS_HEARTBEAT = 1 << 5,
	TLS_HAS_TRUNCATED_HMAC = 1 << 6,
	TLS_HAS_EARLY_DATA = 1 << 7,
	TLS_HAS_ECH = 1 << 8,                   /* 0xFE0D */
	TLS_HAS_TICKET = 1 << 9,                /* session_ticket or pre_shared_key with content */
	TLS_HAS_STATUS_REQUEST = 1 << 10,
	TLS_HAS_COMPRESSION = 1 << 11,          /* a method other than null offered, or chosen */
	TLS_HAS_FALLBACK_SCSV = 1 << 12,        /* 0x5600 */
	TLS_HAS_SUPPORTED_VERSIONS = 1 << 13,
	TLS_SNI_IS_ADDRESS = 1 << 14,
	TLS_SENTINEL_12 = 1 << 15,              /* ServerHello.random ends in DOWNGRD 01 */
	TLS_SENTINEL_11 = 1 << 16,              /* ... in DOWNGRD 00 */
	TLS_IS_SSL2 = 1 << 17,                  /* the hello had the SSLv2 form */
	TLS_HAS_EXTENSIONS = 1 << 18,
	TLS_RAW_CLIENT_KEY = 1 << 19,           /* a server chose bare keys in place of certificates (RFC 7250) */
	TLS_RAW_SERVER_KEY = 1 << 20,
};

struct tls_client_hello {
	uint16_t    legacy_version;
	uint16_t    highest_version;    /* from supported_versions, else legacy_version; GREASE left out */
	uint32_t    extras;             /* enum tls_extra */
	uint32_t    cipher_traits;      /* traits of all suites offered, or-ed (signalling suites left out) */
	bool        offers_strong;      /* an AEAD suite with ECDHE, or a TLS 1.3 suite, is among them */
	uint32_t    cipher_count;
	struct span random;             /* 32 bytes */
	struct span session_id;
	struct span ciphers;            /* comma separated four-digit hex in the order sent, GREASE left out */
	struct span sni;                /* as sent, redacted to printable */
	struct span alpn;               /* comma separated */
	struct span groups;             /* comma separated names or numbers */
	struct span signature_algorithms;       /* likewise */
	struct span extensions;         /* comma separated numbers in the order sent, GREASE left out */
	struct span ja3;                /* MD5 in hex */
	struct span ja4;
};

struct tls_server_hello {
	uint16_t                   version;     /* from supported_versions, else legacy_version */
	uint16_t                   cipher_id;
	const struct cipher_suite *cipher;      /* NULL when the suite is not registered */
	uint32_t                   extras;
	uint16_t                   group;       /* of key_share (TLS 1.3), or 0 */
	struct span                random;
	struct span                session_id;
	struct span                alpn;
	struct span                extensions;
	struct span                ja3s;
};

struct tls_key_exchange {
	bool        finite_field;       /* DHE; else ECDHE */
	uint32_t    prime_bits;         /* of dh_p */
	struct span prime_sha256;       /* hex */
	uint16_t    group;              /* named curve, 0 for explicit parameters */
	bool        explicit_curve;
	struct span public_sha256;      /* hex; of Ys or the EC point */
	uint16_t    signature_scheme;   /* TLS 1.2; 0 before */
};

struct certificate {
	uint32_t    position;           /* 0 is the leaf */
	uint8_t     sha256[SHA256_SIZE];        /* of the DER */
	uint8_t     spki_sha256[SHA256_SIZE];
	struct span subject, issuer;    /* RFC 2253 style, printable */
	struct span common_name;
	struct span serial;             /* hex */
	int64_t     not_before, not_after;      /* seconds since 1970 */
	const char *key_type;           /* "RSA", "EC", "Ed25519", "DSA", ... */
	uint32_t    key_bits;
	uint32_t    rsa_exponent;       /* 0 when not RSA, UINT32_MAX when larger */
	struct span signature_algorithm;
	bool        signed_md5, signed_sha1;
	bool        self_signed;        /* issuer = subject and its own key verifies */
	bool        certifies_previous; /* issuer of the certificate before it: names match */
	bool        is_ca;
	bool        has_usage;          /* extended key usage is there */
	bool        for_server;         /* ... and allows serverAuth or any */
	bool        must_staple;
	bool        has_names;          /* a subjectAltName is there */
	struct span names;              /* dNSName and iPAddress entries, comma separated */
	const char *known_weak;         /* why its key is known to be weak, or NULL */
	bool        unreadable;         /* not a certificate: only sha256 and position hold */
};

/* Where the path from the leaf through the certificates that were sent ends, if a trust store was given. */
enum trust {
	TRUST_UNASKED,          /* none was given, or the question has no answer */
	TRUST_REACHED,          /* in the store */
	TRUST_INCOMPLETE,       /* nowhere: an issuer is missing, or does not fit */
	TRUST_OUTSIDE,          /* at an authority that the store does not have */
};

struct certificate_chain {
	const struct certificate *certificates;
	size_t                    count;
	size_t                    sent;         /* how many the message had; more than count when capped */
	enum trust                trust;        /* whatever the time is */
	const char               *trust_words;  /* why it is not reached; a constant */
	int64_t                   path_from, path_until;        /* reached: when all issuers on the path hold good, in
	                                                         * seconds since 1970 */
};

/* A stapled OCSP answer: of its entries the first one that says revoked, else the first one. */
struct certificate_status {
	struct span serial;             /* hex, of the certificate it is about */
	bool        revoked;
	int64_t     revoked_at;         /* seconds since 1970 */
	const char *reason;             /* as RFC 5280, section 5.3.1 names it; NULL when none is given */
};

/* Whether one of the certificate's dNSName or iPAddress entries (or its common name, where it has no names)
 * covers the host: ASCII case folded, a wildcard stands for one whole left-most label (RFC 9525, section 6.3). */
bool certificate_covers(const struct certificate *certificate, struct span host);

#endif
