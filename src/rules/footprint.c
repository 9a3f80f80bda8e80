/* The footprint of a session: its verdicts, what the two ends are recognised by, what was offered, sent and refused,
 * and the lines that show it.  Everything is bounded: a list that is longer is cut at the end of a word. */
#include "rules/footprint.h"

#include "base/clock.h"
#include "base/table.h"
#include "base/text.h"
#include "model/verdict.h"
#include "rules/client_kind.h"
#include "rules/evidence.h"
#include "rules/greeting.h"
#include "rules/signals.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
	LIST_MOST = 1024,
	WORD_MOST = 64,
	ACCOUNT_MOST = 256,
};

static const int64_t cut_ns = 3 * NS_PER_SECOND;

/* Words ---------------------------------------------------------------------------------------- */

/* Words with one blank between them. */
struct list {
	char   at[LIST_MOST];
	size_t len;
	bool   full;                    /* a word did not fit: none behind it counts */
};

static void
list_add(struct list *list, struct span word, int (*letter)(int))
{
	size_t blank = list->len > 0;

	list->full |= list->len + blank + word.len > LIST_MOST;
	if (word.len == 0 || list->full)
		return;
	if (blank)
		list->at[list->len++] = ' ';
	for (size_t i = 0; i < word.len; i++)
		list->at[list->len++] = (char)letter(word.at[i]);
}

static struct span
list_keep(const struct list *list, const struct session *session)
{
	return arena_copy(session->arena, span_from(list->at, list->len));
}

static struct span
keep_lower(const struct session *session, struct span text)
{
	char lower[LIST_MOST];
	size_t len = text.len < LIST_MOST ? text.len : LIST_MOST;

	for (size_t i = 0; i < len; i++)
		lower[i] = (char)tolower(text.at[i]);
	return arena_copy(session->arena, span_from(lower, len));
}

static struct span
keep_hex(const struct session *session, struct span bytes)
{
	struct buffer hex = { 0 };

	text_hex(&hex, bytes);
	return arena_keep(session->arena, &hex);
}

/* What the server is recognised by ------------------------------------------------------------- */

static void
add_greeting(const struct session *session, struct footprint *f)
{
	struct span text = session->greeting.text;

	f->greeting_name = keep_lower(session, greeting_host(text));
	f->product = arena_copy(session->arena, greeting_product(text));
}

/* The value that the sender began with: hosts count down from one of these. */
static unsigned
hop_limit_class(uint8_t hop_limit)
{
	static const uint8_t classes[] = { 32, 64, 128, 255 };
	size_t i = 0;

	while (classes[i] < hop_limit)
		i++;
	return classes[i];
}

static void
add_syn_shape(const struct session *session, struct footprint *f)
{
	const struct shape *shape = session->shapes;
	char text[64], scale[8] = "-";

	while (shape != NULL && (shape->side != SERVER || !(shape->flags & TCP_SYN)))
		shape = shape->next;
	if (shape == NULL)
		return;
	if (shape->has_window_scale)
		snprintf(scale, sizeof(scale), "%u", shape->window_scale);
	snprintf(text, sizeof(text), "%u/w%s/m%u/%08x", hop_limit_class(shape->hop_limit), scale, shape->mss,
		(unsigned)shape->options_mark);
	f->syn_shape = arena_copy(session->arena, span_of(text));
}

/* Counts as an observation of what the server offers: the whole list, with nothing missing before its end. */
static bool
list_is_whole(const struct session *session)
{
	const struct capability_list *list = &session->capabilities;
	const struct quote *end = list->last != NULL ? &list->last->quote : &session->client_name;

	return list->complete && session_shows_all(session, end->where.order);
}

/* How FTP and IRC write the offer (RFC 4217, section 6; IRCv3, "tls"). */
static bool
is_offer(const struct session *session, struct span line)
{
	if (span_is(span_of(session->protocol), "irc"))
		return span_is(line, "tls");
	return span_is(span_of(session->protocol), "ftp") &&
	       (span_starts(line, "AUTH TLS") || span_starts(line, "AUTH SSL"));
}

/* One word for the offer, whatever the protocol calls it.  "AUTH=LOGIN", an old form, is a line about AUTH as well. */
static struct span
keyword_name(const struct session *session, const struct capability *capability)
{
	struct span word = capability_keyword(capability);

	if (is_offer(session, capability->quote.text))
		return span_of("STARTTLS");
	return span_starts(word, "AUTH=") ? span_first(word, 4) : word;
}

