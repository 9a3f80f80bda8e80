/* Whether a session's transcript is the JSON that it must be, once its bracket is closed. */
#ifndef STARTTRACE_TESTS_CHECK_TRANSCRIPT_H
#define STARTTRACE_TESTS_CHECK_TRANSCRIPT_H

#include "model/session.h"

/* Fails the test where it is not whole, or holds a line that is none; gives the number of its lines. */
size_t check_transcript(const struct session *session);

#endif
