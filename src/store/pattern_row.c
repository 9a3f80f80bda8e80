/* Patterns and tallies, as they are made of a session that is about to be stored. */
#include "store/pattern_row.h"

#include "base/clock.h"
#include "base/text.h"
#include "store/bind.h"
#include "store/numbers.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

enum {
	MONTH_TEXT_SIZE = 16,
};

/* What one session adds to a sum at most: sums stay numbers, whatever a capture claims. */
static const uint64_t SHARE_MOST = UINT64_C(1) << 40;

/* Statements -------------------------------------------------------------------------------------- */

#define PATTERN_OF_VALUES \
	"(SELECT ? AS findings, coalesce(nullif(?, ''), ?, '') AS vantage, ? AS protocol, ? AS server_ip," \
	" ? AS server_octets, ? AS server_port, ? AS verdict, ? AS severity, ? AS exposed, ? AS missing, ? AS lost," \
	" ? AS starttls_offered, ? AS starttls_requested, ? AS tls_started, ? AS tls_implicit, ? AS tls_established," \
	" ? AS tls_version, ? AS tls_cipher, ? AS tls_cipher_traits, ? AS tls_grade, ? AS tls_sni, ? AS tls_ja4," \
	" (SELECT id FROM certificate WHERE sha256 = ?) AS certificate_id, ? AS client_kind, ? AS offers_version," \
	" ? AS named, ? AS recipients, ? AS messages, ? AS secrets, ? AS logins, ? AS logged_in)"

const char pattern_row_find[] =
	"SELECT id FROM pattern WHERE key = (SELECT " PATTERN_ROW_KEY " FROM " PATTERN_OF_VALUES ")";
const char pattern_row_insert[] =
	"INSERT INTO pattern (key, " PATTERN_ROW_COLUMNS ") SELECT " PATTERN_ROW_KEY ", " PATTERN_ROW_COLUMNS
	" FROM " PATTERN_OF_VALUES " WHERE true ON CONFLICT (key) DO NOTHING";

const char pattern_finding_insert[] =
	"INSERT INTO pattern_finding (pattern_id, kind_id, severity, confidence, score, findings)"
	" VALUES (?1, ?2, ?3 / 512, ?3 / 128 % 4, ?3 % 128, 1)"
	" ON CONFLICT DO UPDATE SET findings = findings + 1";

const char tally_row_find[] =
	"SELECT id FROM tally WHERE client_octets = ?2 AND pattern_id = ?1 AND month = ?3 AND accounts = ?4"
	" AND client_ip = ?5";
const char tally_row_insert[] =
	"INSERT INTO tally (pattern_id, client_octets, month, accounts, client_ip) VALUES (?,?,?,?,?)"
	" ON CONFLICT DO NOTHING";

/* Patterns ---------------------------------------------------------------------------------------- */

/* Whether a count is above zero, where it is known. */
static void
add_whether(struct row *row, const struct session *session, uint32_t count)
{
	row_known(row, !session_count_is_known(session, count) ? UNKNOWN : count > 0 ? YES : NO);
}

static void
add_flow(struct row *row, const struct session *session)
{
	char address[ADDRESS_TEXT_SIZE];

	row_span(row, session->interface);
	row_text(row, session->protocol);
	row_text(row, address_text(&session->server.address, address));
	row_blob(row, session->server.address.octets, sizeof(session->server.address.octets));
	row_integer(row, session->server.port);
	row_text(row, verdict_word(session->verdict));
	if (session->has_findings)
		row_integer(row, session->severity);
	else
		row_null(row);
	row_integer(row, session->exposed);
	row_integer(row, session_lacks(session));
	row_integer(row, session->lost > 0);
}

static void
add_tls(struct row *row, const struct session *session)
{
	static const struct tls_client_hello no_client_hello;
	const struct tls_state *tls = session->tls;
	const struct tls_client_hello *client = tls->client_hello != NULL ? tls->client_hello : &no_client_hello;
	const struct tls_server_hello *server = tls->server_hello;
	char unnamed[CIPHER_TEXT_SIZE];

	row_known(row, session_offer(session));
	row_known(row, session_tls_requested(session));
	row_known(row, session_tls_started(session));
	row_known(row, !tls->started.seen ? UNKNOWN : tls->implicit ? YES : NO);
	row_known(row, session_tls_established(session));
	row_text(row, server != NULL ? tls_version_word(server->version) : NULL);
	row_text(row, session_cipher(session, unnamed));
	if (server != NULL && server->cipher != NULL)
		row_integer(row, server->cipher->traits);
	else
		row_null(row);
	row_span(row, span_from(&session->tls_grade, session->tls_grade != 0));
	row_span(row, client->sni);
	row_span(row, client->ja4);
	if (tls->chain.count > 0)
		row_blob(row, tls->chain.certificates[0].sha256, SHA256_SIZE);
	else
		row_null(row);
}