bool
keyword_is_about_login(struct span word)
{
	static const char *const words[] = { "STARTTLS", "STLS", "AUTH", "SASL", "LOGINDISABLED",
		"REQUIRED", "MECHANISMS" };

	return span_is_any(word, words, TABLE_LENGTH(words)) || span_starts(word, "AUTH=");
}

static void
add_list(const struct session *session, struct footprint *f)
{
	const struct capability_list *list = &session->capabilities;
	struct list keywords = { .len = 0 }, mechanisms = { .len = 0 };
	struct span rest = list->auth, word;

	if (!list->complete)
		return;
	for (const struct capability *c = list->first; c != NULL; c = c->next)
		list_add(&keywords, span_first(keyword_name(session, c), WORD_MOST), toupper);
	while (span_take_word(&rest, &word))
		list_add(&mechanisms, span_first(word, WORD_MOST), toupper);
	f->keywords = list_keep(&keywords, session);
	f->mechanisms = list_keep(&mechanisms, session);
	if (list->first != NULL)
		f->list_octets = (uint32_t)(list->last->quote.where.offset + list->last->quote.where.length -
		                            list->first->quote.where.offset);
}

static bool
list_is_doubled(const struct session *session)
{
	for (const struct capability *a = session->capabilities.first; a != NULL; a = a->next)
		for (const struct capability *b = a->next; b != NULL; b = b->next)
			if (span_equal(a->quote.text, b->quote.text))
				return true;
	return false;
}

/* The end at the beginning of TLS --------------------------------------------------------------- */

/* A capture may claim any time. */
static int64_t
ns_between(int64_t from, int64_t to)
{
	return (int64_t)((uint64_t)to - (uint64_t)from);
}

static bool
has_readable_alert(const struct session *session)
{
	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next)
		if (!alert->encrypted_after)
			return true;
	return false;
}

/* The server's end of the connection is all the answer there was. */
static bool
reset_instead_of_answer(const struct session *session, const struct upgrade *upgrade)
{
	return upgrade != NULL && !upgrade->answer.seen && session->closed.side == SERVER &&
	       strcmp(session->closed_by, "rst") == 0 && session_shows_all(session, UINT32_MAX);
}

/* When the last of the question, the agreement and the ClientHello was seen; false where there was none. */
static bool
tls_was_due(const struct session *session, int64_t *at_ns_r)
{
	const struct upgrade *upgrade = session_upgrade(session);
	const struct quote *marks[] = { upgrade != NULL && upgrade->agreed == YES ? &upgrade->answer : NULL,
		reset_instead_of_answer(session, upgrade) ? &upgrade->asked : NULL,
		session->tls->started.side == CLIENT ? &session->tls->started : NULL, &session->tls->client_hello_at };
	bool due = false;

	for (size_t i = 0; i < TABLE_LENGTH(marks); i++)
		if (marks[i] != NULL && marks[i]->seen) {
			if (!due || marks[i]->where.last.time_ns > *at_ns_r)
				*at_ns_r = marks[i]->where.last.time_ns;
			due = true;
		}
	return due;
}

/* A client that has the server's answer to its hello may well reset the connection because of what is in it. */
static bool
was_reset(const struct session *session, int64_t due_ns)
{
	const struct quote *closed = &session->closed;

	return closed->seen && strcmp(session->closed_by, "rst") == 0 &&
	       ns_between(due_ns, closed->where.last.time_ns) <= cut_ns &&
	       (closed->side == SERVER || session->tls->server_hello == NULL);
}

/* The server was silent for long enough to be sure, and till the end. */
static bool
fell_silent(const struct session *session, int64_t due_ns)
{
	bool went_on = strcmp(session->closed_by, "idle") == 0 || ns_between(due_ns, session->last.time_ns) >= cut_ns;

	return went_on && ns_between(due_ns, session->spoke_ns[SERVER]) <= cut_ns;
}

static uint32_t
flags_of_cut(const struct session *session)
{
	int64_t due_ns = 0;

	if (session->one_sided || session->tls->established == YES || has_readable_alert(session) ||
	    session_ignored_agreement(session) || session_is_mode_mismatch(session) || !tls_was_due(session, &due_ns))
		return 0;
	if (was_reset(session, due_ns))
		return FOOT_CUT_AT_TLS | FOOT_CUT_BY_RESET;
	return fell_silent(session, due_ns) ? FOOT_CUT_AT_TLS : 0;
}

/* Up to TLS 1.2 an alert can be told from data.  Some libraries leave it to the program to look at the certificate
 * once the handshake is done. */
