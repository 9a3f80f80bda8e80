/* What a session is counted as (schema/tables.sql, "What is alike"), as far as it shows by itself: the same that the
 * view session_pattern of schema/tallies.sql tells of it once it is stored.  For this room only. */
#ifndef STARTTRACE_STORE_PATTERN_ROW_H
#define STARTTRACE_STORE_PATTERN_ROW_H

#include "base/buffer.h"
#include "model/session.h"
#include "store/tallies.h"

/* SQL: the columns of a pattern but for its id and its key, and the key that they make with `findings`
 * (functions.h). */
#define PATTERN_ROW_COLUMNS \
	"vantage, protocol, server_ip, server_octets, server_port, verdict, severity, exposed, missing, lost," \
	" starttls_offered, starttls_requested, tls_started, tls_implicit, tls_established, tls_version, tls_cipher," \
	" tls_cipher_traits, tls_grade, tls_sni, tls_ja4, certificate_id, client_kind, offers_version, named," \
	" recipients, messages, secrets, logins, logged_in"
#define PATTERN_ROW_KEY "pattern_key(" PATTERN_ROW_COLUMNS ", findings)"

/* Two statements with the same values: one gives the id of a pattern that is there, one makes it where it is not. */
extern const char pattern_row_find[];
extern const char pattern_row_insert[];

/* One finding more in each session of a pattern: its id, that of the kind, and
 * (severity * 4 + confidence) * 128 + score. */
extern const char pattern_finding_insert[];

/* Likewise, of a tally. */
extern const char tally_row_find[];
extern const char tally_row_insert[];

/* These add the rows to a rowset; SQLite's result. */
int pattern_row_add(struct buffer *pattern, const struct session *session);
int tally_row_add(struct buffer *rows, const struct session *session, struct buffer *scratch);

/* What it adds to its tally; its id is not known yet. */
struct tally_share tally_share_of(const struct session *session);

#endif
