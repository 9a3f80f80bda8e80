/* What of a greeting stays the same from one connection to the next (RFC 5321, section 4.2: the domain, then text as
 * the operator likes it).  Versions, dates and queue ids change, so they must not tell one server from another. */
#include "rules/greeting.h"

#include "base/table.h"

#include <ctype.h>

enum {
	HOST_MOST = 255,
	PRODUCT_LEAST = 3,
	PRODUCT_MOST = 24,
};

static bool
is_service(struct span word)
{
	return span_is(word, "ESMTP") || span_is(word, "SMTP") || span_is(word, "LMTP") || span_is(word, "ESMTPS");
}

/* Letters, digits, dots and hyphens (RFC 5321, section 4.1.2), with the underscore that many hosts have. */
static bool
is_host(struct span word)
{
	bool letter = false;

	for (size_t i = 0; i < word.len; i++) {
		if (!isalnum(word.at[i]) && memchr(".-_", word.at[i], 3) == NULL)
			return false;
		letter |= isalpha(word.at[i]) != 0;
	}
	return letter && word.len <= HOST_MOST;
}

/* A name of one label is taken for one only in front of the service's name: it may as well be the first word of a
 * sentence. */
struct span
greeting_host(struct span text)
{
	struct span word = { 0 }, next = { 0 };

	span_take_word(&text, &word);
	span_take_word(&text, &next);
	if (!is_host(word) || is_service(word))
		return (struct span){ 0 };
	if (memchr(word.at, '.', word.len) == NULL && !is_service(next))
		return (struct span){ 0 };
	if (word.at[word.len - 1] == '.')
		word.len--;
	return word;
}

/* Where the greeting says one of these, whatever else it says. */
static struct span
known_product(struct span text)
{
	static const char *const products[] = { "Microsoft ESMTP MAIL Service", "Postfix", "Exim", "Sendmail",
		"Dovecot", "OpenSMTPD", "gsmtp", "Haraka", "hMailServer", "MailEnable", "MDaemon", "Kerio Connect",
		"Zimbra", "CommuniGate Pro", "Lotus Domino", "IceWarp", "SmarterMail", "Axigen", "XMail", "Mercury",
		"qmail", "PowerMTA", "Momentum", "Exchange", "Barracuda", "Proofpoint", "Mimecast", "IronPort",
		"FortiMail", "Symantec", "Trend Micro", "Stalwart", "Maddy", "Apache James", "Mailu",
		"Coremail", "Cyrus" };

	for (size_t i = 0; i < TABLE_LENGTH(products); i++)
		if (span_has(text, products[i]))
			return span_of(products[i]);
	return (struct span){ 0 };
}

/* Words that say nothing of the software, and names of days and months. */
static bool
is_filler(struct span word)
{
	static const char *const fillers[] = { "ready", "service", "server", "mail", "mailer", "at", "on", "the", "and",
		"for", "welcome", "hello", "greetings", "is", "to", "here", "with", "available", "you", "this",
		"system", "spam", "not", "accepted", "gmt", "utc", "cet", "cest", "est", "edt", "pst", "pdt",
		"mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug",
		"sep", "oct", "nov", "dec", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
		"sunday", "january", "february", "march", "april", "june", "july", "august", "september",
		"october", "november", "december" };

	return span_is_any(word, fillers, TABLE_LENGTH(fillers));
}

/* A name has letters only, and is not written in capitals all through, as ids are. */
static bool
may_be_product(struct span word)
{
	size_t capitals = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (!isalpha(word.at[i]))
			return false;
		capitals += isupper(word.at[i]) != 0;
	}
	return word.len >= PRODUCT_LEAST && word.len <= PRODUCT_MOST && capitals < word.len && !is_service(word) &&
	       !is_filler(word);
}

struct span
greeting_product(struct span text)
{
	struct span rest = text, word, known;

	if (greeting_host(text).len > 0)
		span_take_word(&rest, &word);
	known = known_product(rest);
	if (known.len > 0)
		return known;
	while (span_take_word(&rest, &word))
		if (may_be_product(word))
			return word;
	return (struct span){ 0 };
}
