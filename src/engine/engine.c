/* The whole way from frames to judged sessions.
 *
 * A flow costs a table entry until it carries payload.  Then its first bytes are kept until they tell which dissector
 * reads it; a foreign flow goes back to its table entry, a settled session to being counted. */
#include "engine/engine_private.h"

#include "base/clock.h"
#include "engine/flow_facts.h"
#include "model/rule.h"
#include "wire/ip.h"
#include "wire/look.h"
#include "tls_hello_cache.h"
#include "x509_cache.h"

#include <stdlib.h>

struct engine_config
engine_config_default(void)
{
	return (struct engine_config){
		.flows = { .flows = 1 << 20, .idle_ns = 900 * NS_PER_SECOND },
		.reassembly = reassembly_limits_default(),
		.second_opinion = true,
	};
}

/* What reassembly tells --------------------------------------------------------------------------- */

static void
settle(struct flow *flow)
{
	const struct contact *contact = flow->owner;

	if (contact != NULL && contact->dialogue != NULL && dialogue_is_settled(contact->dialogue))
		flow->care = FLOW_COUNT;
}

static void
hear_bytes(void *user, struct flow *flow, enum side side, uint64_t offset, struct span bytes,
	const struct moment *at)
{
	struct engine *engine = user;
	struct contact *contact = flow->owner;
	struct stretch stretch = { .side = side, .offset = offset, .at = *at };

	if (contact == NULL) {
		engine_first_segment(engine, flow, &stretch, bytes);
	} else if (contact->dialogue != NULL) {
		dialogue_feed(contact->dialogue, side, offset, bytes, at);
	} else if (contact_keep(contact, &stretch, bytes)) {
		engine_consider(engine, flow, false);
	} else {
		engine->counters.foreign++;
		engine_give_up(engine, flow);
	}
	settle(flow);
}

static void
hear_gap(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at)
{
	struct contact *contact = flow->owner;
	struct stretch stretch = { .side = side, .offset = offset, .lost = lost, .at = *at };

	if (contact == NULL)
		engine_begin_contact(user, flow, &stretch, (struct span){ 0 });
	else if (contact->dialogue != NULL)
		dialogue_gap(contact->dialogue, side, offset, lost, at);
	else if (!contact_keep(contact, &stretch, (struct span){ 0 }))
		engine_give_up(user, flow);
}

/* A copy with a wrong checksum was damaged where it was captured, or never taken by its receiver. */
static bool
is_damaged(const struct engine *engine, const struct session *session, enum side side, uint64_t offset, size_t len)
{
	return (engine->segment != NULL && segment_checksum(engine->segment) == CHECKSUM_WRONG) ||
	       shapes_have_damaged(session, side, offset, len);
}

static void
hear_conflict(void *user, struct flow *flow, enum side side, uint64_t offset, struct span first,
	struct span second, const struct moment *at)
{
	struct contact *contact = flow->owner;

	if (contact != NULL && contact->dialogue != NULL &&
	    !is_damaged(user, contact->session, side, offset, first.len))
		dialogue_conflict(contact->dialogue, side, offset, first, second, at);
}

/* The end of a session ---------------------------------------------------------------------------- */

static void
add_opinion(struct engine *engine, struct contact *contact)
{
	struct session *session = contact->session;
	struct buffer label = { 0 }, risks = { 0 };

	engine_say_opinion(engine, contact, &label, &risks);
	session->opinion.protocol = arena_copy(session->arena, buffer_span(&label));
	session->opinion.risks = arena_copy(session->arena, buffer_span(&risks));
	session->opinion.disagrees = label.len > 0 && !arena_spent(session->arena) &&
	                             !opinion_means(session->opinion.protocol, session->protocol) &&
	                             !(session->tls->started.seen &&
	                                     span_starts(session->opinion.protocol, "TLS"));
	buffer_free(&label);
	buffer_free(&risks);
}

/* The dialogue is over; its flow may linger. */
static void
end_dialogue(struct engine *engine, struct flow *flow, enum flow_end why)
{
	struct contact *contact = flow->owner;
	enum ending ending = !flow->closing  ? ENDING_CAPTURE
	                     : flow->by_reset ? ENDING_RST
	                                         : ENDING_FIN;

	dialogue_end(contact->dialogue, ending, &flow->last);
	flow_facts_note(contact->session, flow, why);
	flow_facts_close(contact->session, flow, why);
	teller_leave(&engine->teller, contact);
	dialogue_free(&contact->dialogue);
}

