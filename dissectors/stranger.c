/* A line that is no command at all may be anything, a password included: of it only words that stand in a table here
 * are kept. */
#include "stranger.h"

#include "answer.h"
#include "base/table.h"

#include <stdio.h>

/* One letter wrong, missing, added or moved, or a blank in between.  Gives that word, or the empty span. */
static struct span
near_starttls(struct span line)
{
	static const char *const near[] = { "START TLS", "START-TLS", "START_TLS", "STLS", "START", "STARTTSL",
		"STARTSSL", "STARTTL", "STARTLS", "STRATTLS", "STATTLS", "STARTTLS:", "STARTTLS;", "STARTTLSS",
		"SSTARTTLS", "TLS" };
	struct span word = span_trim(span_first(line, span_of("START TLS").len));
	size_t same = 0;

	for (size_t i = 0; i < TABLE_LENGTH(near); i++)
		if (span_is(word, near[i]))
			return word;
	for (size_t i = 0; line.len == 8 && i < 8; i++)
		same += span_same(span_from(line.at + i, 1), span_from(&"STARTTLS"[i], 1));
	return same >= 7 ? line : (struct span){ 0 };
}

/* What the line of a client that knows another protocol looks like: only words that stand in these tables are
 * ever quoted. */
enum note_kind
stranger_recognise(struct span line, struct span *quote_r)
{
	static const char *const web[] = { "GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE", "Host:" };
	static const char *const sisters[] = { "USER", "PASS", "APOP", "CAPA", "STAT", "LIST", "RETR", "FEAT",
		"PASV", "PORT", "SYST", "LHLO", "LOGIN", "AUTHENTICATE", "CAPABILITY", "AUTHINFO", "SSH-2.0", "EHLO",
		"HELO" };
	struct span rest = line, word, second, near;

	span_take_word(&rest, &word);
	span_take_word(&rest, &second);
	*quote_r = word;
	if (answer_is_blanked(word))
		return NOTE_BLANKED_COMMAND;
	for (size_t i = 0; i < TABLE_LENGTH(web); i++)
		if (span_is(word, web[i]) && (i + 1 == TABLE_LENGTH(web) || span_has(line, " HTTP/")))
			return NOTE_HTTP_REQUEST;
	near = near_starttls(line);
	if (near.len > 0) {
		*quote_r = near;
		return NOTE_STARTTLS_MISSPELT;
	}
	for (size_t i = 0; i < TABLE_LENGTH(sisters); i++) {
		if (span_is(word, sisters[i]))
			return NOTE_WRONG_PROTOCOL;
		if (span_is(second, sisters[i])) {
			*quote_r = second;
			return NOTE_WRONG_PROTOCOL;
		}
	}
	*quote_r = (struct span){ 0 };
	return NOTE_UNKNOWN_VERB;
}

struct stranger
stranger_tell(struct dialogue *d, struct span line)
{
	struct span quote;
	struct stranger stranger = { .kind = stranger_recognise(line, &quote) };
	bool unknown = stranger.kind == NOTE_UNKNOWN_VERB;

	stranger.quote = unknown ? span_of("<unrecognised>") : quote;
	quote = span_first(stranger.quote, 20);
	snprintf(stranger.told, sizeof(stranger.told), "%.*s%s", (int)quote.len, (const char *)quote.at,
		stranger.quote.len < line.len && !unknown ? " ..." : "");
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, span_of(stranger.told));
	dialogue_note(d, CLIENT, stranger.kind, stranger.quote);
	return stranger;
}
