/* What the files of the dissector ldap share: the state of one dialogue, a message, a result, what waits for an
 * answer. */
#ifndef STARTTRACE_DISSECTORS_LDAP_STATE_H
#define STARTTRACE_DISSECTORS_LDAP_STATE_H

#include "ber.h"
#include "sasl.h"

enum {
	WAITING_MOST = 32,              /* requests; clients send a few ahead at most */
};

/* Which request waits; 0 for a free place. */
enum ldap_waits {
	WAITS_NOTHING,
	WAITS_OTHER,                    /* nothing hangs on its answer */
	WAITS_SEARCH,
	WAITS_BIND,
	WAITS_NEGOTIATION,              /* a bind whose consent ends a step only (MS-ADTS, section 5.1.1.1.3) */
	WAITS_PASSWORD,                 /* a password was set, changed or compared */
	WAITS_STARTTLS,
};

struct waiting {
	uint32_t id;
	uint8_t  kind;                  /* enum ldap_waits */
	bool     asks_extensions;       /* a search that names the attribute with the extensions, of the root */
	bool     asks_operational;      /* ... or all attributes of its kind */
	bool     told_list, has_extensions, has_operational;    /* what the root entry showed */
	uint32_t entries;
	uint32_t serial;                /* of the login */
};

struct ldap {
	struct sasl    bind;
	struct sasl    change;          /* of a password */
	struct waiting waiting[WAITING_MOST];
	size_t         next;            /* place to be given up next */
	bool           stepping;        /* the server asked for a further step of the bind */
	bool           may_wrap;        /* a mechanism was used that may protect all that follows */
	bool           unsure[2];       /* the place in this side's stream is lost */
};

/* One LDAPMessage (RFC 4511, section 4.1.1). */
struct message {
	uint32_t    id;
	uint8_t     tag;                /* of the operation */
	struct span body;               /* of the operation; what is there of it */
	bool        cut;                /* it is not all there: the message is too large to wait for */
};

/* An LDAPResult (section 4.1.9). */
struct result {
	uint32_t    code;
	struct span diagnostic;
	struct span referral;           /* the first of them, or empty */
};

enum ldap_code {
	CODE_SUCCESS = 0,
	CODE_OPERATIONS_ERROR = 1,
	CODE_COMPARE_TRUE = 6,
	CODE_STRONGER_AUTH = 8,
	CODE_REFERRAL = 10,
	CODE_CONFIDENTIALITY = 13,
	CODE_BIND_IN_PROGRESS = 14,
	CODE_BUSY = 51,
	CODE_UNAVAILABLE = 52,
};

/* The request with this ID that waits; NULL when none does.  A place for one more: where all are taken, one is given
 * up. */
struct waiting *ldap_find(struct ldap *s, uint32_t id);
struct waiting *ldap_wait(struct ldap *s, uint32_t id, enum ldap_waits kind);

/* Tells a line: "#" and the message's ID, lest it look like a reply code, its operation by name, and `rest`, which is
 * redacted. */
void ldap_tell(struct dialogue *d, const struct message *m, enum event_kind kind, uint32_t code, const char *name,
	struct span rest);

/* Requests; each is told with all that follows from it. */
enum step ldap_bind(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_search(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_write(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_compare(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_extended(struct dialogue *d, const struct message *m, const char *name);

/* Answers. */
enum step ldap_bound(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_entry(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_reference(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_done(struct dialogue *d, const struct message *m, const char *name);
enum step ldap_answered(struct dialogue *d, const struct message *m, const char *name);

/* The login that waited ends with this result. */
void ldap_login_ended(struct dialogue *d, const struct waiting *waiting, const struct result *result, struct span line);

#endif
