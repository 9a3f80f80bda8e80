/* All that is known of one flow that carries a dialogue.  Dissectors' events and notes go in; rules and the
 * store read it.  Knows no protocol's syntax, no packets and no database.  Everything it keeps lives in its
 * own arena; lists are bounded, and what did not fit makes the session `truncated`. */
#ifndef STARTTRACE_MODEL_SESSION_H
#define STARTTRACE_MODEL_SESSION_H

#include "base/arena.h"
#include "base/buffer.h"
#include "model/event.h"
#include "model/footprint.h"
#include "model/policy.h"
#include "model/shape.h"
#include "model/signal.h"

/* How much of a kind is kept: the first ones.  What comes behind them makes the session `truncated`, and then each
 * count of such things, and all that is told of them, is the least that there was. */
enum {
	NAMES_MOST = 64,                /* of the client, that differ from the one before */
	LISTS_MOST = 64,                /* whose capabilities are kept */
	CAPABILITIES_MOST = 64,         /* of one list */
	MECHANISMS_MOST = 512,          /* bytes of the names of a list's mechanisms */
	AUTHS_MOST = 64,                /* logins; every secret is counted */
	AUTHS_RESERVED = 8,             /* ... that showed a secret, besides, and as many that were accepted */
	UPGRADES_MOST = 16,             /* requests for TLS; behind them one of each kind, the agreed, the latest ... */
	UPGRADES_HELD = 64,             /* ... up to this many */
	ASKS_QUOTED = 64,               /* ... and, of these, what was said */
	DOMAINS_MOST = 64,              /* of recipients; this alone says nothing of `truncated` */
	CONFLICTS_MOST = 8,             /* likewise; all are counted */
};

struct finding;

struct capability {
	struct capability *next;
	struct quote       quote;       /* the whole line; code = 1 for the TLS offer */
	struct span        auth;        /* mechanisms on offer in this line, space separated */
};

struct capability_list {
	struct capability *first, *last;
	size_t             count;
	bool               complete;
	bool               lossy;       /* bytes of the server are missing behind its beginning */
	bool               offers_tls;
	struct span        auth;        /* mechanisms on offer in any line, space separated */
	struct quote       auth_line;   /* the first line that offers some */
};

struct auth {
	struct auth      *next;
	struct auth_facts facts;
	struct quote      begin;        /* the line that named the mechanism */
	struct quote      secret;       /* the line that carried the secret or proof, redacted; seen if one did */
	struct quote      answer;       /* the final answer */
	bool              in_clear;
	enum known        tls_on_offer; /* whether TLS was on offer when the secret crossed */
};

/* One request to switch to TLS and what became of it. */
struct upgrade {
	struct upgrade *next;
	struct quote    asked;          /* code = enum ask_flag */
	struct quote    answer;
	enum known      agreed;
	enum known      offered;        /* in the list that was valid when it was asked */
	bool            after_login;    /* a login in clear had been accepted */
	bool            inside_transaction;
	struct quote    held;           /* client bytes between the ask and its answer; where.length counts them */
	struct quote    client_plain;   /* first client line after the agreement that is not TLS */
	struct quote    server_plain;   /* first server line after the agreement that is not TLS */
	struct quote    server_extra;   /* server bytes after the agreement that answer nothing sent after it */
	uint32_t        client_plain_lines, server_plain_lines;
};

struct alert {
	struct alert *next;
	struct quote  quote;            /* code = level << 8 | description */
	bool          encrypted_after;  /* keys were active on that side already:
	                                 * level and description are unreadable */
};

struct tls_state {
	struct quote             started;       /* first TLS record of the session */
	bool                     implicit;      /* TLS from the first byte */
	struct tls_client_hello *client_hello;  /* NULL until seen */
	struct tls_server_hello *server_hello;
	struct tls_server_hello *retry;         /* HelloRetryRequest */
	struct tls_key_exchange *key_exchange;
	struct quote             client_hello_at, server_hello_at, certificates_at, key_exchange_at;
	struct quote             client_certificates_at;
	struct certificate_chain chain;         /* the server's */
	uint32_t                 client_certificates;   /* how many the client sent */
	bool                     client_certificate_requested;
	bool                     certificate_status;    /* a stapled OCSP answer came */
	struct certificate_status *status;              /* what it says; NULL when it could not be read */
	struct quote             certificate_status_at;
	struct span              ticket_name;           /* of the first new session ticket:
	                                                 * its key's, hex; up to TLS 1.2 */
	enum known               resumed;
	struct alert            *alerts;
	bool                     cipher_changed[2];
	struct quote             encrypted[2];  /* first encrypted record of each side */
	struct quote             application[2];        /* ... of application data; in TLS 1.3 all are of this type */
	enum known               established;
	enum confidence          established_confidence;
	struct quote             established_at;
	struct quote             renegotiation, heartbeat_probe, garbage;
	struct quote             hello_cut;             /* the client's hello, if it came to no end */
};

/* That of a session without TLS, which needs no memory for one of its own. */
extern const struct tls_state tls_unseen;

