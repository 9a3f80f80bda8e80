/* What a flow tells its session besides what was said: ends, times, what is missing, and how it ended. */
#ifndef STARTTRACE_ENGINE_FLOW_FACTS_H
#define STARTTRACE_ENGINE_FLOW_FACTS_H

#include "model/session.h"
#include "wire/flow.h"

/* A SYN of either side was seen. */
bool flow_seen_from_start(const struct flow *flow);

/* Takes what stands at any moment.  Changes nothing but the fields of *session: it may be a copy. */
void flow_facts_take(struct session *session, const struct flow *flow);

/* The same, and what is noted of the flow as a whole; once, when the dialogue is over. */
void flow_facts_note(struct session *session, const struct flow *flow, enum flow_end why);

/* Tells the session that its connection is over: by whom it was closed, if by anybody. */
void flow_facts_close(struct session *session, const struct flow *flow, enum flow_end why);

#endif