static bool
client_turned_back(const struct session *session)
{
	const struct tls_state *tls = session->tls;
	bool alerted = false;

	if (tls->established != YES || tls->server_hello == NULL || tls->server_hello->version >= TLS_1_3 ||
	    tls->application[CLIENT].seen || session->open || !session_shows_all(session, UINT32_MAX))
		return false;
	for (const struct alert *alert = tls->alerts; alert != NULL; alert = alert->next)
		alerted |= alert->encrypted_after && alert->quote.side == CLIENT;
	return alerted;
}

/* Flags ---------------------------------------------------------------------------------------- */

static uint32_t
when(bool holds, enum footprint_flag flag)
{
	return holds ? (uint32_t)flag : 0;
}

static bool
is_whole(const struct session *session)
{
	return session_is_clean(session, session->order) && session_shows_all(session, UINT32_MAX) &&
	       !session->truncated;
}

static uint32_t
flags_of_dialogue(const struct session *session)
{
	bool extended = session->client_name.code == DIALECT_EXTENDED;

	return when(session_is_access(session), FOOT_ACCESS) | when(is_whole(session), FOOT_WHOLE) |
	       when(session->open, FOOT_OPEN) | when(list_is_whole(session), FOOT_LIST) |
	       when((session->name_accepted && extended) || session->capabilities.complete, FOOT_EXTENDED_ACCEPTED) |
	       when(session->refused_name.seen, FOOT_EXTENDED_REFUSED) |
	       when(session->client_name.seen && !extended, FOOT_BASIC) |
	       when(greeting_is_masked(session), FOOT_BANNER_MASKED) |
	       when(list_is_doubled(session), FOOT_LIST_DOUBLED) |
	       when(session->application.seen, FOOT_APPLICATION) | when(session->quit.seen, FOOT_QUIT) |
	       when(session->tls_required.seen, FOOT_TLS_REQUIRED) |
	       when(session->auth_required.seen, FOOT_AUTH_REQUIRED) |
	       when(session->bytes[CLIENT] + session->bytes[SERVER] == 0, FOOT_SILENT) |
	       when(session->content_accepted.seen, FOOT_CONTENT_ACCEPTED);
}

static uint32_t
flags_of_hello(const struct tls_client_hello *hello)
{
	if (hello == NULL)
		return 0;
	return FOOT_HELLO | when(hello->highest_version >= TLS_1_3, FOOT_OFFERS_13) |
	       when(hello->offers_strong, FOOT_OFFERS_STRONG) |
	       when(hello->extras & TLS_HAS_FALLBACK_SCSV, FOOT_FALLBACK_SCSV) |
	       when(span_has(hello->groups, "MLKEM") || span_has(hello->groups, "Kyber"), FOOT_OFFERS_PQ);
}

static uint32_t
flags_of_tls(const struct session *session)
{
	const struct tls_state *tls = session->tls;
	const struct upgrade *upgrade = session_upgrade(session);

	return when(upgrade != NULL, FOOT_ASKED) |
	       when(upgrade != NULL && upgrade->agreed == YES, FOOT_AGREED) |
	       when(upgrade != NULL && upgrade->agreed == NO, FOOT_REFUSED) | flags_of_hello(tls->client_hello) |
	       when(tls->server_hello != NULL, FOOT_SERVER_HELLO) | when(tls->established == YES, FOOT_ESTABLISHED) |
	       when(tls->started.seen && tls->implicit, FOOT_IMPLICIT) |
	       when(session_is_mode_mismatch(session), FOOT_MODE_MISMATCH) | when(tls->resumed == YES, FOOT_RESUMED) |
	       when(client_turned_back(session), FOOT_TURNED_BACK) | flags_of_cut(session);
}

/* Logins --------------------------------------------------------------------------------------- */

/* Why a login was rejected: 535 and X.7.8 mean the secret (RFC 4954, section 6), what else is about security means that
 * nobody looked at it. */
static void
count_rejected(const struct quote *answer, struct footprint *f)
{
	static const struct {
		uint32_t    code;               /* 0: any */
		const char *enhanced;
		bool        wrong;
	} answers[] = {
		{ 535, "", true },
		{ 49, "", true },               /* invalidCredentials (RFC 4511, appendix A.2) */
		{ 0, "5.7.8", true },
		{ 530, "", false },
		{ 534, "", false },
		{ 538, "", false },
		{ 0, "5.7.", false },
	};
	struct span text = span_after(answer->text, 4);

	if (span_has(answer->text, "[AUTHENTICATIONFAILED]")) {         /* RFC 5530, section 3 */
		f->logins_wrong++;
		return;
	}
	for (size_t i = 0; i < TABLE_LENGTH(answers); i++) {
		bool same = answers[i].code == 0 || answers[i].code == answer->code;

		if (same && span_starts(text, answers[i].enhanced)) {
			*(answers[i].wrong ? &f->logins_wrong : &f->logins_refused) += 1;
			return;
		}
	}
}

