/* SASL as the mail protocols carry it.  One row a mechanism, one function for each form of response:
 * RFC 4616 (PLAIN), draft-murchison-sasl-login (LOGIN), RFC 2195 (CRAM-MD5), RFC 2831 (DIGEST-MD5),
 * RFC 5802 (SCRAM), RFC 7628 (OAUTHBEARER), MS-NLMP (NTLM).  Decoded secrets live on in one buffer that is
 * wiped before it is freed. */
#include "sasl.h"

#include "base/cursor.h"
#include "base/digest.h"
#include "base/table.h"

#include <ctype.h>
#include <string.h>

/* What a decoded client response holds. */
struct response {
	struct span username;
	struct span secret;             /* password, token or proof; empty when none was in it */
	uint8_t     escape;             /* what escapes a character of the name, or 0 */
	bool        wide;               /* the name is UTF-16LE */
};

struct sasl_mechanism {
	const char     *name;           /* a trailing * stands for any suffix */
	enum auth_class kind;
	bool            guessable_hard;
	void (*read)(unsigned step, struct span decoded, struct response *response_r);
};

enum {
	DIGEST_HEX = 32,        /* an MD5 digest in hexadecimal */
	RESPONSES_MOST = 2,     /* of LOGIN; a line that comes later in the place of one is no response */
};

static const uint8_t ctrl_a = 0x01;

static struct span
take_until(struct span *rest, uint8_t separator)
{
	const uint8_t *at = rest->len > 0 ? memchr(rest->at, separator, rest->len) : NULL;
	struct span part = at == NULL ? *rest : span_first(*rest, (size_t)(at - rest->at));

	*rest = span_after(*rest, part.len + (at != NULL));
	return part;
}

/* The value of `key=value` in a list of parts. */
static struct span
value_of(struct span list, uint8_t separator, const char *key)
{
	while (list.len > 0) {
		struct span part = span_trim(take_until(&list, separator));

		if (span_starts(part, key))
			return span_after(part, strlen(key));
	}
	return (struct span){ 0 };
}

/* [authzid] NUL authcid NUL passwd (RFC 4616, section 2).  In any other form nobody can tell a name from a password, so
 * all of it counts as the secret; so does "name NUL password NUL", a common mistake. */
static void
read_plain(unsigned step, struct span decoded, struct response *response_r)
{
	struct span rest = decoded, other, name;

	(void)step;
	other = take_until(&rest, '\0');
	name = take_until(&rest, '\0');
	if (name.len == 0 || (rest.len == 0 && (other.len > 0 || decoded.at[decoded.len - 1] != '\0')) ||
	    (rest.len > 0 && memchr(rest.at, '\0', rest.len) != NULL)) {
		response_r->secret = decoded;
		return;
	}
	response_r->username = name;
	response_r->secret = rest;
}

/* A NUL stands in no name: PLAIN's response came in the place of a name, with its password. */
static bool
is_name(struct span name)
{
	return name.len > 0 && memchr(name.at, '\0', name.len) == NULL;
}

/* Names and passwords look alike: the prompt tells which is which, or, without one, their order. */
static void
read_login(unsigned step, struct span decoded, struct response *response_r)
{
	if (step == 0 && is_name(decoded))
		response_r->username = decoded;
	else
		response_r->secret = decoded;
}

/* A name and 32 hex digits; anything else may be a password that was sent in their place. */
static void
read_cram(unsigned step, struct span decoded, struct response *response_r)
{
	struct span digest = span_after(decoded, decoded.len > DIGEST_HEX ? decoded.len - DIGEST_HEX : 0);
	struct span name = span_first(decoded, decoded.len - digest.len);
	size_t hex = 0;

	(void)step;
	while (hex < digest.len && isxdigit(digest.at[hex]))
		hex++;
	if (hex < DIGEST_HEX || name.len < 2 || name.at[name.len - 1] != ' ') {
		response_r->secret = decoded;
		return;
	}
	response_r->username = span_first(name, name.len - 1);
	response_r->secret = digest;
}

/* Takes one key=value off the front of a list; a quoted value without its quotes (RFC 2831, section 7.1). */
static bool
take_directive(struct span *list, struct span *key_r, struct span *value_r)
{
	size_t end = 0;

	*key_r = span_trim(take_until(list, '='));
	if (list->len == 0 || list->at[0] != '"') {
		*value_r = span_trim(take_until(list, ','));
		return key_r->len > 0;
	}
	*list = span_after(*list, 1);
	while (end < list->len && list->at[end] != '"')
		end += list->at[end] == '\\' ? 2 : 1;
	if (end >= list->len)
		return false;
	*value_r = span_first(*list, end);
	*list = span_after(*list, end + 1);
	take_until(list, ',');
	return key_r->len > 0;
}

