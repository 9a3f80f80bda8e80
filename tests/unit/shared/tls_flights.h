/* Handshakes between OpenSSL 3.0 and itself, with certificates made for the purpose: what each side sent, in the
 * order in which it was sent. */
#ifndef STARTTRACE_TESTS_TLS_FLIGHTS_H
#define STARTTRACE_TESTS_TLS_FLIGHTS_H

#include "base/side.h"

#include <stddef.h>

struct flight {
	enum side   side;
	const char *hex;        /* NULL behind the last one */
};

/* TLS 1.2, ECDHE-ECDSA, ALPN smtp, a chain of two certificates, a dialogue, close_notify */
extern const struct flight tls12[];

/* the same without ALPN, resumed by ticket */
extern const struct flight tls12_resumed[];

/* TLS 1.2, DHE-RSA with a prime of 1024 bits, a self-signed certificate with SHA-1 */
extern const struct flight tls12_dhe[];

/* TLS 1.2, the client sends a certificate, which the server refuses */
extern const struct flight tls12_mutual[];

/* TLS 1.0, RSA key exchange, AES-CBC: records are split against BEAST */
extern const struct flight tls10[];

/* TLS 1.3, SHA-384 */
extern const struct flight tls13[];

/* TLS 1.3, the server asks for secp384r1 first */
extern const struct flight tls13_retry[];

/* TLS 1.3, the client does not trust the certificate and says so in clear */
extern const struct flight tls13_rejected[];

/* TLS 1.2, the client does not trust the certificate */
extern const struct flight tls12_rejected[];

/* TLS 1.2, no common cipher suite */
extern const struct flight tls12_refused[];

#endif
