/* The inside of the engine, and how a flow becomes a session.  For engine.c and engine_begin.c only. */
#ifndef STARTTRACE_ENGINE_ENGINE_PRIVATE_H
#define STARTTRACE_ENGINE_ENGINE_PRIVATE_H

#include "engine/companions.h"
#include "engine/contact.h"
#include "engine/engine.h"
#include "engine/losses.h"
#include "engine/teller.h"

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

/* The first bytes that a flow carries: begins its session, keeps them until more tell, or leaves the flow alone. */
void engine_first_segment(struct engine *engine, struct flow *flow, const struct stretch *stretch, struct span bytes);

/* The flow keeps this stretch, from now on; false when memory is spent, and the flow is given up. */
bool engine_begin_contact(struct engine *engine, struct flow *flow, const struct stretch *stretch, struct span bytes);

/* Asks who speaks, with all that is kept; `over`: no more will come. */
void engine_consider(struct engine *engine, struct flow *flow, bool over);

/* A flow that ended without a word may be a session where mail is expected. */
void engine_consider_silence(struct engine *engine, struct flow *flow);

/* The flow is of no interest any more, or memory is short: what is kept of it goes. */
void engine_give_up(struct engine *engine, struct flow *flow);

/* What nDPI makes of the flow, as opinion_say; nothing where it was not asked. */
void engine_say_opinion(struct engine *engine, struct contact *contact, struct buffer *label,
	struct buffer *risks);

#endif
