/* ServerKeyExchange as facts (RFC 5246, section 7.4.3; RFC 8422, section 5.4; RFC 4279 and 5489 for
 * pre-shared keys). */
#ifndef STARTTRACE_TLS_EXCHANGE_H
#define STARTTRACE_TLS_EXCHANGE_H

#include "base/arena.h"
#include "model/tls.h"

/* The form of the message depends on what was agreed on before.  NULL when the suite has none that
 * is read here, or the arena is spent; with *damaged_r, when it breaks its grammar.  The prime is
 * hashed without leading zeros. */
struct tls_key_exchange *tls_key_exchange_read(struct arena *arena,
	const struct cipher_suite *cipher, uint16_t version, struct span body, bool *damaged_r);

#endif