struct note {
	struct note   *next;
	enum note_kind kind;
	uint32_t       count;           /* repeats are counted, the first one is quoted */
	struct quote   quote;
};

/* A domain that mail was accepted for. */
struct mail_domain {
	struct mail_domain *next;
	struct span         name;       /* lower case */
};

/* What tells one mail from another without keeping whose it is. */
struct mail_traits {
	uint32_t            envelope_mark;      /* of sender and recipients of the first mail; 0 without one */
	struct span         sender_domain;      /* of the first mail */
	struct mail_domain *recipient_domains, *last_domain;    /* of all mails, each once */
	size_t              domain_count;
	uint64_t            content_octets;     /* of the first message in clear */
	struct span         queue_id;           /* of the first message that was accepted */
};

/* A second opinion on what the flow carries. */
struct second_opinion {
	struct span protocol;           /* nDPI's name, e.g. "SMTP" or "TLS.GMail"; empty when it gave none */
	struct span risks;              /* names of its flow risks, comma separated */
	bool        disagrees;          /* it names another protocol */
};

/* Bytes that were sent again with other values. */
struct conflict {
	struct conflict *next;
	struct quote     quote;
};

struct session {
	struct arena  *arena;
	struct budget *budget;
	size_t         charged;         /* bytes of the transcript, taken from the budget */
	const char    *protocol;        /* "smtp", ...; "tls" where nothing tells which */
	struct endpoint client, server;
	uint32_t       vlan;            /* of its first frame: outer << 16 | inner tag, 0 for none */
	uint32_t       other_vlan;      /* of the other direction; `vlan` where it is the same or was not seen */
	struct span    interface;       /* by which all its frames came; empty where the capture has but one */
	uint64_t       serial;          /* no other session of the run has it */
	bool           ongoing;         /* a snapshot: the session goes on */
	bool           shown;           /* a snapshot of it was handed out */
	struct moment  first, last;     /* of the flow */
	uint64_t       frames;
	uint64_t       bytes[2];        /* payload bytes seen per side */

	/* what the capture did not show */
	bool midstream;                 /* no SYN seen */
	bool one_sided;                 /* payload of one side only, though the other acknowledged or spoke unseen */
	bool gap;                       /* bytes are missing */
	bool truncated;                 /* the snaplen, or a limit of ours, cut something: counts are lower bounds */
	bool open;                      /* the capture ended before the connection did */
	bool end_seen;                  /* an RST, or the FIN of each side */
	uint64_t lost, lost_of;         /* frames of the whole capture, while the
	                                 * session lasted: dropped, and all of them */
	uint64_t gap_bytes[2];
	uint64_t acked_unseen[2];       /* of these, what the other side acknowledged */
	struct quote gap_at;            /* the first gap in either stream, where the bytes should have been */
	const char *closed_by;          /* "fin", "rst", "idle", "end of capture", ... */
	enum side   closed_first;       /* who sent the first FIN or RST, when closed_by says one */
	struct quote closed;            /* that FIN or RST; not seen when the connection ended otherwise */
	int64_t     spoke_ns[2];        /* when each side was last heard */
	uint32_t    initial_sequence[2];        /* of both SYNs; 0 when unknown */

	/* the dialogue */
	struct quote           greeting;
	struct quote           service_refused;         /* the greeting, where it is a refusal */
	struct quote           preauthenticated;        /* ... where it says that the client is logged in */
	struct quote           client_name;             /* the one the server accepted, else the first */
	bool                   name_accepted;
	struct quote           asked_host;              /* the host that the client wants,
	                                                 * by the name it gave in clear */
	struct quote           told_name;               /* the latest one, accepted or not */
	uint32_t               names, lists;            /* told so far: names that differ from the one before; lists */
	struct quote           refused_name;            /* an extended name the server refused */
	struct quote           basic_name;              /* HELO */
	struct capability_list capabilities;            /* the first complete list before TLS, else the first */
	struct capability_list current;                 /* the one that is valid now */
	struct upgrade        *upgrades, *last_upgrade; /* in order; the agreed one and the latest are always there */
	uint32_t               asks;                    /* all requests for TLS */
	struct auth           *auths, *last_auth;       /* not all of them, if there are many */
	struct auth           *late_auth;               /* the latest one that found no room there */
	struct quote           first_command;
	struct quote           application;             /* first application data in clear */
	uint32_t               application_latest;      /* order of the latest */
	struct quote           entry;                   /* first record of the server's data in clear */
	uint32_t               entries;
	struct quote           login_needs_tls;         /* the list that says so, before TLS */
	struct quote           tls_required, auth_required, tls_or_auth_required;
	struct quote           tls_policy_refused, temporary_refused;
	struct conflict       *conflicts;               /* the first CONFLICTS_MOST */
	uint32_t               conflict_count;          /* all of them */
	const struct shape    *shapes;                  /* of its segments, in capture
	                                                 * order, as far as they were kept */
	uint32_t               resets;                  /* RSTs with different sequence numbers, even odd ones */
	uint32_t               after_reset[2];          /* segments of a side with new bytes, within 3 s of the RST */
	struct quote           mail, recipient, content, content_accepted, quit;
	uint32_t               mails, recipients;
	uint32_t               messages;                /* complete bodies in clear */
	uint32_t               messages_accepted;
	uint32_t               messages_unanswered;     /* of `messages`, those that nobody
	                                                 * answers, whoever sent them */
	uint32_t               messages_fetched;        /* ... those that the client fetched */
	uint32_t               recipients_refused;
	struct mail_traits     traits;
	uint32_t               commands, answers;
	uint32_t               secrets;                 /* reusable secrets in clear */
	uint32_t               exposed;                 /* enum exposure */
	const struct tls_state *tls;                    /* tls_unseen until TLS begins */
	struct note           *notes;
	struct second_opinion  opinion;

