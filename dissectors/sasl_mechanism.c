/* What the responses of each mechanism hold.  One row a mechanism, one function for each form of response: RFC 4616
 * (PLAIN), draft-murchison-sasl-login (LOGIN), RFC 2195 (CRAM-MD5), RFC 2831 (DIGEST-MD5), RFC 5802 (SCRAM), RFC 7628
 * (OAUTHBEARER), RFC 2808 (SECURID), MS-NLMP (NTLM). */
#include "sasl_mechanism.h"

#include "base/cursor.h"
#include "base/table.h"

#include <ctype.h>
#include <string.h>

enum {
	DIGEST_HEX = 32,        /* an MD5 digest in hexadecimal */
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

bool
sasl_is_name(struct span name)
{
	return name.len > 0 && memchr(name.at, '\0', name.len) == NULL;
}

/* Names and passwords look alike: the prompt tells which is which, or, without one, their order. */
static void
read_login(unsigned step, struct span decoded, struct response *response_r)
{
	if (step == 0 && sasl_is_name(decoded))
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

/* authorization-id NUL authentication-id NUL passcode NUL, and a PIN and its NUL where the server asked for one; the
 * last two are digits (RFC 2808, section 4). */
static void
read_securid(unsigned step, struct span decoded, struct response *response_r)
{
	struct span rest = decoded, name, passcode, pin;
	uint64_t number;

	(void)step;
	take_until(&rest, '\0');
	name = take_until(&rest, '\0');
	passcode = take_until(&rest, '\0');
	pin = take_until(&rest, '\0');
	response_r->secret = decoded;
	if (name.len == 0 || !span_number(passcode, &number) || (pin.len > 0 && !span_number(pin, &number)) ||
	    rest.len > 0 || decoded.at[decoded.len - 1] != '\0')
		return;
	response_r->username = name;
	response_r->secret = passcode;
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
	{ "SECURID", AUTH_CLASS_ONE_TIME, false, read_securid },
};

const struct sasl_mechanism sasl_unknown_mechanism = { "", AUTH_CLASS_UNKNOWN, false, read_nothing };

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

const struct sasl_mechanism *
sasl_find_mechanism(struct span word)
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
	return &sasl_unknown_mechanism;
}

/* Names as they are written ---------------------------------------------------------------------- */

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

void
sasl_add_name(struct buffer *out, const struct response *response)
{
	struct cursor wide = cursor_of(response->username);
	struct span name = response->username;
	uint8_t character[4];

	while (response->wide ? wide.left >= 2 : name.len > 0) {
		size_t len = 1;

		if (response->wide)
			len = put_utf8(character, take_utf16(&wide));
		else
			character[0] = take_character(&name, response->escape);
		buffer_add(out, span_from(character, len));
	}
}
