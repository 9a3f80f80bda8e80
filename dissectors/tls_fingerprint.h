/* Fingerprints of hellos: JA3 and JA3S by Salesforce, JA4 (the TLS client one, nothing else of that
 * family) by FoxIO; the authors published all three under the 3-clause BSD licence. */
#ifndef STARTTRACE_TLS_FINGERPRINT_H
#define STARTTRACE_TLS_FINGERPRINT_H

#include "base/arena.h"
#include "model/tls.h"

/* A hello cut into the parts that fingerprints are made of, as they stand on the wire: runs of
 * two-byte numbers, GREASE included, unless said otherwise. */
struct hello_parts {
	uint16_t    legacy_version;
	uint16_t    version;            /* highest offered, or chosen */
	struct span ciphers;
	struct span extension_block;    /* type, length and body of each */
	bool        has_sni, has_alpn;
	struct span first_alpn;         /* the first protocol name, without its length */
	struct span groups;
	struct span point_formats;      /* one byte each */
	struct span schemes;
};

/* In hex, in the arena.  Empty when memory is short. */
struct span tls_ja3(struct arena *arena, const struct hello_parts *parts);
struct span tls_ja3s(struct arena *arena, const struct hello_parts *parts);
struct span tls_ja4(struct arena *arena, const struct hello_parts *parts);

/* Takes the type of the next extension off the block; GREASE is not passed over.  False at its end,
 * and where the block breaks off. */
bool tls_take_extension(struct span *block, uint16_t *type_r, struct span *body_r);

#endif
