/* Certificates as facts (RFC 5280): what is written in them, and, for whoever brings a trust store, where the path from
 * a server's certificate ends. */
#ifndef STARTTRACE_X509_H
#define STARTTRACE_X509_H

#include "base/arena.h"
#include "base/status.h"
#include "model/tls.h"

enum {
	X509_CHAIN_MOST = 16,           /* certificates of one chain that are read */
	X509_SIZE_MOST = 65536,         /* bytes of one certificate that is read */
};

/* Reads one DER certificate.  What it keeps lives in the arena; sha256 is always filled.  Anything
 * that is no certificate, has bytes behind it, or is too large comes back `unreadable`. */
void x509_read(struct arena *arena, struct span der, struct certificate *certificate_r);

/* Reads a certificate_list (RFC 5246, section 7.4.2): DER certificates, each behind a length of
 * three bytes.  Returns false when the list breaks its grammar or a certificate in it is
 * unreadable; what came before and behind is in the chain all the same.  A spent arena shortens the
 * chain: count is less than sent. */
bool x509_read_chain(struct arena *arena, struct span list, struct certificate_chain *chain_r);

/* Reads an OCSPResponse (RFC 6960, section 4.2.1).  Its signature is not verified: it says what the server passed on.
 * False for anything that is no answer about a certificate. */
bool x509_read_status(struct arena *arena, struct span der, struct certificate_status *status_r);

/* Certificates that are trusted.  Safe to share between threads once it is open. */
struct x509_trust;

/* Opens a file of PEM certificates, or a folder of such files; what else the folder holds is passed over. */
struct status x509_trust_open(const char *path, struct x509_trust **trust_r);
void          x509_trust_free(struct x509_trust **trust);

/* Sets what the chain's `trust` and its companions say, for a server's certificate.  `list` is what the chain was read
 * from.  Validity is left out: when a path holds good is told instead. */
void x509_trust_judge(const struct x509_trust *trust, struct span list, struct certificate_chain *chain);

#endif