static void
add_logins(const struct session *session, struct footprint *f)
{
	const struct auth *first = first_crossed(session);

	for (const struct auth *auth = first; auth != NULL; auth = auth->next) {
		if (!auth_crossed(auth))
			continue;
		f->logins_accepted += auth->facts.outcome == AUTH_ACCEPTED;
		f->logins_refused += auth->facts.outcome == AUTH_REFUSED_TLS;
		if (auth->facts.outcome == AUTH_REJECTED)
			count_rejected(&auth->answer, f);
	}
	if (first != NULL) {
		f->account = span_first(first->facts.username, ACCOUNT_MOST);
		f->mechanism = first->facts.mechanism;
	}
}

/* Mail ----------------------------------------------------------------------------------------- */

static int
as_it_is(int letter)
{
	return letter;
}

static void
add_mail(const struct session *session, struct footprint *f)
{
	const struct mail_traits *traits = &session->traits;
	struct list domains = { .len = 0 };

	for (const struct mail_domain *domain = traits->recipient_domains; domain != NULL; domain = domain->next)
		list_add(&domains, domain->name, as_it_is);
	f->envelope_mark = traits->envelope_mark;
	f->content_bytes = traits->content_octets;
	f->sender_domain = traits->sender_domain;
	f->recipient_domains = list_keep(&domains, session);
	f->queue_id = traits->queue_id;
}

/* TLS ------------------------------------------------------------------------------------------ */

static void
add_tls(const struct session *session, struct footprint *f)
{
	const struct tls_state *tls = session->tls;

	if (tls->client_hello != NULL) {
		f->offers_version = tls->client_hello->highest_version;
		f->offered_extras = tls->client_hello->extras;
		f->client_random = keep_hex(session, tls->client_hello->random);
	}
	if (tls->server_hello != NULL && tls->server_hello->cipher != NULL)
		f->cipher_traits = tls->server_hello->cipher->traits;
	if (tls->key_exchange != NULL)
		f->key_share_sha256 = tls->key_exchange->public_sha256;
	f->ticket_name = tls->ticket_name;
}

/* The last one that can be read. */
static struct quote
last_alert(const struct session *session)
{
	struct quote last = { .seen = false };

	for (const struct alert *alert = session->tls->alerts; alert != NULL; alert = alert->next)
		if (!alert->encrypted_after)
			last = alert->quote;
	return last;
}

static void
add_places(const struct session *session, struct footprint *f)
{
	const struct upgrade *upgrade = session_upgrade(session);
	const struct auth *secret = first_crossed(session);
	const struct tls_state *tls = session->tls;

	f->places[PLACE_GREETING] = session->greeting;
	f->places[PLACE_NAME] = session->client_name.seen ? session->client_name : session->first_command;
	if (session->capabilities.last != NULL)
		f->places[PLACE_LIST] = session->capabilities.last->quote;
	if (upgrade != NULL) {
		f->places[PLACE_ASK] = upgrade->asked;
		f->places[PLACE_ANSWER] = upgrade->answer;
	}
	f->places[PLACE_APPLICATION] = session->application;
	if (secret != NULL)
		f->places[PLACE_SECRET] = secret->secret;
	f->places[PLACE_CLIENT_HELLO] = tls->client_hello_at;
	f->places[PLACE_SERVER_HELLO] = tls->server_hello_at;
	f->places[PLACE_CERTIFICATE] = tls->certificates_at;
	f->places[PLACE_ALERT] = last_alert(session);
	f->places[PLACE_CLOSE] = session->closed;
}

struct footprint *
footprint_new(const struct session *session)
{
	struct footprint *f = arena_alloc(session->arena, sizeof(*f));
	const struct upgrade *upgrade = session_upgrade(session);

	if (f == NULL)
		return NULL;
	f->flags = flags_of_dialogue(session) | flags_of_tls(session);
	f->client_kind = client_kind_of(session);
	f->verdict = session_verdict_if(session, INTERFERENCE_NONE);
	f->verdict_suspected = session_verdict_if(session, INTERFERENCE_SUSPECTED);
	f->verdict_proven = session_verdict_if(session, INTERFERENCE_PROVEN);
	if (upgrade != NULL && upgrade->agreed == NO)
		f->refusal_code = upgrade->answer.code;
	memcpy(f->initial_sequence, session->initial_sequence, sizeof(f->initial_sequence));
	add_greeting(session, f);
	add_syn_shape(session, f);
	add_list(session, f);
	add_logins(session, f);
	add_mail(session, f);
	add_tls(session, f);
	add_places(session, f);
	return f;
}
