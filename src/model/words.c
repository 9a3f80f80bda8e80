/* The words of the trade that rows and reports use. */
#include "model/words.h"

#include "base/table.h"

static const char *const severities[] = {
	[SEVERITY_INFO] = "info",
	[SEVERITY_LOW] = "low",
	[SEVERITY_MEDIUM] = "medium",
	[SEVERITY_HIGH] = "high",
	[SEVERITY_CRITICAL] = "critical",
};

static const char *const confidences[] = {
	[CONFIDENCE_POSSIBLE] = "possible",
	[CONFIDENCE_LIKELY] = "likely",
	[CONFIDENCE_PROVEN] = "proven",
};

static const char *const verdicts[] = {
	[VERDICT_UNKNOWN_PARTIAL] = "unknown-partial",
	[VERDICT_NO_DIALOGUE] = "no-dialogue",
	[VERDICT_NOT_APPLICABLE] = "not-applicable",
	[VERDICT_MODE_MISMATCH] = "mode-mismatch",
	[VERDICT_PROTECTED_IMPLICIT] = "protected-implicit",
	[VERDICT_PROTECTED_STARTTLS] = "protected-starttls",
	[VERDICT_PROTECTED_LATE] = "protected-late",
	[VERDICT_HANDSHAKE_FAILED] = "handshake-failed",
	[VERDICT_DOWNGRADED_PROVEN] = "downgraded-proven",
	[VERDICT_DOWNGRADED_SUSPECTED] = "downgraded-suspected",
	[VERDICT_PLAINTEXT_REFUSED] = "plaintext-refused",
	[VERDICT_ABORTED_REFUSED] = "aborted-refused",
	[VERDICT_BLOCKED_TLS_REQUIRED] = "blocked-tls-required",
	[VERDICT_PLAINTEXT_DECLINED] = "plaintext-declined",
	[VERDICT_PLAINTEXT_NO_OFFER] = "plaintext-no-offer",
	[VERDICT_PLAINTEXT_NOT_ASKED] = "plaintext-not-asked",
	[VERDICT_ABORTED_NO_OFFER] = "aborted-no-offer",
	[VERDICT_ABORTED_DECLINED] = "aborted-declined",
};

const char *
severity_word(enum severity severity)
{
	return severities[severity];
}

const char *
confidence_word(enum confidence confidence)
{
	return confidences[confidence];
}

const char *
verdict_word(enum verdict verdict)
{
	return verdicts[verdict];
}

bool
severity_from_word(struct span word, enum severity *severity_r)
{
	for (size_t i = 0; i < TABLE_LENGTH(severities); i++)
		if (span_is(word, severities[i])) {
			*severity_r = (enum severity)i;
			return true;
		}
	return false;
}

bool
verdict_from_word(struct span word, enum verdict *verdict_r)
{
	for (size_t i = 0; i < TABLE_LENGTH(verdicts); i++)
		if (span_is(word, verdicts[i])) {
			*verdict_r = (enum verdict)i;
			return true;
		}
	return false;
}
