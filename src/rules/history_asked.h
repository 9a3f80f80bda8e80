/* One session's way through the subject "offers", and how its parts say what they found. */
#ifndef STARTTRACE_RULES_HISTORY_ASKED_H
#define STARTTRACE_RULES_HISTORY_ASKED_H

#include "rules/history_baseline.h"

enum {
	ASKED_SIGNALS = 48,
};

struct asked {
	struct baselines       *all;
	const struct policy    *policy;         /* may be NULL */
	const struct footprint *foot;
	const struct hindsight *hindsight;
	struct baseline        *at[BASELINE_KEYS];      /* NULL where nothing is known */
	enum weight             weight;
	bool                    suspected;      /* by what the session shows by itself */
	struct signal           signals[ASKED_SIGNALS]; /* its own and those told, for the sum */
	size_t                  signal_count;
};

/* A complete list without the offer. */
bool asked_lacks_offer(const struct asked *asked);

/* NULL when the session has, or was told, no signal of this name. */
const struct signal *asked_signal(const struct asked *asked, const char *name);

/* Tells history's word of the session that is asked about, and keeps it for asked_signal; `name` is a constant. */
void tell_signal(struct asked *asked, const char *name, enum signal_group group, int points,
	bool decisive, enum place place);

/* What the list looks like beside earlier ones. */
void judge_list(struct asked *asked);

/* Only an own sign of damage raises these: masks, cut lists, doubled lines. */
void judge_damage(struct asked *asked);
void judge_mechanisms(struct asked *asked);

/* The service itself: judge_change before the others, since they are held against the new state. */
void judge_change(struct asked *asked);
void judge_turning(struct asked *asked);
void judge_split(struct asked *asked);

/* How the client and the server behave beside what they did before. */
void judge_client(struct asked *asked);
void judge_reply(struct asked *asked);
void judge_basic(struct asked *asked);
void judge_service(struct asked *asked);

/* After the judgement. */
void remember_list(struct asked *asked);
void remember_service(struct asked *asked);

#endif