static void
end_session(struct engine *engine, struct flow *flow, enum flow_end why)
{
	struct contact *contact = flow->owner;
	struct session *session = contact->session;

	if (contact->dialogue != NULL)
		end_dialogue(engine, flow, why);
	session->last = flow->last;
	session->frames = flow->frames;
	add_opinion(engine, contact);
	losses_tell(&engine->losses, session, flow->mixed);
	session->policy = engine->config.policy;
	rules_judge(session);
	if (engine->config.live)
		teller_end(&engine->teller, contact);
	contact->session = NULL;
	engine->counters.sessions++;
	engine->sink.session(engine->sink.user, session);
}

static void
flow_is_over(void *user, struct flow *flow, enum flow_end why)
{
	struct engine *engine = user;
	const struct segment *segment = engine->segment;
	struct contact *contact;

	engine->segment = NULL;         /* it is another flow's, which makes this one go */
	if (flow->care == FLOW_FULL)
		reassembly_flush(engine->reassembly, flow);
	contact = flow->owner;
	if (contact == NULL)
		engine_consider_silence(engine, flow);
	else if (contact->candidate != NULL)
		engine_consider(engine, flow, true);
	contact = flow->owner;
	if (contact == NULL && flow->care == FLOW_COUNT)
		companions_tell(&engine->companions, flow);
	companions_end(&engine->companions, flow);
	if (contact != NULL && contact->session != NULL)
		end_session(engine, flow, why);
	reassembly_flush(engine->reassembly, flow);
	flow->owner = NULL;
	contact_free(engine->opinions, &contact);
	engine->segment = segment;
}

/* The engine -------------------------------------------------------------------------------------- */

struct engine *
engine_new(const struct engine_config *config, struct budget *budget, const struct sink *sink)
{
	static const struct stream_listener listener = { hear_bytes, hear_gap, hear_conflict };
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return NULL;
	engine->config = *config;
	engine->budget = budget;
	engine->sink = *sink;
	engine->losses.idle_ns = config->flows.idle_ns;
	engine->teller = (struct teller){ .sink = *sink, .budget = budget, .policy = config->policy,
		.losses = &engine->losses };
	engine->ip = ip_new(budget);
	engine->flows = flow_table_new(&config->flows, budget, flow_is_over, engine);
	engine->reassembly = reassembly_new(&config->reassembly, budget, &listener, engine);
	engine->opinions = opinions_new(budget);
	engine->common.privacy = config->privacy;
	engine->common.certificates = x509_cache_new(budget);
	engine->common.hellos = tls_hello_cache_new(budget);
	if (engine->ip == NULL || engine->flows == NULL || engine->reassembly == NULL ||
	    engine->opinions == NULL || engine->common.certificates == NULL || engine->common.hellos == NULL) {
		engine_free(&engine);
		return NULL;
	}
	x509_cache_trust(engine->common.certificates, config->trust);
	return engine;
}

void
engine_free(struct engine **engine)
{
	if (*engine == NULL)
		return;
	if ((*engine)->flows != NULL)
		flow_table_drain((*engine)->flows, INT64_MIN);
	flow_table_free(&(*engine)->flows);
	reassembly_free(&(*engine)->reassembly);
	opinions_free(&(*engine)->opinions);
	x509_cache_free(&(*engine)->common.certificates);
	tls_hello_cache_free(&(*engine)->common.hellos);
	ip_free(&(*engine)->ip);
	free(*engine);
	*engine = NULL;
}

/* Only flows that may be, or are, sessions of ours are shown to the second opinion. */
static void
show_opinion(struct engine *engine, struct contact *contact, const struct segment *segment)
{
	if (contact == NULL || !engine->config.second_opinion || segment->payload.len == 0)
		return;
	if (contact->opinion == NULL)
		contact->opinion = opinion_new(engine->opinions);
	if (contact->opinion != NULL)
		opinion_packet(engine->opinions, contact->opinion, segment->packet,
			segment->frame->at.time_ns);
}

static uint32_t
retransmitted(const struct flow *flow)
{
	return flow->stream[CLIENT].retransmitted + flow->stream[SERVER].retransmitted;
}

/* An RST may be anybody's: whether the ends go on after it tells whose it was. */
static bool
lingers(struct engine *engine, struct flow *flow, const struct segment *segment)
{
	struct contact *contact = flow->owner;

	if (!(segment->flags & TCP_RST) || contact == NULL || contact->dialogue == NULL || flow->care != FLOW_FULL)
		return false;
	reassembly_flush(engine->reassembly, flow);
	shapes_close(&contact->shapes, flow);
	end_dialogue(engine, flow, FLOW_CLOSED);
	flow_table_linger(engine->flows, flow);
	return true;
}