static void
read_digest(unsigned step, struct span decoded, struct response *response_r)
{
	struct span key, value;

	while (step == 0 && decoded.len > 0 && take_directive(&decoded, &key, &value)) {
		if (span_is(key, "username") && response_r->username.len == 0) {
			response_r->username = value;
			response_r->escape = '\\';
		}
		if (span_is(key, "response"))
			response_r->secret = value;
	}
}

/* The nonce behind it tells that a name is one (RFC 5802, section 7). */
static void
read_scram(unsigned step, struct span decoded, struct response *response_r)
{
	if (step > 0)
		response_r->secret = value_of(decoded, ',', "p=");
	else if (value_of(decoded, ',', "r=").len > 0)
		response_r->username = value_of(decoded, ',', "n=");
	response_r->escape = '=';
}

/* Without its separators a response cannot be told apart: all of it is the secret. */
static bool
is_oauth(struct span decoded)
{
	return decoded.len > 0 && memchr(decoded.at, ctrl_a, decoded.len) != NULL;
}

static void
read_xoauth2(unsigned step, struct span decoded, struct response *response_r)
{
	if (step > 0)
		return;
	if (!is_oauth(decoded)) {
		response_r->secret = decoded;
		return;
	}
	response_r->username = value_of(decoded, ctrl_a, "user=");
	response_r->secret = value_of(decoded, ctrl_a, "auth=Bearer ");
}

static void
read_oauthbearer(unsigned step, struct span decoded, struct response *response_r)
{
	struct span header = decoded;

	if (step > 0)
		return;
	if (!is_oauth(decoded)) {
		response_r->secret = decoded;
		return;
	}
	header = take_until(&header, ctrl_a);
	response_r->username = value_of(header, ',', "a=");
	response_r->escape = '=';
	response_r->secret = value_of(decoded, ctrl_a, "auth=Bearer ");
}

/* A field of an NTLM message: length, room, offset (MS-NLMP 2.2.1.3).  Empty where it lies outside. */
static struct span
ntlm_field(struct span message, size_t at)
{
	struct cursor c = cursor_of(span_after(message, at));
	uint32_t len = cursor_le(&c, 2), offset;

	cursor_le(&c, 2);
	offset = cursor_le(&c, 4);
	if (c.failed || offset > message.len || len > message.len - offset)
		return (struct span){ 0 };
	return span_from(message.at + offset, len);
}

static bool
overlaps(struct span a, struct span b)
{
	return a.len > 0 && b.len > 0 && a.at < b.at + b.len && b.at < a.at + a.len;
}

/* Of the AUTHENTICATE_MESSAGE: LM response at 12, NT response at 20, user name at 36, in UTF-16LE where the
 * flags at 60 say NEGOTIATE_UNICODE. */
static void
read_ntlm(unsigned step, struct span decoded, struct response *response_r)
{
	struct cursor message = cursor_of(decoded), flags = cursor_of(span_after(decoded, 60));
	struct span signature = cursor_take(&message, 8), name = ntlm_field(decoded, 36);
	uint32_t type = cursor_le(&message, 4);

	(void)step;
	if (message.failed || memcmp(signature.at, "NTLMSSP", 8) != 0 || type != 3)
		return;
	response_r->secret = decoded;
	response_r->wide = (cursor_le(&flags, 4) & 1) != 0 || (name.len > 1 && name.at[1] == '\0');
	if (!overlaps(name, ntlm_field(decoded, 12)) && !overlaps(name, ntlm_field(decoded, 20)))
		response_r->username = name;
}

static void
read_nothing(unsigned step, struct span decoded, struct response *response_r)
{
	(void)step;
	(void)decoded;
	(void)response_r;
}

static void
read_token(unsigned step, struct span decoded, struct response *response_r)
{
	(void)step;
	response_r->secret = decoded;
}

