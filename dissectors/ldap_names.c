/* The names of LDAP's result codes, object identifiers and attributes. */
#include "ldap_names.h"

#include "base/table.h"

#include <ctype.h>

enum {
	OID_MOST = 64,
	DN_PARTS_MOST = 16,
};

static const char starttls[] = "1.3.6.1.4.1.1466.20037";
static const char disconnection[] = "1.3.6.1.4.1.1466.20036";
static const char password_change[] = "1.3.6.1.4.1.4203.1.11.1";

const char *
ldap_code_name(uint32_t code)
{
	static const struct {
		uint32_t    code;
		const char *name;
	} names[] = {
		{ 0, "success" }, { 1, "operationsError" }, { 2, "protocolError" }, { 3, "timeLimitExceeded" },
		{ 4, "sizeLimitExceeded" }, { 5, "compareFalse" }, { 6, "compareTrue" },
		{ 7, "authMethodNotSupported" }, { 8, "strongerAuthRequired" }, { 10, "referral" },
		{ 11, "adminLimitExceeded" }, { 12, "unavailableCriticalExtension" },
		{ 13, "confidentialityRequired" }, { 14, "saslBindInProgress" }, { 16, "noSuchAttribute" },
		{ 17, "undefinedAttributeType" }, { 18, "inappropriateMatching" }, { 19, "constraintViolation" },
		{ 20, "attributeOrValueExists" }, { 21, "invalidAttributeSyntax" }, { 32, "noSuchObject" },
		{ 33, "aliasProblem" }, { 34, "invalidDNSyntax" }, { 36, "aliasDereferencingProblem" },
		{ 48, "inappropriateAuthentication" }, { 49, "invalidCredentials" },
		{ 50, "insufficientAccessRights" }, { 51, "busy" }, { 52, "unavailable" },
		{ 53, "unwillingToPerform" }, { 54, "loopDetect" }, { 64, "namingViolation" },
		{ 65, "objectClassViolation" }, { 66, "notAllowedOnNonLeaf" }, { 67, "notAllowedOnRDN" },
		{ 68, "entryAlreadyExists" }, { 69, "objectClassModsProhibited" }, { 71, "affectsMultipleDSAs" },
		{ 80, "other" },
	};

	for (size_t i = 0; i < TABLE_LENGTH(names); i++)
		if (names[i].code == code)
			return names[i].name;
	return "unknown";
}

bool
ldap_is_oid(struct span oid)
{
	for (size_t i = 0; i < oid.len; i++)
		if (!isdigit(oid.at[i]) && oid.at[i] != '.')
			return false;
	return oid.len > 2 && oid.len <= OID_MOST && isdigit(oid.at[0]) && span_has(oid, ".");
}

const char *
ldap_oid_name(struct span oid)
{
	static const struct {
		const char *oid, *name;
	} names[] = {
		{ starttls, "StartTLS" },
		{ disconnection, "notice of disconnection" },
		{ password_change, "password modify" },
		{ "1.3.6.1.4.1.4203.1.11.3", "who am I" },
		{ "1.3.6.1.1.8", "cancel" },
		{ "1.3.6.1.1.21.1", "start transaction" },
		{ "1.3.6.1.1.21.3", "end transaction" },
		{ "1.3.6.1.4.1.1466.101.119.1", "dynamic refresh" },
		{ "1.2.840.113556.1.4.1781", "fast bind" },
	};

	for (size_t i = 0; i < TABLE_LENGTH(names); i++)
		if (span_is(oid, names[i].oid))
			return names[i].name;
	return NULL;
}

bool
ldap_is_starttls(struct span oid)
{
	return span_is(oid, starttls);
}

bool
ldap_is_password_change(struct span oid)
{
	return span_is(oid, password_change);
}

bool
ldap_is_disconnection(struct span oid)
{
	return span_is(oid, disconnection);
}

/* Without its options (RFC 4512, section 2.5.2). */
static struct span
attribute_type(struct span attribute)
{
	return span_first(attribute, span_find(attribute, ";"));
}

bool
ldap_is_password(struct span attribute)
{
	static const char *const names[] = { "userPassword", "2.5.4.35", "unicodePwd", "1.2.840.113556.1.4.90" };
	struct span type = attribute_type(attribute);

	return span_is_any(type, names, TABLE_LENGTH(names));
}

bool
ldap_is_extensions(struct span attribute)
{
	struct span type = attribute_type(attribute);

	return span_is(type, "supportedExtension") || span_is(type, "1.3.6.1.4.1.1466.101.120.7");
}

bool
ldap_is_all_operational(struct span attribute)
{
	return span_is(attribute, "+");
}

/* Up to the next comma that no backslash escapes (RFC 4514, section 2.1), with what stands between. */
static struct span
take_part(struct span *rest)
{
	size_t end = 0;
	struct span part;

	while (end < rest->len && rest->at[end] != ',')
		end += rest->at[end] == '\\' && end + 1 < rest->len ? 2 : 1;
	part = span_first(*rest, end);
	*rest = span_after(*rest, end + 1);
	return span_trim(part);
}

/* Domains, organisations and where they are. */
static bool
names_place(struct span type)
{
	static const char *const types[] = { "dc", "o", "ou", "c", "l", "st" };

	return span_is_any(type, types, TABLE_LENGTH(types));
}

static bool
is_type(struct span type)
{
	for (size_t i = 0; i < type.len; i++)
		if (!isalnum(type.at[i]) && type.at[i] != '-' && type.at[i] != '.')
			return false;
	return type.len > 0 && type.len <= 32;
}

/* A part of several attributes, joined by "+", is shown by its first one's type alone. */
static void
quote_part(struct buffer *out, struct span part)
{
	size_t equals = span_find(part, "=");
	struct span type = span_trim(span_first(part, equals));

	if (equals < part.len && names_place(type) && !span_has(part, "+")) {
		buffer_add(out, part);
		return;
	}
	if (equals < part.len && is_type(type)) {
		buffer_add(out, type);
		buffer_add_text(out, "=");
	}
	buffer_add_text(out, "<redacted>");
}

void
ldap_quote_dn(struct buffer *out, struct span dn)
{
	size_t parts = 0;

	while (dn.len > 0 && parts++ < DN_PARTS_MOST) {
		buffer_add_text(out, parts > 1 ? "," : "");
		quote_part(out, take_part(&dn));
	}
	if (dn.len > 0)
		buffer_add_text(out, ",...");
}
