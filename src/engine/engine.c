/* The whole way from frames to judged sessions.
 *
 * A flow costs a table entry until it carries payload.  Then its first bytes are kept until they tell which dissector
 * reads it; a foreign flow goes back to its table entry, a settled session to being counted. */
#include "engine/engine.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/companions.h"
#include "engine/contact.h"
#include "engine/flow_facts.h"
#include "engine/identify.h"
#include "engine/losses.h"
#include "engine/preamble.h"
#include "engine/teller.h"
#include "model/rule.h"
#include "wire/ip.h"
#include "wire/look.h"
#include "tls_hello_cache.h"
#include "x509_cache.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	PREAMBLE_MOST = 200,            /* of what is said of one, in bytes */
	HEADROOM = 32 * 1024,           /* what a session begins with */
	GIVEN_UP_MOST = 64,             /* flows given up for one that begins */
};

/* A client of an implicit-TLS port that waits for this long without a word waits for a greeting. */
static const int64_t silence_ns = 10 * NS_PER_SECOND;

struct engine {
	struct engine_config   config;
	struct budget         *budget;
	struct sink            sink;
	struct ip             *ip;
	struct flow_table     *flows;
	struct reassembly     *reassembly;
	struct opinions       *opinions;
	struct dialogue_common common;
	struct engine_counters counters;
	struct teller          teller;
	struct losses          losses;
	struct companions      companions;
	const struct segment  *segment;         /* the one being taken */
	uint64_t               begun;           /* sessions */
	int64_t                stepped_ns;      /* what the clock behind capture time was set forward */
	int64_t                now_ns;          /* the latest capture time, as if it had not been */
};

struct engine_config
engine_config_default(void)
{
	return (struct engine_config){
		.flows = { .flows = 1 << 20, .idle_ns = 900 * NS_PER_SECOND },
		.reassembly = reassembly_limits_default(),
		.second_opinion = true,
	};
}

static void
give_up(struct engine *engine, struct flow *flow)
{
	struct contact *contact = flow->owner;

	flow->owner = NULL;
	flow->care = FLOW_IGNORE;
	contact_free(engine->opinions, &contact);
}

/* Flows that matter less make way for one that begins to speak. */
static void
make_headroom(struct engine *engine)
{
	const struct budget *budget = engine->budget;

	for (size_t i = 0; i < GIVEN_UP_MOST; i++)
		if (budget->used + HEADROOM <= budget->limit || !flow_table_evict(engine->flows))
			return;
}

static void
say_opinion(struct engine *engine, struct contact *contact, struct buffer *label,
	struct buffer *risks)
{
	if (contact->opinion != NULL)
		opinion_say(engine->opinions, contact->opinion, label, risks);
}

/* From first bytes to a session ------------------------------------------------------------------- */

static void
note_preamble(struct contact *contact, const struct flow *flow, const struct identified *identified)
{
	struct span head = span_first(buffer_span(&contact->candidate->heads[CLIENT]), identified->preamble[CLIENT]);
	struct buffer said = { 0 }, text = { 0 };

	preamble_say(identified->preamble_name, head, &said);
	text_quote(&text, buffer_span(&said), PREAMBLE_MOST);
	session_note(contact->session, NOTE_PREAMBLE, CLIENT,
		&(struct where){ .first = flow->first, .last = flow->last }, buffer_span(&text));
	buffer_free(&said);
	buffer_free(&text);
}

/* False when memory is spent. */
static bool
begin_session(struct engine *engine, struct flow *flow, const struct identified *identified)
{
	struct contact *contact = flow->owner;
	struct session *session;

	make_headroom(engine);
	session = session_new(engine->budget);
	if (session == NULL)
		return false;
	contact->session = session;
	session->serial = (uint64_t)engine->config.number << 48 | ++engine->begun;
	session->protocol = identified->protocol;
	session->first = flow->first;
	session->client = flow->ends[CLIENT];
	session->server = flow->ends[SERVER];
	contact->dialogue = dialogue_new(identified->dissector, session, &engine->common,
		flow_seen_from_start(flow));
	if (contact->dialogue == NULL)
		return false;
	session->interface = arena_copy(session->arena, span_of(contact->interface));
	shapes_begin(&contact->shapes, session, engine->budget, flow, identified->turn);
	if (identified->preamble_name != NULL)
		note_preamble(contact, flow, identified);
	if (identify_has_companions(identified->protocol))
		companions_begin(&engine->companions, flow);
	if (engine->config.live)
		teller_begin(&engine->teller, contact, flow, engine->now_ns);
	return true;
}

/* A foreign flow is left alone; but one that may belong to a session is counted, until its end tells. */
static void
leave(struct engine *engine, struct flow *flow, const struct span heads[2])
{
	bool suspect = companions_suspect(&engine->companions, flow, heads);

	engine->counters.foreign++;
	give_up(engine, flow);
	if (suspect)
		flow->care = FLOW_COUNT;
}

