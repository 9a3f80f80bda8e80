/* The names of LDAP's result codes, object identifiers and attributes, and what of a name of an entry may be shown. */
#ifndef STARTTRACE_DISSECTORS_LDAP_NAMES_H
#define STARTTRACE_DISSECTORS_LDAP_NAMES_H

#include "base/buffer.h"

/* As RFC 4511, appendix A, names it; "unknown" for others. */
const char *ldap_code_name(uint32_t code);

/* Digits and dots, as RFC 4512, section 1.4 has it, and short enough to be one. */
bool ldap_is_oid(struct span oid);

/* What it is called, or NULL. */
const char *ldap_oid_name(struct span oid);

/* The operations and notices that matter here, by their numbers; no other word is one. */
bool ldap_is_starttls(struct span oid);                 /* RFC 4511, section 4.14 */
bool ldap_is_password_change(struct span oid);          /* RFC 3062 */
bool ldap_is_disconnection(struct span oid);            /* RFC 4511, section 4.4.1 */

/* Whether values of this attribute, options apart, are passwords. */
bool ldap_is_password(struct span attribute);

/* Whether it names the attribute that lists extensions, by name or number; or all operational ones (RFC 3673). */
bool ldap_is_extensions(struct span attribute);
bool ldap_is_all_operational(struct span attribute);

/* Adds a distinguished name (RFC 4514) of which the parts that name places in the tree are shown, those that may name a
 * person are not. */
void ldap_quote_dn(struct buffer *out, struct span dn);

#endif