static void
keep_shape(struct engine *engine, const struct flow *flow, enum side side, const struct segment *segment,
	struct outcome outcome)
{
	struct contact *contact = flow->owner;

	if (contact == NULL)
		return;
	if (segment->overlapped && contact->session != NULL)
		session_note(contact->session, NOTE_FRAGMENT_OVERLAP, side,
			&(struct where){ .first = segment->frame->at, .last = segment->frame->at },
			(struct span){ 0 });
	shapes_keep(&contact->shapes, contact->session, engine->budget, flow, side, segment, outcome);
}

/* The client did more than connect and name itself. */
static bool
is_engaged(const struct session *session)
{
	return session->commands > 1 || session->application.seen || session->upgrades != NULL ||
	       session->auths != NULL || session->tls->started.seen;
}

/* Feeds the segment to its flow; true when that is over. */
static bool
reassemble(struct engine *engine, struct flow *flow, enum side side, const struct segment *segment)
{
	bool turned = flow->turned, over;
	uint32_t before = retransmitted(flow);

	engine->segment = segment;
	over = reassembly_segment(engine->reassembly, flow, side, segment);
	engine->segment = NULL;
	keep_shape(engine, flow, flow->turned != turned ? side_other(side) : side, segment, (struct outcome){
		.again = retransmitted(flow) != before,
		.odd = segment->flags & TCP_RST && !over,
	});
	return over;
}

static void
take_segment(struct engine *engine, const struct segment *segment)
{
	enum side side;
	struct flow *flow = flow_table_find(engine->flows, segment, &side);
	struct contact *contact;
	bool over;

	engine->counters.segments++;
	if (flow == NULL)
		return;
	contact = flow->owner;
	if (flow->lingers) {
		shapes_trail(&contact->shapes, contact->session, engine->budget, flow, side, segment);
		return;
	}
	over = reassemble(engine, flow, side, segment);
	show_opinion(engine, flow->owner, segment);
	contact = flow->owner;
	if (contact != NULL && contact->session != NULL && !flow->engaged)
		flow->engaged = is_engaged(contact->session);
	if (engine->config.live && flow->owner != NULL)
		teller_look(&engine->teller, flow->owner);
	if (over && !lingers(engine, flow, segment))
		flow_table_end(engine->flows, flow, FLOW_CLOSED);
}

static void
pass_time(struct engine *engine, int64_t now_ns)
{
	int64_t steady_ns = clock_steady(now_ns, engine->stepped_ns);

	if (steady_ns > engine->now_ns)
		engine->now_ns = steady_ns;
	if (engine->config.live)
		teller_pass(&engine->teller, engine->now_ns);
}

void
engine_frame(struct engine *engine, const struct frame *frame)
{
	struct segment segment;
	struct link link;

	engine->counters.frames++;
	pass_time(engine, frame->at.time_ns);
	switch (link_decode(frame, &link)) {
	case LINK_OTHER: engine->counters.other++; return;
	case LINK_SHORT: engine->counters.malformed++; return;
	case LINK_UNKNOWN: engine->counters.unknown++; return;
	case LINK_IP: break;
	}
	switch (ip_decode(engine->ip, frame, &link, &segment)) {
	case IP_SEGMENT: take_segment(engine, &segment); break;
	case IP_OTHER: engine->counters.other++; break;
	case IP_MALFORMED: engine->counters.malformed++; break;
	case IP_UNKNOWN: engine->counters.unknown++; break;
	case IP_FRAGMENT: break;
	}
}

void
engine_tick(struct engine *engine, int64_t now_ns)
{
	flow_table_age(engine->flows, now_ns);
	pass_time(engine, now_ns);
}

void
engine_clock_step(struct engine *engine, int64_t step_ns)
{
	engine->stepped_ns += step_ns;
	flow_table_clock_step(engine->flows, step_ns);
	reassembly_clock_step(engine->reassembly, step_ns);
}

void
engine_loss(struct engine *engine, const struct loss *loss)
{
	losses_add(&engine->losses, loss);
}

void
engine_drain(struct engine *engine, int64_t now_ns)
{
	flow_table_drain(engine->flows, now_ns);
}

struct engine_counters
engine_counters(const struct engine *engine)
{
	struct engine_counters counters = engine->counters;
	const struct flow_counters *flows = flow_table_counters(engine->flows);
	const struct ip_counters *ip = ip_counters(engine->ip);

	counters.flows = flows->opened;
	counters.evicted = flows->evicted;
	counters.refused += flows->refused;
	counters.fragments = ip->fragments;
	counters.fragment_overlaps = ip->overlaps;
	return counters;
}
