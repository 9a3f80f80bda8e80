/* A finding as outlets tell it, whoever made it: a rule, from one session, or history, from several.  Everything is
 * borrowed from what it was made of. */
#ifndef STARTTRACE_SENSOR_NOTICE_H
#define STARTTRACE_SENSOR_NOTICE_H

#include "model/identity.h"
#include "sensor/outlet.h"

/* Who spoke to whom, where it was seen, and since when. */
struct parties {
	struct endpoint client, server;
	uint32_t        vlan;           /* of its first frame: outer << 16 | inner tag, 0 for none */
	struct span     protocol;
	struct span     vantage;        /* as v_session has it */
	struct span     interface;      /* empty when not known */
	int64_t         started_ns;
	char            identity[IDENTITY_TEXT_SIZE];
};

struct notice {
	struct parties  parties;
	int64_t         at_ns;          /* the deciding frame's time, else the end of what was seen */
	const char     *kind, *title;
	enum telling    telling;
	enum severity   severity;
	enum confidence confidence;
	int             score;
	uint32_t        count;
	struct quote    evidence;
	struct span     reasons;
	struct span     rests_on;       /* identities of other sessions, with commas between */
	const struct session *session;  /* NULL for history's */
};

/* Borrows from both. */
struct parties parties_of_session(const struct outlet_origin *origin, const struct session *session);

/* `origin` names the kinds. */
struct notice notice_of_finding(const struct outlet_origin *origin, const struct session *session,
	const struct finding *finding, enum telling telling);
struct notice notice_of_word(const struct outlet_origin *origin, const struct footprint *footprint,
	const struct hindsight_word *word);

/* What is left of a notice when one line must do: "192.0.2.10 -> 192.0.2.20:25 smtp  title (confidence, times): quote",
 * printable whatever was sent, the quote cut. */
void notice_write(struct buffer *out, const struct notice *notice);

/* "192.0.2.20:25", "[2001:db8::1]:25". */
void endpoint_write(struct buffer *out, const struct endpoint *end);

/* The frames in question as Wireshark filters for them: column `wireshark_filter` of v_finding. */
void notice_filter(struct buffer *out, const struct notice *notice);

#endif
