/* From the first bytes of a flow to its session, or to leaving it alone. */
#include "engine/engine_private.h"

#include "base/clock.h"
#include "base/text.h"
#include "engine/flow_facts.h"
#include "engine/identify.h"
#include "engine/preamble.h"

#include <stdio.h>

enum {
	PREAMBLE_MOST = 200,            /* of what is said of one, in bytes */
	HEADROOM = 32 * 1024,           /* what a session begins with */
	GIVEN_UP_MOST = 64,             /* flows given up for one that begins */
};

/* A client of an implicit-TLS port that waits for this long without a word waits for a greeting. */
static const int64_t silence_ns = 10 * NS_PER_SECOND;

void
engine_give_up(struct engine *engine, struct flow *flow)
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

void
engine_say_opinion(struct engine *engine, struct contact *contact, struct buffer *label,
	struct buffer *risks)
{
	if (contact->opinion != NULL)
		opinion_say(engine->opinions, contact->opinion, label, risks);
}

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
	engine_give_up(engine, flow);
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
		engine_say_opinion(engine, flow->owner, &label, &risks);
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
void
engine_consider(struct engine *engine, struct flow *flow, bool over)
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
		engine_give_up(engine, flow);
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

/* The flow gets a contact that keeps this stretch; false when memory is spent. */
bool
engine_begin_contact(struct engine *engine, struct flow *flow, const struct stretch *stretch,
	struct span bytes)
{
	make_headroom(engine);
	flow->owner = contact_new(engine->budget);
	if (flow->owner != NULL)
		keep_interface(engine, flow->owner);
	if (flow->owner != NULL && contact_keep(flow->owner, stretch, bytes))
		return true;
	engine->counters.refused++;
	engine_give_up(engine, flow);
	return false;
}

/* Most flows are foreign, and told to be by their first segment: nothing is kept of them. */
void
engine_first_segment(struct engine *engine, struct flow *flow, const struct stretch *stretch,
	struct span bytes)
{
	struct span heads[2] = { { 0 }, { 0 } };
	struct identified identified;
	enum identity identity;

	heads[stretch->side] = bytes;
	identity = ask(engine, flow, heads, false, &identified);
	if (identity == IDENTITY_FOREIGN) {
		leave(engine, flow, heads);
	} else if (engine_begin_contact(engine, flow, stretch, bytes)) {
		if (identity == IDENTITY_FOUND)
			engine_consider(engine, flow, false);
		else
			flow->engaged |= identified.dissector != NULL;
	}
}

/* Nobody said a word for long where mail is expected: the client waits for a greeting, and the server for TLS or for
 * nothing.  Any other silent connection is no session. */
void
engine_consider_silence(struct engine *engine, struct flow *flow)
{
	struct identified identified;

	if (flow->care != FLOW_FULL || !flow->stream[CLIENT].syn_seen || !flow->stream[SERVER].syn_seen ||
	    (int64_t)((uint64_t)flow->last.time_ns - (uint64_t)flow->first.time_ns) < silence_ns ||
	    !identify_silent(flow->ends[SERVER].port, &identified))
		return;
	flow->owner = contact_new(engine->budget);
	if (flow->owner != NULL && !begin_session(engine, flow, &identified))
		engine_give_up(engine, flow);
}
