/* What statements of this program can compute beyond what SQLite does, each in C that others use as well.  For this
 * room only.
 *
 *   session_identity(vantage, vlan, client_ip, client_port, server_ip, server_port, started_ns)    model/identity.h
 *   community_id(client_ip, client_port, server_ip, server_port)                                   wire/community.h
 *   pattern_key(each value that makes a pattern)                                                   base/digest.h
 *
 * NULL where an address is none. */
#ifndef STARTTRACE_STORE_FUNCTIONS_H
#define STARTTRACE_STORE_FUNCTIONS_H

struct sqlite3;

/* The arguments, of session AS s and capture AS c. */
#define SESSION_IDENTITY                                                                                               \
	"session_identity(coalesce(nullif(c.vantage, ''), s.interface, ''), s.vlan, s.client_ip, s.client_port,"       \
	" s.server_ip, s.server_port, s.started_ns)"

/* Makes them known to this connection; SQLite's result.  What a database brings with it, views for one, cannot call
 * them. */
int functions_add(struct sqlite3 *db);

#endif