static const struct sasl_mechanism mechanisms[] = {
	{ "PLAIN", AUTH_CLASS_PASSWORD, false, read_plain },
	{ "LOGIN", AUTH_CLASS_PASSWORD, false, read_login },
	{ "CRAM-MD5", AUTH_CLASS_CHALLENGE, false, read_cram },
	{ "DIGEST-MD5", AUTH_CLASS_CHALLENGE, false, read_digest },
	{ "NTLM", AUTH_CLASS_CHALLENGE, false, read_ntlm },
	{ "SCRAM-*", AUTH_CLASS_CHALLENGE, true, read_scram },
	{ "XOAUTH2", AUTH_CLASS_TOKEN, false, read_xoauth2 },
	{ "OAUTHBEARER", AUTH_CLASS_TOKEN, false, read_oauthbearer },
	{ "X-OAUTH2", AUTH_CLASS_TOKEN, false, read_plain },            /* a token in the form of PLAIN */
	{ "X-GOOGLE-TOKEN", AUTH_CLASS_TOKEN, false, read_plain },
	{ "GSSAPI", AUTH_CLASS_GSSAPI, false, read_token },
	{ "GS2-*", AUTH_CLASS_GSSAPI, false, read_token },
	{ "GSS-SPNEGO", AUTH_CLASS_GSSAPI, false, read_token },
	{ "KERBEROS_V4", AUTH_CLASS_GSSAPI, false, read_token },
	{ "EXTERNAL", AUTH_CLASS_EXTERNAL, false, read_nothing },
	{ "ANONYMOUS", AUTH_CLASS_ANONYMOUS, false, read_nothing },
	{ "SRP", AUTH_CLASS_CHALLENGE, true, read_nothing },
	{ "OTP", AUTH_CLASS_CHALLENGE, false, read_nothing },
	{ "SKEY", AUTH_CLASS_CHALLENGE, false, read_nothing },
	{ "SECURID", AUTH_CLASS_PASSWORD, false, read_plain },
};

static const struct sasl_mechanism unknown_mechanism = { "", AUTH_CLASS_UNKNOWN, false,
	read_nothing };

/* RFC 4422, section 3.1: letters, digits, hyphen, underscore. */
static bool
is_suffix(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
			    s.at[i]) == NULL ||
		    s.at[i] == '\0')
			return false;
	return s.len > 0 && s.len <= 16;
}

static const struct sasl_mechanism *
find_mechanism(struct span word)
{
	for (size_t i = 0; i < TABLE_LENGTH(mechanisms); i++) {
		struct span name = span_of(mechanisms[i].name);

		if (name.at[name.len - 1] != '*') {
			if (span_same(word, name))
				return &mechanisms[i];
			continue;
		}
		name.len--;
		if (span_same(span_first(word, name.len), name) &&
		    is_suffix(span_after(word, name.len)))
			return &mechanisms[i];
	}
	return &unknown_mechanism;
}

struct span
sasl_mechanism_name(struct span word)
{
	return find_mechanism(word) == &unknown_mechanism ? (struct span){ 0 } : word;
}

/* As registered: in capitals. */
static struct span
capitals(struct dialogue *d, struct span word)
{
	uint8_t *name = word.len > 0 ? arena_alloc(dialogue_arena(d), word.len) : NULL;

	if (name == NULL)
		return (struct span){ 0 };
	for (size_t i = 0; i < word.len; i++)
		name[i] = word.at[i] >= 'a' && word.at[i] <= 'z' ? (uint8_t)(word.at[i] - 32)
		                                                  : word.at[i];
	return span_from(name, word.len);
}

static void
tell(struct sasl *sasl, struct dialogue *d, enum side side, enum event_kind kind, uint32_t code,
	struct span text)
{
	dialogue_tell(d, &(struct event){
		.kind = kind,
		.side = side,
		.code = code,
		.text = text,
		.facts.auth = &sasl->facts,
	});
}

void
sasl_begin(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span line)
{
	*sasl = (struct sasl){ .mechanism = find_mechanism(mechanism) };
	sasl->facts.kind = sasl->mechanism->kind;
	sasl->facts.guessable_hard = sasl->mechanism->guessable_hard;
	sasl->facts.mechanism = capitals(d, sasl_mechanism_name(mechanism));
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, line);
}

/* One character of an escaped name; =2C and =3D stand for comma and equals sign (RFC 5802, section 5.1). */
static uint8_t
take_character(struct span *rest, uint8_t escape)
{
	uint8_t character = rest->at[0];
	size_t used = 1;

	if (character == escape && escape == '\\' && rest->len > 1) {
		character = rest->at[1];
		used = 2;
	} else if (character == escape && (span_starts(*rest, "=2C") || span_starts(*rest, "=3D"))) {
		character = span_starts(*rest, "=2C") ? ',' : '=';
		used = 3;
	}
	*rest = span_after(*rest, used);
	return character;
}