	/* the transcript: a JSON array of [microseconds since first, frame, "C" or "S", kind, text] and, in a later
	 * capture than the first, its number, without its closing bracket, since it grows */
	struct buffer transcript;
	uint32_t      lines, lines_left_out;
	uint32_t      order;                            /* events so far */

	const struct policy *policy;    /* what the user says of his networks; NULL when he says nothing */

	/* the judgement, filled by verdict.c and the rules */
	const struct signal *signals;   /* of tampering, in the order they were gathered; set before the verdict */
	size_t          signal_count;
	enum interference interference; /* what they add up to */
	int             interference_points;
	enum verdict    verdict;
	char            tls_grade;      /* 'A' to 'F', or 0 */
	struct finding *findings;       /* in the order of the rules */
	enum severity   severity;       /* the worst finding's */
	bool            has_findings;
	struct footprint *footprint;    /* what other sessions are compared with; NULL without memory for it */
};

/* NULL when the budget is spent.  Owns its arena. */
struct session *session_new(struct budget *budget);
void            session_free(struct session **session);

/* Takes in one event or note; copies what it keeps. */
void session_event(struct session *session, const struct event *event);
void session_note(struct session *session, enum note_kind kind, enum side side,
	const struct where *where, struct span quote);

/* NULL when the session has no such note. */
const struct note *session_find_note(const struct session *session, enum note_kind kind);

/* True when nothing was missing, in either direction, before the event of this order: both sides seen from the start of
 * the connection, no gap.  For the session's own judgement of how it ended, and for its tests. */
bool session_is_clean(const struct session *session, uint32_t order);

/* What the capture shows of the TLS offer: YES where the line was seen, NO from a complete list before TLS, else
 * UNKNOWN. */
enum known session_offer(const struct session *session);

/* Whether the client asked for TLS.  NO is known only when all that it said is; under TLS from the first byte there is
 * no asking. */
enum known session_tls_requested(const struct session *session);

/* Whether a TLS record came, and whether a handshake was completed. */
enum known session_tls_started(const struct session *session);
enum known session_tls_established(const struct session *session);

/* Whether what the client sent in clear can be counted (messages, secrets): not if its side is missing, or the capture
 * begins inside TLS. */
bool session_client_was_seen(const struct session *session);

/* Whether a count of them is worth telling: where the client was not seen, what the server's side shows of them is. */
bool session_count_is_known(const struct session *session, uint32_t count);

enum {
	REPLY_TEXT_SIZE = 12,
	CIPHER_TEXT_SIZE = sizeof("0x0000"),
};

/* The server's answer to the request for TLS: its code, or its first word where the protocol has none; empty when none
 * was seen.  Borrows from the session or from `number`. */
struct span session_starttls_reply(const struct session *session, char number[REPLY_TEXT_SIZE]);

/* The suite that the server chose, by its registered name or else its number; NULL when it is not known.  A constant,
 * or `unnamed`. */
const char *session_cipher(const struct session *session, char unnamed[CIPHER_TEXT_SIZE]);

/* The application protocol (ALPN) that the server chose; TLS 1.3 encrypts that: then what the client offered. */
struct span session_next_protocol(const struct session *session);

/* What the capture lacks of the session, as a set. */
enum session_lack {
	LACKS_START = 1,                /* "midstream" */
	LACKS_SIDE = 2,                 /* "one-sided" */
	LACKS_BYTES = 4,                /* "gap" */
	LACKS_TAIL = 8,                 /* "truncated" */
	LACKS_END = 16,                 /* "open" */
};

/* A set of enum session_lack; 0 for a session that was seen in full. */
unsigned session_lacks(const struct session *session);

/* Adds these words with commas between them, or "full": column `complete` of v_session. */
void session_complete(struct buffer *out, const struct session *session);

/* The upgrade that counts: the agreed one, else the last one asked; NULL when none was. */
const struct upgrade *session_upgrade(const struct session *session);

/* Users log in here (submission, mailbox access), as against relay between servers. */
bool session_is_access(const struct session *session);

/* Client and server are one machine. */
bool session_is_local(const struct session *session);
bool hosts_are_one(const struct address *client, const struct address *server);

/* The first verdict, from what the capture does not show to full protection, whose question holds for the session. */
enum verdict session_verdict(const struct session *session);

/* 'A' good, 'B' acceptable, 'C' outdated or weak, 'F' broken, 0 for no TLS or unknown. */
char session_tls_grade(const struct session *session);

#endif
