/* What the files of the dissector xmpp share: the state of one dialogue, what a login by iq is, and the way back. */
#ifndef STARTTRACE_DISSECTORS_XMPP_STATE_H
#define STARTTRACE_DISSECTORS_XMPP_STATE_H

#include "lines.h"
#include "sasl.h"
#include "xmpp_xml.h"

enum {
	UNIT_MOST = 16384,      /* of an element, this much is read, the rest passed over */
};

/* Where a side's stream stands. */
struct xmpp_half {
	struct xml_scan scan;           /* of the unit that is not whole yet */
	uint64_t        offset;         /* where that unit begins */
	size_t          at;             /* how much of it was read */
	bool            passing;        /* inside an element that is too long */
	uint64_t        octets;         /* ... of it so far */
	bool            is_content;     /* ... a message with a body */
	bool            begun;          /* a unit was taken */
	bool            unsure;         /* inside what is not known: bytes are missing, or the capture begins here */
	bool            fresh;          /* ... just behind them */
	bool            nested;         /* ... and an element began in it */
	bool            lossy;          /* bytes were missing once */
};

struct xmpp {
	struct xmpp_half half[2];
	struct sasl      sasl;
	uint64_t         login;         /* mark of the iq that logs in; 0 when none waits for its answer */
	bool             by_handshake;  /* a component's login waits for its answer */
	bool             tls_asked;     /* ... and so does the ask */
	bool             compress_asked;
	bool             list_open;     /* the list goes on behind an end tag that is not its own */
	bool             greeted;
	bool             listed;        /* features were told */
	bool             logged_in;     /* what is on offer from here on says nothing of TLS any more */
	bool             named;         /* the client's first stream header came */
	bool             between_servers;
	bool             guarded;       /* the client may have sent a secret, which the server may repeat */
};

/* What hangs on an element of this name. */
enum xmpp_kind {
	XMPP_UNKNOWN,
	XMPP_ROOT,              /* the stream itself */
	XMPP_STANZA,
	XMPP_WEIGHTY,           /* a secret, or an agreement */
};

/* What an element of this name is when this side sends it; XMPP_UNKNOWN for any name that is not in the table. */
enum xmpp_kind xmpp_kind_of(enum side side, struct span name);

/* Takes a unit, as xml_scan found it. */
enum step xmpp_unit(struct dialogue *d, enum side side, struct span unit);

/* A message with a body has ended. */
void xmpp_content(struct dialogue *d, enum side side, uint64_t octets);

/* Tells of one that belongs nowhere. */
void xmpp_unknown(struct dialogue *d, enum side side);

/* Adds a start tag; of attributes only those that name hosts and the stream, of addresses only the domain. */
void xmpp_quote_header(struct buffer *out, const struct xml_element *element);

/* Adds "<name>"; its name must be one of a table here. */
void xmpp_quote_name(struct buffer *out, const struct xml_element *element);

/* The domain of an address (RFC 7622, section 3.1). */
struct span xmpp_domain(struct span address);

/* The condition of an error, as a word of the table of those that are defined; empty for none (RFC 6120, sections
 * 4.9.3, 6.5 and 8.3.3). */
struct span xmpp_condition(struct span content);

/* Whether the error demands TLS. */
bool xmpp_demands_tls(struct span condition, struct span content);

/* Stream headers and features (RFC 6120, section 4). */
enum step xmpp_client_header(struct dialogue *d, const struct xml_element *element);
enum step xmpp_server_header(struct dialogue *d, const struct xml_element *element);
enum step xmpp_features(struct dialogue *d, const struct xml_element *element);

/* One more feature of a list that is open, and its end. */
void xmpp_feature(struct dialogue *d, const struct xml_element *element);
void xmpp_features_end(struct dialogue *d);

/* SASL (RFC 6120, section 6): the client's elements, then the server's. */
enum step xmpp_auth(struct dialogue *d, const struct xml_element *element);
enum step xmpp_response(struct dialogue *d, const struct xml_element *element);
enum step xmpp_abort(struct dialogue *d, const struct xml_element *element);
enum step xmpp_challenge(struct dialogue *d, const struct xml_element *element);
enum step xmpp_success(struct dialogue *d, const struct xml_element *element);
enum step xmpp_sasl_failure(struct dialogue *d, const struct xml_element *element);

/* Lets the client, who waited for an answer, go on. */
void xmpp_release(struct dialogue *d, const char *behind);

/* A component's login and the answer to it (XEP-0114). */
enum step xmpp_handshake(struct dialogue *d, const struct xml_element *element);
enum step xmpp_handshake_answered(struct dialogue *d, const struct xml_element *element);

/* What an iq of the client says of a login (XEP-0078, XEP-0077), and what one of the server answers to it. */
void xmpp_iq_asked(struct dialogue *d, const struct xml_element *element);
void xmpp_iq_answered(struct dialogue *d, const struct xml_element *element, struct span line);

/* The login that waits, if one does, is over. */
void xmpp_login_ends(struct dialogue *d, enum auth_outcome outcome, struct span line);

#endif