static enum identity
ask(struct engine *engine, const struct flow *flow, const struct span heads[2], bool over,
	struct identified *identified_r)
{
	struct buffer label = { 0 }, risks = { 0 };
	enum identity identity;

	if (over)
		say_opinion(engine, flow->owner, &label, &risks);
	identity = identify(&(struct first_bytes){
			.heads = { heads[CLIENT], heads[SERVER] },
			.ports = { flow->ends[CLIENT].port, flow->ends[SERVER].port },
			.roles_known = flow->roles_known,
			.over = over,
			.opinion = buffer_span(&label),
		},
		identified_r);
	buffer_free(&label);
	buffer_free(&risks);
	return identity;
}

/* Asks with all that is known, and begins the session once that is enough. */
static void
consider(struct engine *engine, struct flow *flow, bool over)
{
	struct contact *contact = flow->owner;
	struct span heads[2] = { buffer_span(&contact->candidate->heads[CLIENT]),
		buffer_span(&contact->candidate->heads[SERVER]) };
	struct identified identified;

	switch (ask(engine, flow, heads, over, &identified)) {
	case IDENTITY_MORE:
		flow->engaged |= identified.dissector != NULL;
		return;
	case IDENTITY_FOREIGN: leave(engine, flow, heads); return;
	case IDENTITY_FOUND: break;
	}
	if (identified.turn)
		flow_turn(flow);
	if (!begin_session(engine, flow, &identified)) {
		engine->counters.refused++;
		give_up(engine, flow);
		return;
	}
	contact_replay(contact, identified.preamble, identified.turn);
	contact_forget(contact);
}

static void
keep_interface(const struct engine *engine, struct contact *contact)
{
	const char *name = engine->segment != NULL ? engine->segment->frame->interface_name : NULL;

	if (name != NULL)
		snprintf(contact->interface, sizeof(contact->interface), "%s", name);
}

/* The flow gets a contact that keeps this piece; false when memory is spent. */
static bool
begin_contact(struct engine *engine, struct flow *flow, const struct piece *piece,
	struct span bytes)
{
	make_headroom(engine);
	flow->owner = contact_new(engine->budget);
	if (flow->owner != NULL)
		keep_interface(engine, flow->owner);
	if (flow->owner != NULL && contact_keep(flow->owner, piece, bytes))
		return true;
	engine->counters.refused++;
	give_up(engine, flow);
	return false;
}

/* Most flows are foreign, and told to be by their first segment: nothing is kept of them. */
static void
first_segment(struct engine *engine, struct flow *flow, const struct piece *piece,
	struct span bytes)
{
	struct span heads[2] = { { 0 }, { 0 } };
	struct identified identified;
	enum identity identity;

	heads[piece->side] = bytes;
	identity = ask(engine, flow, heads, false, &identified);
	if (identity == IDENTITY_FOREIGN) {
		leave(engine, flow, heads);
	} else if (begin_contact(engine, flow, piece, bytes)) {
		if (identity == IDENTITY_FOUND)
			consider(engine, flow, false);
		else
			flow->engaged |= identified.dissector != NULL;
	}
}

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
	struct piece piece = { .side = side, .offset = offset, .at = *at };

	if (contact == NULL) {
		first_segment(engine, flow, &piece, bytes);
	} else if (contact->dialogue != NULL) {
		dialogue_feed(contact->dialogue, side, offset, bytes, at);
	} else if (contact_keep(contact, &piece, bytes)) {
		consider(engine, flow, false);
	} else {
		engine->counters.foreign++;
		give_up(engine, flow);
	}
	settle(flow);
}

static void
hear_gap(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at)
{
	struct contact *contact = flow->owner;
	struct piece piece = { .side = side, .offset = offset, .lost = lost, .at = *at };

	if (contact == NULL)
		begin_contact(user, flow, &piece, (struct span){ 0 });
	else if (contact->dialogue != NULL)
		dialogue_gap(contact->dialogue, side, offset, lost, at);
	else if (!contact_keep(contact, &piece, (struct span){ 0 }))
		give_up(user, flow);
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

	say_opinion(engine, contact, &label, &risks);
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

/* Nobody said a word for long where mail is expected: the client waits for a greeting, and the server for TLS or for
 * nothing.  Any other silent connection is no session. */
static void
consider_silence(struct engine *engine, struct flow *flow)
{
	struct identified identified;

	if (flow->care != FLOW_FULL || !flow->stream[CLIENT].syn_seen || !flow->stream[SERVER].syn_seen ||
	    (int64_t)((uint64_t)flow->last.time_ns - (uint64_t)flow->first.time_ns) < silence_ns ||
	    !identify_silent(flow->ends[SERVER].port, &identified))
		return;
	flow->owner = contact_new(engine->budget);
	if (flow->owner != NULL && !begin_session(engine, flow, &identified))
		give_up(engine, flow);
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
		consider_silence(engine, flow);
	else if (contact->candidate != NULL)
		consider(engine, flow, true);
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
	return session->commands > 1 || session->application.seen || session->upgrades != NULL || session->auths != NULL ||
	       session->tls->started.seen;
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
