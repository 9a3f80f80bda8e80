/* Two streams and the dissectors that read them: keeps what a dissector has not taken yet, holds a side that
 * must wait, hands both streams to TLS when the ends agree on it, and turns what the dissectors tell into
 * events of the session.  Knows no protocol but that TLS may follow any of them. */
#ifndef STARTTRACE_ENGINE_DIALOGUE_H
#define STARTTRACE_ENGINE_DIALOGUE_H

#include "model/dissector.h"
#include "model/session.h"

/* How user names and secrets may be kept. */
enum account_mode {
	ACCOUNTS_FULL,
	ACCOUNTS_HMAC,
	ACCOUNTS_NONE,
};

struct privacy {
	enum account_mode accounts;
	struct span       key;          /* of the keyed digests; empty for none */
};

/* What all dialogues of an engine share. */
struct dialogue_common {
	struct privacy          privacy;
	struct x509_cache      *certificates;   /* or NULL */
	struct tls_hello_cache *hellos;         /* or NULL */
};

/* `session` outlives the dialogue, which works in its arena; `common` outlives both.  `from_start`: the first byte of
 * both streams is the first byte after the handshake.  NULL when the budget is spent. */
struct dialogue *dialogue_new(const struct dissector *dissector, struct session *session,
	const struct dialogue_common *common, bool from_start);
void             dialogue_free(struct dialogue **dialogue);

/* Bytes of one side at `offset` of its stream, in order, brought by the frame at `at`. */
void dialogue_feed(struct dialogue *d, enum side side, uint64_t offset, struct span bytes,
	const struct moment *at);

/* `lost` bytes from `offset` on are missing. */
void dialogue_gap(struct dialogue *d, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at);

/* Bytes of one side came again with other values; the first ones stand. */
void dialogue_conflict(struct dialogue *d, enum side side, uint64_t offset, struct span first,
	struct span second, const struct moment *at);

/* The connection is over: what waits is read as far as it goes. */
void dialogue_end(struct dialogue *d, enum ending ending, const struct moment *at);

/* Nothing that follows needs more than counting. */
bool dialogue_is_settled(const struct dialogue *d);

#endif
