/* The words of the trade that rows and reports use: severities, confidences, verdicts. */
#ifndef STARTTRACE_MODEL_WORDS_H
#define STARTTRACE_MODEL_WORDS_H

#include "base/span.h"

/* What is known of a yes-or-no question.  UNKNOWN means "the capture does not show it". */
enum known {
	UNKNOWN,
	NO,
	YES,
};

enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
};

enum confidence {
	CONFIDENCE_POSSIBLE,    /* consistent, but common benign explanations remain */
	CONFIDENCE_LIKELY,      /* one named assumption remains */
	CONFIDENCE_PROVEN,      /* the stored bytes suffice */
};

enum verdict {
	VERDICT_UNKNOWN_PARTIAL,
	VERDICT_NO_DIALOGUE,
	VERDICT_NOT_APPLICABLE,
	VERDICT_MODE_MISMATCH,
	VERDICT_PROTECTED_IMPLICIT,
	VERDICT_PROTECTED_STARTTLS,
	VERDICT_PROTECTED_LATE,
	VERDICT_HANDSHAKE_FAILED,
	VERDICT_DOWNGRADED_PROVEN,
	VERDICT_DOWNGRADED_SUSPECTED,
	VERDICT_PLAINTEXT_REFUSED,
	VERDICT_ABORTED_REFUSED,
	VERDICT_BLOCKED_TLS_REQUIRED,
	VERDICT_PLAINTEXT_DECLINED,
	VERDICT_PLAINTEXT_NO_OFFER,
	VERDICT_PLAINTEXT_NOT_ASKED,
	VERDICT_ABORTED_NO_OFFER,
	VERDICT_ABORTED_DECLINED,
	VERDICTS
};

/* What crossed in clear, as a set: the column `exposed`. */
enum exposure {
	EXPOSED_IDENTITY = 1,           /* EHLO name, address literal */
	EXPOSED_SOFTWARE = 2,           /* banner, capability list */
	EXPOSED_ACCOUNT = 4,
	EXPOSED_CREDENTIAL = 8,
	EXPOSED_ENVELOPE = 16,
	EXPOSED_CONTENT = 32,
	EXPOSED_OTHER = 64,
};

/* The words of the finding catalogue, constants. */
const char *severity_word(enum severity severity);
const char *confidence_word(enum confidence confidence);
const char *verdict_word(enum verdict verdict);

/* False, leaving *severity_r or *verdict_r alone, for a word that is none. */
bool severity_from_word(struct span word, enum severity *severity_r);
bool verdict_from_word(struct span word, enum verdict *verdict_r);

#endif
