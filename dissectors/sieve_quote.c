/* Commands, capabilities and answers of ManageSieve. */
#include "sieve_quote.h"

#include "answer.h"
#include "base/table.h"
#include "literal.h"
#include "sasl.h"

static const struct {
	const char *word;
	bool        application;        /* not just capabilities, NOOP, LOGOUT and the ask */
} verbs[] = {
	[SIEVE_NONE] = { "", false },
	[SIEVE_AUTHENTICATE] = { "AUTHENTICATE", true },
	[SIEVE_STARTTLS] = { "STARTTLS", false },
	[SIEVE_CAPABILITY] = { "CAPABILITY", false },
	[SIEVE_LOGOUT] = { "LOGOUT", false },
	{ "NOOP", false },
	{ "HAVESPACE", true },
	{ "PUTSCRIPT", true },
	{ "CHECKSCRIPT", true },
	{ "LISTSCRIPTS", true },
	{ "SETACTIVE", true },
	{ "GETSCRIPT", true },
	{ "DELETESCRIPT", true },
	{ "RENAMESCRIPT", true },
	{ "UNAUTHENTICATE", true },
};

size_t
sieve_find_verb(struct span word)
{
	for (size_t i = SIEVE_NONE + 1; i < TABLE_LENGTH(verbs); i++)
		if (span_is(word, verbs[i].word))
			return i;
	return SIEVE_NONE;
}

bool
sieve_is_application(size_t verb)
{
	return verbs[verb].application;
}

/* A string that is no mechanism may be a secret that stands in the wrong place. */
static void
quote_login(struct buffer *out, struct span args)
{
	struct buffer mechanism = { 0 }, plain = { 0 };

	if (argument_take(&args, &mechanism) == ARGUMENT_STRING)
		buffer_add(&plain, buffer_span(&mechanism));
	else
		buffer_add_text(&plain, "...");
	if (span_trim(args).len > 0)
		buffer_add_text(&plain, " ...");
	sasl_quote(out, "AUTHENTICATE", buffer_span(&plain));
	buffer_wipe(&mechanism);
	buffer_wipe(&plain);
}

void
sieve_quote_command(struct buffer *out, size_t verb, struct span args)
{
	if (verb == SIEVE_AUTHENTICATE) {
		quote_login(out, args);
		return;
	}
	buffer_add_text(out, verbs[verb].word);
	buffer_add_text(out, args.len > 0 ? " ..." : "");
}

bool
sieve_is_capability(struct span line)
{
	static const char *const names[] = { "\"IMPLEMENTATION\"", "\"SASL\"", "\"SIEVE\"", "\"STARTTLS\"",
		"\"NOTIFY\"",
		"\"MAXREDIRECTS\"", "\"LANGUAGE\"", "\"OWNER\"", "\"VERSION\"", "\"UNAUTHENTICATE\"" };

	for (size_t i = 0; i < TABLE_LENGTH(names); i++)
		if (span_starts(line, names[i]))
			return true;
	return false;
}

void
sieve_tell_capability(struct dialogue *d, struct span name, bool valued, struct span value, struct span text,
	bool guarded)
{
	struct buffer quote = { 0 };

	if (name.len == 0) {
		dialogue_note(d, SERVER, NOTE_LIST_HOLE, span_of("\"\""));
		return;
	}
	if (guarded)
		answer_quote(&quote, text, (struct span){ 0 });
	dialogue_event(d, SERVER, EVENT_CAPABILITY, 0, guarded ? buffer_span(&quote) : text);
	if (span_is(name, "STARTTLS"))
		dialogue_event(d, SERVER, EVENT_TLS_OFFERED, 0, name);
	if (span_is(name, "SASL") && span_trim(value).len > 0)
		dialogue_event(d, SERVER, EVENT_AUTH_OFFERED, 0, value);
	else if (span_is(name, "SASL") && valued)
		dialogue_event(d, SERVER, EVENT_LOGIN_NEEDS_TLS, 0, text);
	buffer_free(&quote);
}

/* The word that an answer begins with, whatever stands behind it without a blank. */
static struct span
answer_word(struct span line)
{
	size_t len = 0;

	while (len < line.len && line.at[len] != ' ' && line.at[len] != '(' && line.at[len] != '"')
		len++;
	return span_first(line, len);
}

bool
sieve_is_answer(struct span word)
{
	word = answer_word(word);
	return span_is(word, "OK") || span_is(word, "NO") || span_is(word, "BYE");
}

/* A code that carries what the client sent, or the user's name. */
static bool
is_private(struct span code)
{
	return span_is(code, "SASL") || span_is(code, "REFERRAL") || span_is(code, "TAG");
}

void
sieve_answer_read(struct span line, bool guarded, struct buffer *quote, struct sieve_answer *answer_r)
{
	struct span word = answer_word(line), text = span_trim(span_after(line, word.len));
	size_t end = span_find(text, ")");

	*answer_r = (struct sieve_answer){ .word = word, .text = text, .shown = line };
	if (text.len > 0 && text.at[0] == '(' && end < text.len) {
		answer_r->argument = span_first(span_after(text, 1), end - 1);
		span_take_word(&answer_r->argument, &answer_r->code);
	}
	if (!guarded && !is_private(answer_r->code))
		return;
	buffer_add(quote, word);
	buffer_add_text(quote, text.len > 0 ? " " : "");
	answer_quote(quote, text, (struct span){ 0 });
	answer_r->shown = buffer_span(quote);
}

static bool
wants_tls(const struct sieve_answer *answer)
{
	return span_is(answer->code, "ENCRYPT-NEEDED") || (answer->code.len == 0 && answer_says_tls(answer->text));
}

/* RFC 5804, section 1.3.  BYE ends the connection and says nothing of the login. */
enum auth_outcome
sieve_answer_outcome(const struct sieve_answer *answer)
{
	if (span_is(answer->word, "OK"))
		return AUTH_ACCEPTED;
	if (wants_tls(answer))
		return AUTH_REFUSED_TLS;
	return span_is(answer->word, "NO") ? AUTH_REJECTED : AUTH_OUTCOME_UNKNOWN;
}

/* The address of the other server without the name of the user (RFC 5804, section 3). */
static struct span
referral_host(struct span argument)
{
	size_t scheme = span_find(argument, "://"), at = span_find(argument, "@");

	argument = span_after(argument, at < argument.len ? at + 1 : scheme < argument.len ? scheme + 3 : 0);
	return span_first(argument, span_find(argument, "\""));
}

void
sieve_answer_tell(struct dialogue *d, const struct sieve_answer *answer, size_t verb, bool words_count)
{
	if (span_is(answer->code, "REFERRAL"))
		dialogue_note(d, SERVER, NOTE_LOGIN_REFERRED, referral_host(answer->argument));
	if (span_is(answer->word, "OK") || verb == SIEVE_STARTTLS)
		return;
	/* without its command it may as well refuse a STARTTLS that was not captured, whatever it says of TLS */
	if (verb != SIEVE_NONE && words_count ? wants_tls(answer) : span_is(answer->code, "ENCRYPT-NEEDED"))
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, 0, answer->shown);
	else if (span_is(answer->code, "TRYLATER"))
		dialogue_event(d, SERVER, EVENT_TEMPORARY_REFUSED, 0, answer->shown);
}
