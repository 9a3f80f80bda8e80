/* Digests, keyed digests and base64, by libcrypto: the only file beside x509 that includes it. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <stdlib.h>
#include <string.h>

struct digest {
	EVP_MD_CTX *context;
};

/* Short texts are digested by the plain functions: EVP would look the algorithm up each time, which
 * costs more than their digest. */
void
digest_sha256(struct span bytes, uint8_t out[SHA256_SIZE])
{
	SHA256_CTX context;

	if (SHA256_Init(&context) != 1 || SHA256_Update(&context, bytes.at, bytes.len) != 1 ||
	    SHA256_Final(out, &context) != 1)
		memset(out, 0, SHA256_SIZE);
}

void
digest_md5(struct span bytes, uint8_t out[MD5_SIZE])
{
	MD5_CTX context;

	if (MD5_Init(&context) != 1 || MD5_Update(&context, bytes.at, bytes.len) != 1 ||
	    MD5_Final(out, &context) != 1)
		memset(out, 0, MD5_SIZE);
}

void
digest_sha1(struct span bytes, uint8_t out[SHA1_SIZE])
{
	SHA_CTX context;

	if (SHA1_Init(&context) != 1 || SHA1_Update(&context, bytes.at, bytes.len) != 1 ||
	    SHA1_Final(out, &context) != 1)
		memset(out, 0, SHA1_SIZE);
}

void
digest_hmac_sha256(struct span key, struct span bytes, uint8_t out[SHA256_SIZE])
{
	if (HMAC(EVP_sha256(), key.at, (int)key.len, bytes.at, bytes.len, out, NULL) == NULL)
		memset(out, 0, SHA256_SIZE);
}

struct digest *
digest_new(void)
{
	struct digest *digest = calloc(1, sizeof(*digest));

	if (digest == NULL)
		return NULL;
	digest->context = EVP_MD_CTX_new();
	if (digest->context == NULL ||
	    EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1)
		digest_free(&digest);
	return digest;
}

void
digest_add(struct digest *digest, struct span bytes)
{
	EVP_DigestUpdate(digest->context, bytes.at, bytes.len);
}

void
digest_finish(struct digest *digest, uint8_t out[SHA256_SIZE])
{
	if (EVP_DigestFinal_ex(digest->context, out, NULL) != 1)
		memset(out, 0, SHA256_SIZE);
}

void
digest_free(struct digest **digest)
{
	if (*digest == NULL)
		return;
	EVP_MD_CTX_free((*digest)->context);
	free(*digest);
	*digest = NULL;
}

/* EVP_DecodeBlock takes whole quartets only and counts padding as zero bytes. */
bool
base64_decode(struct span text, struct buffer *out)
{
	unsigned char quartet[4], triplet[3];
	size_t padding = 0, before = out->len;

	while (text.len > 0 && padding < 2 && text.at[text.len - 1] == '=') {
		text.len--;
		padding++;
	}
	if (text.len % 4 == 1 || (padding > 0 && (text.len + padding) % 4 != 0))
		return false;
	for (; text.len > 0; text = span_after(text, 4)) {
		struct span part = span_first(text, 4);

		memset(quartet, 'A', sizeof(quartet));
		memcpy(quartet, part.at, part.len);
		if (memchr(quartet, '=', 4) != NULL || EVP_DecodeBlock(triplet, quartet, 4) != 3) {
			out->len = before;
			return false;
		}
		buffer_add(out, span_from(triplet, part.len - 1));
	}
	return !out->failed;
}

void
base64_encode(struct span bytes, struct buffer *out)
{
	unsigned char quartet[5];       /* EVP_EncodeBlock ends its text with a NUL */

	for (; bytes.len > 0; bytes = span_after(bytes, 3)) {
		struct span part = span_first(bytes, 3);

		EVP_EncodeBlock(quartet, part.at, (int)part.len);
		buffer_add(out, span_from(quartet, 4));
	}
}