static struct span
unescape(struct dialogue *d, struct span name, uint8_t escape)
{
	uint8_t *out = arena_alloc(dialogue_arena(d), name.len);
	size_t len = 0;

	while (out != NULL && name.len > 0)
		out[len++] = take_character(&name, escape);
	return span_from(out, len);
}

/* RFC 2781, section 2.2; a surrogate that lacks the other half of its pair is U+FFFD. */
static uint32_t
take_utf16(struct cursor *c)
{
	uint32_t unit = cursor_le(c, 2), low;
	struct cursor ahead = *c;

	if (unit < 0xD800 || unit > 0xDFFF)
		return unit;
	low = cursor_le(&ahead, 2);
	if (unit > 0xDBFF || ahead.failed || low < 0xDC00 || low > 0xDFFF)
		return 0xFFFD;
	*c = ahead;
	return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

/* RFC 3629, section 3.  Returns how many bytes it wrote, at most 4. */
static size_t
put_utf8(uint8_t *out, uint32_t code)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	static const uint8_t lead[] = { 0, 0xC0, 0xE0, 0xF0 };
	size_t more = 3;

	while (code < least[more])
		more--;
	for (size_t i = more; i > 0; i--, code >>= 6)
		out[i] = (uint8_t)(0x80 | (code & 0x3F));
	out[0] = (uint8_t)(lead[more] | code);
	return more + 1;
}

/* UTF-16LE as UTF-8. */
static struct span
narrow(struct dialogue *d, struct span wide)
{
	uint8_t *out = arena_alloc(dialogue_arena(d), wide.len * 2);
	struct cursor c = cursor_of(wide);
	size_t len = 0;

	while (out != NULL && c.left >= 2)
		len += put_utf8(out + len, take_utf16(&c));
	return span_from(out, len);
}

static struct span
name_of(struct dialogue *d, const struct response *response)
{
	struct span name = response->username;

	name = response->wide ? narrow(d, name) : unescape(d, name, response->escape);
	return is_name(name) ? dialogue_account(d, name) : (struct span){ 0 };
}

/* A name is told together with the secret that follows it: alone it may be a secret itself. */
static void
take_response(struct sasl *sasl, struct dialogue *d, const struct response *response,
	struct span line)
{
	if (response->username.len > 0 && sasl->name.len == 0 && !sasl->tainted)
		sasl->name = name_of(d, response);
	if (response->secret.len == 0 || sasl->told_secret)
		return;
	sasl->told_secret = true;
	sasl->facts.username = sasl->tainted ? (struct span){ 0 } : sasl->name;
	if (sasl->facts.kind == AUTH_CLASS_PASSWORD || sasl->facts.kind == AUTH_CLASS_TOKEN)
		sasl->facts.fingerprint = dialogue_fingerprint(d, response->secret);
	tell(sasl, d, CLIENT, EVENT_AUTH_SECRET, 0, line);
}

/* What is not base64 is a secret sent as it is, where a secret is due. */
static void
take_undecoded(struct sasl *sasl, struct dialogue *d, struct span base64, struct span line)
{
	const struct response response = { .secret = base64 };

	dialogue_note(d, CLIENT, NOTE_BAD_BASE64, (struct span){ 0 });
	if (sasl->facts.kind == AUTH_CLASS_PASSWORD || sasl->facts.kind == AUTH_CLASS_TOKEN)
		take_response(sasl, d, &response, line);
}

void
sasl_response(struct sasl *sasl, struct dialogue *d, struct span base64, struct span line)
{
	struct response response = { 0 };
	struct buffer decoded = { 0 };

	base64 = span_trim(base64);
	if (sasl->mechanism == NULL)
		return;
	if (!span_is(base64, "=") && !base64_decode(base64, &decoded)) {
		take_undecoded(sasl, d, base64, line);
	} else {
		sasl->mechanism->read(sasl->step, buffer_span(&decoded), &response);
		take_response(sasl, d, &response, line);
	}
	sasl->step++;
	buffer_wipe(&decoded);
}

void
sasl_octets(struct sasl *sasl, struct dialogue *d, struct span octets, struct span line)
{
	struct response response = { 0 };

	if (sasl->mechanism == NULL)
		return;
	sasl->mechanism->read(sasl->step, octets, &response);
	take_response(sasl, d, &response, line);
	sasl->step++;
}

void
sasl_prompted(struct sasl *sasl, bool for_secret)
{
	if (!for_secret)
		sasl->step = 0;
	else if (sasl->step == 0)
		sasl->step = 1;
}

