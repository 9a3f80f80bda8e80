/* A second opinion on what a flow carries: nDPI, its label and its flow risks.  The only room that includes
 * nDPI. */
#ifndef STARTTRACE_ENGINE_OPINION_H
#define STARTTRACE_ENGINE_OPINION_H

#include "base/arena.h"
#include "base/buffer.h"

struct opinions;                /* the detection module, one per engine */
struct opinion;                 /* what it knows of one flow */

/* Loads nothing until the first flow asks.  NULL when out of memory. */
struct opinions *opinions_new(struct budget *budget);
void             opinions_free(struct opinions **opinions);

/* NULL when the budget is spent. */
struct opinion *opinion_new(struct opinions *opinions);
void            opinion_free(struct opinions *opinions, struct opinion **opinion);

/* Shows it one IP packet of the flow, in capture order.  Does nothing once it has seen enough. */
void opinion_packet(struct opinions *opinions, struct opinion *opinion, struct span packet,
	int64_t time_ns);

/* Whether a label of the library's means our protocol, or has it in it. */
bool opinion_means(struct span label, const char *protocol);

/* Its label ("SMTP", "TLS.GMail"), or "" when it has none, and the names of the flow risks, comma separated. */
void opinion_say(struct opinions *opinions, struct opinion *opinion, struct buffer *label,
	struct buffer *risks);

#endif
