/* The table of commands, and what of one may be shown. */
#include "smtp_verbs.h"

#include "sasl.h"
#include "smtp_body.h"
#include "smtp_client.h"
#include "smtp_login.h"
#include "smtp_quote.h"
#include "smtp_server.h"

#include "base/table.h"

#include <string.h>

static void
quote_host(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)line;
	smtp_quote_host(out, verb, args);
}

static void
quote_auth(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)verb;
	(void)line;
	sasl_quote(out, "AUTH", args);
}

static void
quote_envelope(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)verb;
	(void)args;
	smtp_quote_envelope(out, line);
}

static void
quote_chunk(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)verb;
	(void)line;
	smtp_quote_chunk(out, args);
}

static void
quote_forwarded(struct buffer *out, const char *verb, struct span line, struct span args)
{
	(void)line;
	buffer_add_text(out, verb);
	smtp_quote_forwarded(out, args);
	buffer_add_text(out, args.len > 0 ? " ..." : "");
}

/* The first rows stand for what has no verb: a line that is none, a finished body, a login's response, a chunk of a
 * message and the last one, a login in the manner of another protocol. */
const struct smtp_verb smtp_verbs[] = {
	[VERB_UNKNOWN] = { "", 0, NULL, NULL, NULL },
	[VERB_BODY] = { "", 0, NULL, NULL, smtp_body_answered },
	[VERB_RESPONSE] = { "", LAST_IN_GROUP, NULL, NULL, smtp_login_answered },
	[VERB_BDAT_PART] = { "", 0, NULL, NULL, NULL },
	[VERB_BDAT_LAST] = { "", 0, NULL, NULL, smtp_body_answered },
	[VERB_STRANGER] = { "", 0, NULL, NULL, smtp_stranger_answered },
	[VERB_EHLO] = { "EHLO", LAST_IN_GROUP, quote_host, smtp_ehlo_seen, smtp_ehlo_answered },
	{ "LHLO", LAST_IN_GROUP, quote_host, smtp_lhlo_seen, smtp_ehlo_answered },
	{ "HELO", LAST_IN_GROUP, quote_host, smtp_helo_seen, smtp_helo_answered },
	{ "STARTTLS", LAST_IN_GROUP, NULL, smtp_starttls_seen, smtp_starttls_answered },
	{ "X-ANONYMOUSTLS", LAST_IN_GROUP, NULL, smtp_anonymoustls_seen, smtp_starttls_answered },
	{ "AUTH", LAST_IN_GROUP | APPLICATION, quote_auth, smtp_login_asked, smtp_login_answered },
	{ "MAIL", ENVELOPE | APPLICATION, quote_envelope, smtp_mail_seen, smtp_mail_answered },
	{ "RCPT", ENVELOPE | APPLICATION, quote_envelope, NULL, smtp_rcpt_answered },
	{ "DATA", LAST_IN_GROUP | APPLICATION, NULL, smtp_data_seen, smtp_data_answered },
	{ "BDAT", APPLICATION, quote_chunk, smtp_body_chunk_announced, NULL },
	{ "BURL", APPLICATION, NULL, NULL, NULL },
	{ "RSET", 0, NULL, NULL, smtp_rset_answered },
	{ "NOOP", LAST_IN_GROUP, NULL, NULL, NULL },
	{ "QUIT", LAST_IN_GROUP, NULL, smtp_quit_seen, NULL },
	{ "HELP", 0, NULL, NULL, NULL },
	{ "VRFY", LAST_IN_GROUP | APPLICATION, NULL, NULL, smtp_vrfy_answered },
	{ "EXPN", LAST_IN_GROUP | APPLICATION, NULL, NULL, smtp_vrfy_answered },
	{ "ETRN", APPLICATION, quote_host, NULL, NULL },
	{ "TURN", LAST_IN_GROUP | APPLICATION, NULL, NULL, NULL },
	{ "ATRN", LAST_IN_GROUP | APPLICATION, NULL, NULL, NULL },
	{ "SEND", APPLICATION, NULL, NULL, NULL },
	{ "SOML", APPLICATION, NULL, NULL, NULL },
	{ "SAML", APPLICATION, NULL, NULL, NULL },
	{ "XCLIENT", 0, quote_forwarded, smtp_forwarded_seen, NULL },
	{ "XFORWARD", 0, quote_forwarded, smtp_forwarded_seen, NULL },
};

size_t
smtp_find_verb(struct span word)
{
	for (size_t i = VERB_EHLO; i < TABLE_LENGTH(smtp_verbs); i++)
		if (span_is(word, smtp_verbs[i].word))
			return i;
	return VERB_UNKNOWN;
}

void
smtp_quote_command(struct buffer *out, const struct smtp_verb *verb, struct span line, struct span args)
{
	if (verb->quote != NULL) {
		verb->quote(out, verb->word, line, args);
		return;
	}
	buffer_add_text(out, verb->word);
	buffer_add_text(out, args.len > 0 ? " ..." : "");
}

/* Whether the whole line is the command that it begins like: prose may begin with DATA, or TURN, as well. */
static bool
is_grammatical(const struct smtp_verb *verb, struct span line, struct span args)
{
	struct buffer text = { 0 };
	struct span word;
	bool whole;

	if (verb->quote == quote_envelope)
		return span_starts(line, "MAIL FROM:<") || span_starts(line, "RCPT TO:<");
	if (verb->quote == quote_auth)
		return span_take_word(&args, &word) && sasl_mechanism_name(word).len > 0;
	if (verb->quote == quote_host && memchr(line.at, '.', line.len) == NULL &&
	    memchr(line.at, '[', line.len) == NULL)
		return false;
	smtp_quote_command(&text, verb, line, args);
	whole = span_same(buffer_span(&text), line);
	buffer_free(&text);
	return whole;
}

bool
smtp_begins_command(struct span line)
{
	struct span args = line, word;
	size_t row;

	span_take_word(&args, &word);
	row = smtp_find_verb(word);
	return row != VERB_UNKNOWN && is_grammatical(&smtp_verbs[row], line, args);
}
