/* Digests, keyed digests and base64, by libcrypto. */
#ifndef STARTTRACE_BASE_DIGEST_H
#define STARTTRACE_BASE_DIGEST_H

#include "base/buffer.h"

enum {
	SHA256_SIZE = 32,
	MD5_SIZE = 16,
	SHA1_SIZE = 20,
};

/* FIPS 180-4; of any number of bytes, none too. */
void digest_sha256(struct span bytes, uint8_t out[SHA256_SIZE]);

/* For JA3, which is defined by it; for nothing else. */
void digest_md5(struct span bytes, uint8_t out[MD5_SIZE]);

/* For the Community ID, which is defined by it; for nothing else. */
void digest_sha1(struct span bytes, uint8_t out[SHA1_SIZE]);

/* RFC 2104, with a key of any length. */
void digest_hmac_sha256(struct span key, struct span bytes, uint8_t out[SHA256_SIZE]);

/* A SHA-256 over bytes that come in pieces. */
struct digest;
struct digest *digest_new(void);                /* NULL when out of memory */
void           digest_add(struct digest *digest, struct span bytes);
void           digest_finish(struct digest *digest, uint8_t out[SHA256_SIZE]);
void           digest_free(struct digest **digest);

/* Adds the decoded bytes to `out`.  Padding may be missing; false, adding nothing, on any other
 * character or length that base64 (RFC 4648, section 4) does not have. */
bool base64_decode(struct span text, struct buffer *out);

/* Adds the bytes in base64, padded (RFC 4648, section 4). */
void base64_encode(struct span bytes, struct buffer *out);

#endif