void
sasl_taint(struct sasl *sasl)
{
	sasl->tainted = true;
	sasl->name = (struct span){ 0 };
}

void
sasl_end(struct sasl *sasl, struct dialogue *d, enum auth_outcome outcome, uint32_t code,
	struct span answer)
{
	if (sasl->mechanism == NULL)
		return;
	sasl->facts.outcome = outcome;
	tell(sasl, d, SERVER, EVENT_AUTH_END, code, answer);
}

void
sasl_stranger(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span name, struct span secret)
{
	static const struct sasl_mechanism password = { "", AUTH_CLASS_PASSWORD, false, read_nothing };
	const struct response response = { .username = name, .secret = secret };

	*sasl = (struct sasl){ .mechanism = &password, .step = 1 };
	sasl->facts.kind = password.kind;
	sasl->facts.mechanism = capitals(d, mechanism);
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, mechanism);
	take_response(sasl, d, &response, span_of("<redacted>"));
}

void
sasl_login(struct sasl *sasl, struct dialogue *d, const char *mechanism, enum auth_class kind, struct span name,
	struct span line)
{
	static const struct sasl_mechanism own = { "", AUTH_CLASS_UNKNOWN, false, read_nothing };

	*sasl = (struct sasl){ .mechanism = &own, .step = RESPONSES_MOST };
	sasl->facts.kind = kind;
	sasl->facts.mechanism = span_of(mechanism);
	sasl_login_name(sasl, d, name);
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, line);
}

void
sasl_login_name(struct sasl *sasl, struct dialogue *d, struct span name)
{
	if (is_name(name))
		sasl->name = sasl->facts.username = dialogue_account(d, name);
}

void
sasl_login_secret(struct sasl *sasl, struct dialogue *d, struct span secret, struct span line)
{
	const struct response response = { .secret = secret };

	take_response(sasl, d, &response, line);
}

bool
sasl_is_open(const struct sasl *sasl)
{
	return sasl->mechanism != NULL && sasl->facts.outcome == AUTH_OUTCOME_UNKNOWN;
}

bool
sasl_awaits_response(const struct sasl *sasl)
{
	return sasl->mechanism != NULL && sasl->step < RESPONSES_MOST;
}

void
sasl_quote(struct buffer *out, const char *verb, struct span args)
{
	struct span word, name;
	bool named = span_take_word(&args, &word);

	name = sasl_mechanism_name(word);
	buffer_add_text(out, verb);
	if (name.len > 0) {
		buffer_add_text(out, " ");
		buffer_add(out, name);
	} else if (named) {
		buffer_add_text(out, " <redacted>");
	}
	if (span_is(args, "="))
		buffer_add_text(out, " =");
	else if (args.len > 0)
		buffer_add_text(out, " <redacted>");
}

void
sasl_login_unseen(struct sasl *sasl, struct dialogue *d, const char *mechanism, enum auth_class kind,
	struct span answer)
{
	*sasl = (struct sasl){ .mechanism = &unknown_mechanism, .told_secret = true };
	sasl->facts.kind = kind;
	sasl->facts.mechanism = span_of(mechanism);
	tell(sasl, d, SERVER, EVENT_AUTH, 0, answer);
	tell(sasl, d, SERVER, EVENT_AUTH_SECRET, 0, answer);
}

void
sasl_ask(struct sasl *sasl, struct dialogue *d, const char *verb, struct span args)
{
	struct span mechanism;
	struct buffer text = { 0 };

	sasl_quote(&text, verb, args);
	span_take_word(&args, &mechanism);
	sasl_begin(sasl, d, mechanism, buffer_span(&text));
	if (args.len > 0)
		sasl_response(sasl, d, args, buffer_span(&text));
	buffer_free(&text);
}

void
sasl_answer(struct sasl *sasl, struct dialogue *d, struct span line)
{
	bool aborts = span_is(line, "*");
	struct span shown = span_of(aborts ? "*" : "<redacted>");

	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, shown);
	if (aborts) {
		dialogue_note(d, CLIENT, NOTE_AUTH_ABORTED, shown);
		sasl_end(sasl, d, AUTH_ABORTED, 0, shown);
	} else {
		sasl_response(sasl, d, line, shown);
	}
}

void
sasl_give_up(struct sasl *sasl, struct dialogue *d)
{
	if (sasl_is_open(sasl))
		sasl_end(sasl, d, AUTH_ABORTED, 0, (struct span){ 0 });
	*sasl = (struct sasl){ 0 };
}
