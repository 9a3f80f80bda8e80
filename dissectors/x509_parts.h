/* What the files that read with libcrypto share. */
#ifndef STARTTRACE_DISSECTORS_X509_PARTS_H
#define STARTTRACE_DISSECTORS_X509_PARTS_H

#include "base/arena.h"
#include "base/span.h"

#include <openssl/x509.h>

enum {
	VERIFY_BITS_MOST = 8192,        /* what a larger key costs, a forger would make us pay */
};

/* One DER certificate, which the caller frees; NULL for what is none, has bytes behind it, or is too large. */
X509 *x509_parse(struct span der);

/* Seconds since 1970.  False for NULL and for what is no time. */
bool x509_seconds(const ASN1_TIME *when, int64_t *seconds_r);

/* A serial number in hexadecimal, of bounded length, in the arena. */
struct span x509_serial(struct arena *arena, const ASN1_INTEGER *serial);

#endif
