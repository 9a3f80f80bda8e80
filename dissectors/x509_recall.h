/* Certificates read before.  A mail server shows the same ones in every session, and reading one costs libcrypto
 * a quarter of a millisecond, as much as all the rest of a session.  Facts depend on the bytes alone, so whether
 * they are recalled or read again makes no difference but time. */
#ifndef STARTTRACE_X509_RECALL_H
#define STARTTRACE_X509_RECALL_H

#include "base/arena.h"
#include "model/tls.h"

/* Fills the facts of the certificate with this digest, with texts in the arena; false when it is not remembered. */
bool x509_recall(struct arena *arena, const uint8_t sha256[SHA256_SIZE], struct certificate *certificate_r);

/* Remembers facts, without position and place in a chain.  Takes another's place, or does nothing when they are
 * too long. */
void x509_remember(const struct certificate *certificate);

#endif
