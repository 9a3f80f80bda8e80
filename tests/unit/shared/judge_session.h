/* Tables of scripted sessions and the finding that each must, or must not, have. */
#ifndef STARTTRACE_TESTS_JUDGE_SESSION_H
#define STARTTRACE_TESTS_JUDGE_SESSION_H

#include "build_session.h"
#include "model/rule.h"

struct judge_case {
	const char     *kind;
	enum severity   severity;
	enum confidence confidence;
	bool            silent;         /* the session must not have this finding */
	const char     *script;
	const char     *reason;         /* part of the reasons, or NULL */
	uint32_t        count;          /* 0 for any */
};

#define INFO     SEVERITY_INFO
#define LOW      SEVERITY_LOW
#define MEDIUM   SEVERITY_MEDIUM
#define HIGH     SEVERITY_HIGH
#define CRITICAL SEVERITY_CRITICAL
#define PROVEN   CONFIDENCE_PROVEN, false
#define LIKELY   CONFIDENCE_LIKELY, false
#define POSSIBLE CONFIDENCE_POSSIBLE, false
#define SILENT   SEVERITY_INFO, CONFIDENCE_PROVEN, true

/* NULL where the session, which is judged already, has no finding of this kind. */
const struct finding *judge_find(const struct session *session, const char *kind);

/* Fails the test, with its script, where the judged session does not have what the row says. */
void judge_check(const struct judge_case *test, const struct session *session);

/* Plays, ends and judges the script of each row.  What only an assumption carries has to name it, in every finding. */
void judge_run(const struct judge_case *tests, size_t count);

/* Every rule whose id begins like this has a case where it strikes and one where it must not. */
void judge_covers(const struct judge_case *tests, size_t count, const char *prefix);

#endif
