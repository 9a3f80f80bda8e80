/* Hello messages as facts: ClientHello and ServerHello of SSLv3 to TLS 1.3 (RFC 8446, section 4.1;
 * RFC 5246, section 7.4.1) and the two hellos of SSLv2.  No state: bytes in, facts out. */
#ifndef STARTTRACE_TLS_HELLO_H
#define STARTTRACE_TLS_HELLO_H

#include "base/arena.h"
#include "model/tls.h"

struct tls_hello_cache;

/* Each reads the body of one message, without its handshake header, and gives facts that live in
 * the arena.  NULL with *damaged_r: the fixed part breaks off, there is nothing to tell.  NULL
 * without: the arena is spent.  Facts with *damaged_r: an extension or a length breaks the grammar,
 * and what is behind it is not in the facts.  The cache knows clients by what they offer; it may be NULL. */
struct tls_client_hello *tls_client_hello_read(struct arena *arena, struct tls_hello_cache *cache,
	struct span body, bool *damaged_r);
struct tls_server_hello *tls_server_hello_read(struct arena *arena, struct span body,
	bool *damaged_r);

/* A HelloRetryRequest is a ServerHello with a fixed random (RFC 8446, section 4.1.3). */
bool tls_server_hello_is_retry(const struct tls_server_hello *hello);

/* The SSLv2 forms, from the message type on, without the record's two length bytes.  A hello in
 * this form may offer newer versions (RFC 5246, section E.2).  *certificate_r borrows from
 * `body`. */
struct tls_client_hello *tls_ssl2_client_hello_read(struct arena *arena, struct span body,
	bool *damaged_r);
struct tls_server_hello *tls_ssl2_server_hello_read(struct arena *arena, struct span body,
	struct span *certificate_r, bool *damaged_r);

#endif
