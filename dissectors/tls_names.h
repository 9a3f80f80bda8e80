/* The numbers of TLS by name: cipher suites with what they imply, groups, signature schemes, alerts
 * and handshake messages.  Names are IANA's.  Shared among dissectors. */
#ifndef STARTTRACE_TLS_NAMES_H
#define STARTTRACE_TLS_NAMES_H

#include "model/tls.h"

/* NULL for a number that no suite has.  Signalling values (TLS_FALLBACK_SCSV) are found; they have
 * no traits. */
const struct cipher_suite *tls_cipher_find(uint16_t id);

/* All of them, in order of their numbers. */
const struct cipher_suite *tls_ciphers(size_t *count_r);

/* Whether the suite gives an authenticated cipher with forward secrecy on an elliptic curve, as
 * every useful suite of TLS 1.3 does. */
bool tls_cipher_is_strong(const struct cipher_suite *cipher);

/* Traits of an SSLv2 cipher kind (three bytes); 0 for one that is not known. */
uint32_t tls_ssl2_cipher_traits(uint32_t kind);

/* NULL for numbers without a name. */
const char *tls_group_name(uint16_t group);
const char *tls_scheme_name(uint16_t scheme);
const char *tls_alert_name(uint8_t description);
const char *tls_handshake_name(uint8_t type);

/* Values that clients sprinkle in to keep servers tolerant (RFC 8701). */
bool tls_is_grease(uint16_t value);

#endif
