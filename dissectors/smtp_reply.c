/* Reading what an SMTP server says. */
#include "smtp_reply.h"

#include "answer.h"

#include <ctype.h>

size_t
smtp_reply_text_at(struct span line)
{
	return line.len > 3 && line.at[3] != ' ' && line.at[3] != '-' ? 3 : 4;
}

/* Three digits, the first from 2 to 5, then the end, a blank or a hyphen (RFC 5321, section 4.2).  Servers of few lines
 * forget the blank, which leaves the code no less clear; a fourth digit makes it another number. */
bool
smtp_reply_read(struct span line, struct reply *reply_r, bool *more_r)
{
	uint64_t code;

	if (!span_number(span_first(line, 3), &code) || line.len < 3 || code < 200 || code > 599)
		return false;
	if (line.len > 3 && isdigit(line.at[3]))
		return false;
	*more_r = line.len > 3 && line.at[3] == '-';
	*reply_r = (struct reply){ .code = (uint32_t)code, .line = line,
		.text = span_after(line, smtp_reply_text_at(line)) };
	return true;
}

/* RFC 4954, section 6.  535 says that the secret was wrong, whatever its text talks about; 221 and 421 say goodbye. */
enum auth_outcome
smtp_reply_outcome(const struct reply *reply)
{
	bool wrong = reply->code == 535 || span_starts(reply->text, "5.7.8") || span_starts(reply->text, "5.7.9");

	if (reply->code / 100 == 3 || reply->code == 221 || reply->code == 421)
		return AUTH_OUTCOME_UNKNOWN;
	if (reply->code / 100 == 2)
		return AUTH_ACCEPTED;
	if (!wrong && (reply->code == 538 || span_starts(reply->text, "5.7.11") ||
	               ((reply->code == 530 || reply->code == 554) && answer_says_tls(reply->text))))
		return AUTH_REFUSED_TLS;
	return AUTH_REJECTED;
}

/* 530 means "TLS first" (RFC 3207, section 4) or "log in first" (RFC 4954, section 6): the text decides, then
 * what was on offer. */
static enum event_kind
required_first(struct span text, bool offers_tls, bool offers_auth)
{
	if (answer_says_tls(text))
		return EVENT_TLS_REQUIRED;
	if (span_has(text, "authenticat") || span_has(text, "login") || span_has(text, "log in"))
		return EVENT_AUTH_REQUIRED;
	if (offers_auth == offers_tls)
		return EVENT_TLS_OR_AUTH_REQUIRED;
	return offers_tls ? EVENT_TLS_REQUIRED : EVENT_AUTH_REQUIRED;
}

enum event_kind
smtp_reply_refusal(const struct reply *reply, bool offers_tls, bool offers_auth)
{
	struct span text = reply->text;
	bool policy = (span_starts(text, "5.7.") || span_starts(text, "4.7.")) && reply->code != 535 &&
	              !span_starts(text, "5.7.8") && !span_starts(text, "5.7.9");

	if (reply->code == 530)
		return required_first(text, offers_tls, offers_auth);
	if (reply->code == 538 || span_starts(text, "5.7.11") || span_has(text, "issue a STARTTLS") ||
	    span_has(text, "STARTTLS first"))
		return EVENT_TLS_REQUIRED;
	if ((policy && answer_says_tls(text)) || span_starts(text, "5.7.10") || span_starts(text, "5.7.30"))
		return EVENT_TLS_POLICY_REFUSED;
	if ((reply->code == 421 || reply->code == 450 || reply->code == 451) &&
	    (span_starts(text, "4.7.1") || span_starts(text, "4.2.")))
		return EVENT_TEMPORARY_REFUSED;
	return EVENT_KINDS;
}
