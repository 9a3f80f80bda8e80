/* Connections beside a protected session that move in clear what belongs to it. */
#include "engine/companions.h"

#include "base/clock.h"
#include "engine/contact.h"
#include "engine/flow_facts.h"
#include "lines.h"

#include <stdio.h>

enum {
	PORT_ASSIGNED_MOST = 1023,      /* servers wait for data on higher ones (RFC 959, section 3.2) */
	PLACE_MOST = 64,
};

/* From a word of the session to the connection that it announced, or the other way round. */
static const int64_t together_ns = 2 * NS_PER_SECOND;

void
companions_begin(struct companions *companions, struct flow *flow)
{
	companions->count += companions->sessions[companions->next] == NULL;
	companions->sessions[companions->next] = flow;
	companions->next = (companions->next + 1) % COMPANIONS_MOST;
}

void
companions_end(struct companions *companions, const struct flow *flow)
{
	for (size_t i = 0; companions->count > 0 && i < COMPANIONS_MOST; i++)
		if (companions->sessions[i] == flow) {
			companions->sessions[i] = NULL;
			companions->count--;
			return;
		}
}

/* Whether what each host sends travels as it does in the session, as far as it was seen; `client` is the side of the
 * flow that is the session's client. */
static bool
is_in_same_vlans(const struct flow *session, const struct flow *flow, enum side client)
{
	for (enum side side = CLIENT; side <= SERVER; side++) {
		const struct stream *one = &session->stream[side];
		const struct stream *other = &flow->stream[client == CLIENT ? side : side_other(side)];

		if (one->vlan_known && other->vlan_known && one->vlan != other->vlan)
			return false;
	}
	return true;
}

/* The client opens it to a high port, or the server from the port below its own. */
static bool
is_between(const struct flow *session, const struct flow *flow)
{
	const struct endpoint *ends = session->ends;

	if (address_equal(&flow->ends[CLIENT].address, &ends[CLIENT].address) &&
	    address_equal(&flow->ends[SERVER].address, &ends[SERVER].address) &&
	    flow->ends[SERVER].port > PORT_ASSIGNED_MOST && is_in_same_vlans(session, flow, CLIENT))
		return true;
	return address_equal(&flow->ends[CLIENT].address, &ends[SERVER].address) &&
	       address_equal(&flow->ends[SERVER].address, &ends[CLIENT].address) &&
	       flow->ends[CLIENT].port + 1 == ends[SERVER].port && is_in_same_vlans(session, flow, SERVER);
}

static bool
is_protected(const struct session *session, int64_t since_ns)
{
	return session->tls->established == YES && session->tls->established_at.where.first.time_ns <= since_ns;
}

/* The protected session that this flow goes with; the latest of several. */
static const struct flow *
session_of(const struct companions *companions, const struct flow *flow)
{
	const struct flow *found = NULL;

	for (size_t i = 0; companions->count > 0 && i < COMPANIONS_MOST; i++) {
		const struct flow *one = companions->sessions[i];
		const struct contact *contact = one != NULL ? one->owner : NULL;

		if (contact != NULL && contact->session != NULL && is_between(one, flow) &&
		    is_protected(contact->session, flow->first.time_ns) &&
		    (found == NULL || one->first.time_ns > found->first.time_ns))
			found = one;
	}
	return found;
}

bool
companions_suspect(const struct companions *companions, const struct flow *flow, const struct span heads[2])
{
	const struct flow *session;

	if (companions->count == 0 || !flow_seen_from_start(flow) || flow->stream[CLIENT].gap_bytes > 0 ||
	    flow->stream[SERVER].gap_bytes > 0)
		return false;
	for (size_t side = CLIENT; side <= SERVER; side++)
		if (heads[side].len > 0 && lines_guess_tls(heads[side]) != TLS_GUESS_NO)
			return false;
	session = session_of(companions, flow);
	return session != NULL && flow->first.time_ns - session->last.time_ns <= together_ns;
}

void
companions_tell(const struct companions *companions, const struct flow *flow)
{
	const struct flow *session = session_of(companions, flow);
	const struct contact *contact = session != NULL ? session->owner : NULL;
	bool upwards = flow->stream[CLIENT].payload_bytes > 0, downwards = flow->stream[SERVER].payload_bytes > 0;
	struct where where = { .first = flow->first, .last = flow->first };
	char text[PLACE_MOST];

	if (contact == NULL || upwards == downwards)
		return;
	snprintf(text, sizeof(text), "a connection from port %u to port %u", (unsigned)flow->ends[CLIENT].port,
		(unsigned)flow->ends[SERVER].port);
	session_note(contact->session, NOTE_DATA_IN_CLEAR, upwards ? CLIENT : SERVER, &where, span_of(text));
}
