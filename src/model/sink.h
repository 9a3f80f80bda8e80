/* Where an engine's results go.  All calls come on the thread of the engine. */
#ifndef STARTTRACE_MODEL_SINK_H
#define STARTTRACE_MODEL_SINK_H

#include "model/rule.h"

enum telling {
	TELLING_NEW,
	TELLING_CHANGED,        /* its severity or confidence is not what it was when it was told */
};

struct sink {
	/* A session that is over, judged.  Takes ownership: frees it when done with it, on whatever thread, before the
	 * engine or the pipeline that told it is gone. */
	void (*session)(void *user, struct session *session);

	/* The next two are NULL where nobody watches, and are only called by an engine whose config says `live`. */

	/* A session as it stands (session->ongoing), judged like one whose capture ends here: when TLS is up, or when
	 * it is a minute old.  At most once a session.  Borrowed until it returns. */
	void (*snapshot)(void *user, const struct session *session);

	/* A finding, as soon as it stands: those about what is there with the frame that decides them, those about what
	 * is missing when the session ends, just before it is handed over.  Borrowed until it returns. */
	void (*finding)(void *user, const struct session *session, const struct finding *finding, enum telling telling);

	void *user;
};

#endif
