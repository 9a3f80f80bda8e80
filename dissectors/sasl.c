/* SASL as the mail protocols carry it.  One row a mechanism, one function for each form of response:
 * RFC 4616 (PLAIN), draft-murchison-sasl-login (LOGIN), RFC 2195 (CRAM-MD5), RFC 2831 (DIGEST-MD5),
 * RFC 5802 (SCRAM), RFC 7628 (OAUTHBEARER), MS-NLMP (NTLM).  Decoded secrets live on in one buffer that is
 * wiped before it is freed. */
#include "sasl.h"

#include "base/cursor.h"
#include "base/digest.h"
#include "base/table.h"

#include <string.h>

/* What a decoded client response holds. */
struct response {
	struct span username;
	struct span secret;             /* password, token or proof; empty when none was in it */
};

struct sasl_mechanism {
	const char     *name;           /* a trailing * stands for any suffix */
	enum auth_class kind;
	bool            guessable_hard;
	void (*read)(unsigned step, struct span decoded, struct response *response_r);
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

/* [authzid] NUL authcid NUL passwd (RFC 4616, section 2): with another number of NULs nobody can tell a name from a
 * password, so all of it counts as the secret. */
static void
read_plain(unsigned step, struct span decoded, struct response *response_r)
{
	size_t nuls = 0;

	(void)step;
	for (size_t i = 0; i < decoded.len; i++)
		nuls += decoded.at[i] == '\0';
	if (nuls != 2) {
		response_r->secret = decoded;
		return;
	}
	take_until(&decoded, '\0');
	response_r->username = take_until(&decoded, '\0');
	response_r->secret = decoded;
}

static void
read_login(unsigned step, struct span decoded, struct response *response_r)
{
	if (step == 0)
		response_r->username = decoded;
	else
		response_r->secret = decoded;
}

static void
read_cram(unsigned step, struct span decoded, struct response *response_r)
{
	size_t name = decoded.len;

	(void)step;
	while (name > 0 && decoded.at[name - 1] != ' ')
		name--;
	if (name == 0)
		return;
	response_r->username = span_first(decoded, name - 1);
	response_r->secret = span_after(decoded, name);
}

static void
read_digest(unsigned step, struct span decoded, struct response *response_r)
{
	struct span name = value_of(decoded, ',', "username=\"");

	if (step > 0)
		return;
	if (name.len > 0 && name.at[name.len - 1] == '"')
		name.len--;
	response_r->username = name;
	response_r->secret = value_of(decoded, ',', "response=");
}

static void
read_scram(unsigned step, struct span decoded, struct response *response_r)
{
	if (step == 0)
		response_r->username = value_of(decoded, ',', "n=");
	else
		response_r->secret = value_of(decoded, ',', "p=");
}

static void
read_xoauth2(unsigned step, struct span decoded, struct response *response_r)
{
	if (step > 0)
		return;
	response_r->username = value_of(decoded, ctrl_a, "user=");
	response_r->secret = value_of(decoded, ctrl_a, "auth=Bearer ");
}

static void
read_oauthbearer(unsigned step, struct span decoded, struct response *response_r)
{
	struct span header = decoded;

	if (step > 0)
		return;
	header = take_until(&header, ctrl_a);
	response_r->username = value_of(header, ',', "a=");
	response_r->secret = value_of(decoded, ctrl_a, "auth=Bearer ");
}

/* The AUTHENTICATE_MESSAGE (MS-NLMP 2.2.1.3) has the user name's length at 36 and its offset at 40; its
 * characters are UTF-16LE, or OEM text where the flags at 60 lack NEGOTIATE_UNICODE.  The name is kept in
 * place, the odd zero bytes squeezed out. */
static void
read_ntlm(unsigned step, struct span decoded, struct response *response_r)
{
	struct cursor message = cursor_of(decoded), name_at = cursor_of(span_after(decoded, 36));
	struct span signature = cursor_take(&message, 8);
	uint32_t type = cursor_le(&message, 4), len, offset;

	(void)step;
	if (message.failed || memcmp(signature.at, "NTLMSSP", 8) != 0 || type != 3)
		return;
	len = cursor_le(&name_at, 2);
	cursor_le(&name_at, 2);
	offset = cursor_le(&name_at, 4);
	if (name_at.failed || offset > decoded.len || len > decoded.len - offset)
		return;
	response_r->username = span_from(decoded.at + offset, len);
	response_r->secret = decoded;
}

static void
read_external(unsigned step, struct span decoded, struct response *response_r)
{
	(void)step;
	response_r->username = decoded;
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
	{ "GSSAPI", AUTH_CLASS_GSSAPI, false, read_token },
	{ "GS2-*", AUTH_CLASS_GSSAPI, false, read_token },
	{ "GSS-SPNEGO", AUTH_CLASS_GSSAPI, false, read_token },
	{ "KERBEROS_V4", AUTH_CLASS_GSSAPI, false, read_token },
	{ "EXTERNAL", AUTH_CLASS_EXTERNAL, false, read_external },
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

/* UTF-16LE of mostly ASCII, as NTLM sends names: every other byte is zero. */
static struct span
squeeze(struct dialogue *d, struct span name)
{
	uint8_t *out = name.len > 0 ? arena_alloc(dialogue_arena(d), name.len) : NULL;
	size_t len = 0;

	if (out == NULL)
		return (struct span){ 0 };
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] != '\0')
			out[len++] = name.at[i];
	return span_from(out, len);
}

