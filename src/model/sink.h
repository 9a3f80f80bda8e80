/* Where finished sessions go.  The engine hands over each session, judged, and with it its memory. */
#ifndef STARTTRACE_MODEL_SINK_H
#define STARTTRACE_MODEL_SINK_H

#include "model/session.h"

struct sink {
	/* Takes ownership: frees the session when done with it, on whatever thread. */
	void (*session)(void *user, struct session *session);
	void  *user;
};

#endif