static void
add_logins(struct row *row, const struct session *session)
{
	unsigned logins = 0;
	bool logged_in = false;

	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next) {
		if (!auth->in_clear || !rowset_has_login(auth))
			continue;
		logins++;
		logged_in |= auth->facts.outcome == AUTH_ACCEPTED;
	}
	row_integer(row, logins);
	row_integer(row, logged_in);
}

static void
add_client(struct row *row, const struct session *session)
{
	const struct footprint *footprint = session->footprint;

	if (footprint != NULL) {
		row_integer(row, footprint->client_kind);
		row_integer(row, footprint->offers_version);
	} else {
		row_null(row);
		row_null(row);
	}
	row_integer(row, session->client_name.seen);
	row_integer(row, session->recipients > 0);
	add_whether(row, session, session->messages);
	add_whether(row, session, session->secrets);
	add_logins(row, session);
}

/* The findings first, as many as are stored: what they come to is one value of the other row. */
int
pattern_row_add(struct buffer *pattern, const struct session *session)
{
	struct row row = row_into(pattern, TABLE_PATTERN_FINDING);
	int64_t number = 0;

	for (const struct finding *f = session->findings; f != NULL && number++ < NUMBER_OWN_LAST; f = f->next) {
		row_kind(&row, f->rule->id);
		row_integer(&row, ((int64_t)f->severity * 4 + f->confidence) * 128 + f->score);
	}
	if (row_insert(&row) != SQLITE_OK)
		return SQLITE_NOMEM;
	row = row_into(pattern, TABLE_PATTERN);
	row_symbol(&row, VALUE_FINDINGS);
	row_symbol(&row, VALUE_VANTAGE);
	add_flow(&row, session);
	add_tls(&row, session);
	add_client(&row, session);
	return row_insert(&row);
}

/* Tallies ----------------------------------------------------------------------------------------- */

static const char *
month_text(int64_t time_ns, char month[MONTH_TEXT_SIZE])
{
	time_t seconds = (time_t)(time_ns / NS_PER_SECOND - (time_ns % NS_PER_SECOND < 0));
	struct tm day;

	if (gmtime_r(&seconds, &day) == NULL || strftime(month, MONTH_TEXT_SIZE, "%Y-%m", &day) == 0)
		month[0] = '\0';
	return month;
}

static int
compare_names(const void *one, const void *other)
{
	const struct span *a = one, *b = other;
	size_t shorter = a->len < b->len ? a->len : b->len;
	int order = shorter > 0 ? memcmp(a->at, b->at, shorter) : 0;

	return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* Each once, in the order of their bytes. */
static void
write_accounts(struct buffer *out, struct span *names, size_t count)
{
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_names(&names[i - 1], &names[i]) == 0)
			continue;
		buffer_add_text(out, i > 0 ? "," : "[");
		text_json(out, names[i]);
	}
	buffer_add_text(out, "]");
}

static int
add_accounts(struct row *row, const struct session *session, struct buffer *scratch)
{
	struct span *names;
	size_t count = 0;

	buffer_clear(scratch);
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		count += auth->facts.username.len > 0;
	names = count > 0 ? calloc(count, sizeof(*names)) : NULL;
	if (count > 0 && names == NULL)
		return SQLITE_NOMEM;
	count = 0;
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next)
		if (auth->facts.username.len > 0)
			names[count++] = auth->facts.username;
	if (count > 0)
		write_accounts(scratch, names, count);
	free(names);
	row_text(row, scratch->failed ? NULL : buffer_text(scratch));
	return scratch->failed ? SQLITE_NOMEM : SQLITE_OK;
}

int
tally_row_add(struct buffer *rows, const struct session *session, struct buffer *scratch)
{
	struct row row = row_into(rows, TABLE_TALLY);
	char month[MONTH_TEXT_SIZE], address[ADDRESS_TEXT_SIZE];

	row_symbol(&row, VALUE_PATTERN);
	row_blob(&row, session->client.address.octets, sizeof(session->client.address.octets));
	row_text(&row, month_text(session->first.time_ns, month));
	if (add_accounts(&row, session, scratch) != SQLITE_OK)
		return SQLITE_NOMEM;
	row_text(&row, address_text(&session->client.address, address));
	return row_insert(&row);
}

static int64_t
share(uint64_t number)
{
	return (int64_t)(number < SHARE_MOST ? number : SHARE_MOST);
}

struct tally_share
tally_share_of(const struct session *session)
{
	return (struct tally_share){
		.started_ns = session->first.time_ns,
		.sums = {
			[TALLY_SESSIONS] = 1,
			[TALLY_BYTES] = share(session->bytes[CLIENT]) + share(session->bytes[SERVER]),
			[TALLY_MAILS] = session->mails,
			[TALLY_RECIPIENTS] = session->recipients,
			[TALLY_MESSAGES] = session->messages,
			[TALLY_SECRETS] = session->secrets,
		},
	};
}
