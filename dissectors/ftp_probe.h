/* How much first bytes look like FTP; part of the dissector ftp. */
#ifndef STARTTRACE_DISSECTORS_FTP_PROBE_H
#define STARTTRACE_DISSECTORS_FTP_PROBE_H

#include "model/dissector.h"

/* 0 to 100: how sure that `first`, the first bytes this side spoke, of any length from 1 on, are FTP (RFC 959).  A
 * reply 220 alone is SMTP's as well, USER and PASS alone are POP3's: neither of them decides. */
unsigned ftp_probe(enum side side, struct span first);

#endif
