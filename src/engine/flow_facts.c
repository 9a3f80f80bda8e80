/* What a flow tells its session. */
#include "engine/flow_facts.h"

bool
flow_seen_from_start(const struct flow *flow)
{
	return flow->stream[CLIENT].syn_seen || flow->stream[SERVER].syn_seen;
}

static bool
end_is_seen(const struct flow *flow)
{
	const struct stream *client = &flow->stream[CLIENT], *server = &flow->stream[SERVER];

	return client->rst_seen || server->rst_seen || (client->fin_seen && server->fin_seen);
}

void
flow_facts_take(struct session *session, const struct flow *flow)
{
	session->client = flow->ends[CLIENT];
	session->server = flow->ends[SERVER];
	session->vlan = flow->vlan;
	session->other_vlan = flow_other_vlan(flow);
	session->last = flow->last;
	session->frames = flow->frames;
	session->midstream = !flow_seen_from_start(flow);
	session->end_seen = end_is_seen(flow);
	session->one_sided = !flow->stream[CLIENT].began || !flow->stream[SERVER].began;
	if (flow->mixed)
		session->interface = (struct span){ 0 };
	for (size_t side = CLIENT; side <= SERVER; side++) {
		session->acked_unseen[side] = flow->stream[side].acked_unseen;
		session->bytes[side] = flow->stream[side].payload_bytes;
		if (flow->stream[side].syn_seen)
			session->initial_sequence[side] = flow->stream[side].syn;
	}
}

static void
note_flow(struct session *session, enum note_kind kind, enum side side, const struct flow *flow)
{
	session_note(session, kind, side, &(struct where){ .first = flow->first, .last = flow->last },
		(struct span){ 0 });
}

void
flow_facts_note(struct session *session, const struct flow *flow, enum flow_end why)
{
	flow_facts_take(session, flow);
	session->open = why == FLOW_INPUT_ENDED;
	for (enum side side = CLIENT; side <= SERVER; side++)
		if (flow->stream[side].snaplen_bytes > 0)
			note_flow(session, NOTE_SNAPLEN, side, flow);
	if (flow->fragmented)
		note_flow(session, NOTE_FRAGMENTS, CLIENT, flow);
	if (flow->time_regressed)
		note_flow(session, NOTE_TIME_REGRESS, CLIENT, flow);
	if (flow->syn_again)
		note_flow(session, NOTE_SYN_AGAIN, CLIENT, flow);
	if (why == FLOW_EVICTED)
		note_flow(session, NOTE_TRUNCATED, CLIENT, flow);
}

void
flow_facts_close(struct session *session, const struct flow *flow, enum flow_end why)
{
	static const char *const words[] = {
		[FLOW_CLOSED] = "fin",
		[FLOW_REPLACED] = "new connection",
		[FLOW_IDLE] = "idle",
		[FLOW_EVICTED] = "given up",
		[FLOW_INPUT_ENDED] = "end of capture",
	};
	static const char *const closings[2][2] = {
		[CLIENT] = { "FIN from client", "RST from client" },
		[SERVER] = { "FIN from server", "RST from server" },
	};
	const char *text = words[why];

	session->closed_by = words[why];
	session->closed_first = flow->closed_first;
	if (flow->closing) {
		session->closed_by = flow->by_reset ? "rst" : "fin";
		session->open = false;
		text = closings[flow->closed_first][flow->by_reset];
		session->closed = (struct quote){
			.seen = true,
			.side = flow->closed_first,
			.text = span_of(text),
			.where = { .first = flow->closed_at, .last = flow->closed_at },
		};
	}
	session_event(session, &(struct event){
		.kind = EVENT_CLOSE,
		.side = flow->closed_first,
		.text = span_of(text),
		.where = { .first = flow->last, .last = flow->last },
	});
}