static void
take_response(struct sasl *sasl, struct dialogue *d, const struct response *response,
	struct span line)
{
	if (response->username.len > 0 && sasl->facts.username.len == 0)
		sasl->facts.username = dialogue_account(d, squeeze(d, response->username));
	if (response->secret.len == 0 || sasl->told_secret)
		return;
	sasl->told_secret = true;
	if (sasl->facts.kind == AUTH_CLASS_PASSWORD || sasl->facts.kind == AUTH_CLASS_TOKEN)
		sasl->facts.fingerprint = dialogue_fingerprint(d, response->secret);
	tell(sasl, d, CLIENT, EVENT_AUTH_SECRET, 0, line);
}

static void
wipe(struct buffer *buffer)
{
	if (buffer->at != NULL)
		explicit_bzero(buffer->at, buffer->room);
	buffer_free(buffer);
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
		dialogue_note(d, CLIENT, NOTE_BAD_BASE64, (struct span){ 0 });
	} else {
		sasl->mechanism->read(sasl->step, buffer_span(&decoded), &response);
		take_response(sasl, d, &response, line);
	}
	sasl->step++;
	wipe(&decoded);
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

/* Echoes ------------------------------------------------------------------------------------------ */

enum {
	ECHO_LEAST = 3,         /* shorter words repeat by chance */
};

static bool
occurs(struct span part, struct span whole)
{
	return part.len >= ECHO_LEAST && whole.len >= part.len &&
	       memmem(whole.at, whole.len, part.at, part.len) != NULL;
}

static bool
is_quoting(uint8_t c)
{
	return c < 0x80 && strchr("\"'`<>()[]{}:;,.!?", c) != NULL && c != '\0';
}

/* True when this word, or what it is wrapped in, was part of what the client sent. */
static bool
is_echo(struct span word, struct span sent, struct span decoded)
{
	while (word.len > 0 && is_quoting(word.at[0]))
		word = span_after(word, 1);
	while (word.len > 0 && is_quoting(word.at[word.len - 1]))
		word.len--;
	return occurs(word, sent) || occurs(word, decoded) ||
	       (sent.len >= ECHO_LEAST && occurs(sent, word));
}

void
sasl_redact_echo(struct buffer *out, struct span said, struct span sent)
{
	struct span words = sent, last = { 0 }, word;
	struct buffer decoded = { 0 };
	bool first = true;

	while (span_take_word(&words, &word))
		last = word;
	base64_decode(last, &decoded);
	while (span_take_word(&said, &word)) {
		if (!first)
			buffer_add_text(out, " ");
		first = false;
		if (is_echo(word, sent, buffer_span(&decoded)))
			buffer_add_text(out, "<redacted>");
		else
			buffer_add(out, word);
	}
	wipe(&decoded);
}
