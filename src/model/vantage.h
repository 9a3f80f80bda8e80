/* What a comparison of two vantages is told of each session.  Texts are borrowed from whoever fills it in. */
#ifndef STARTTRACE_MODEL_VANTAGE_H
#define STARTTRACE_MODEL_VANTAGE_H

#include "model/event.h"

/* A line of the dialogue, as it was seen at one vantage. */
struct vantage_line {
	enum side       side;
	enum event_kind kind;
	struct span     text;           /* redacted, printable */
	struct moment   at;
};

struct vantage_session {
	int64_t         id;
	uint32_t        capture;        /* the one in which it began, by its number in its run */
	int64_t         started_ns;
	struct endpoint client, server;
	uint32_t        initial_sequence[2];    /* by side; 0 when unknown */
	struct span     protocol, client_random, client_name;
	struct span     queue_id, sender_domain;        /* of the first message */
	struct span     greeting;
	uint64_t        content_bytes;                  /* likewise */
	uint32_t        recipients;
	struct span     commands;       /* the verbs in their order, a blank between */
	enum known      offer;
	bool            headless;       /* its beginning, or one of its sides, was not captured */
	bool            cut;            /* its end was not captured, or its lines go on beyond what is kept */
};

#endif
