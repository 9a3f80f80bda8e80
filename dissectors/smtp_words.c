/* The words that mail servers use in their replies, in order: those of RFC 5321, 3207, 4954 and 3463 and what Postfix,
 * Exim, Sendmail, Exchange and the large providers say.  A word that stands here is no secret. */
#include "smtp_words.h"

#include "base/table.h"

static const char *const words[] = {
	"8bitmime", "a", "abort", "aborted", "accepted", "access", "account", "action", "active",
	"address", "addresses", "after", "again", "ahead", "all", "allow", "allowed", "already",
	"an", "and", "anonymous", "answer", "any", "are", "argument", "arguments", "as", "at",
	"attempt", "attempts", "auth", "authenticate", "authenticated", "authentication",
	"authorization", "authorized", "available", "bad", "be", "because", "been", "before",
	"begin", "being", "binarymime", "blocked", "body", "bounce", "burl", "busy", "but", "by",
	"bye", "bytes", "can", "can't", "canceled", "cancelled", "cannot", "certificate",
	"channel", "checkpoint", "chunk", "chunking", "chunks", "cipher", "cleartext", "client",
	"closed", "closing", "command", "commands", "complete", "completed", "configuration",
	"connect", "connection", "content", "continue", "could", "couldn't", "cram-md5",
	"credentials", "current", "currently", "data", "deferred", "delay", "delayed",
	"deliverby", "delivered", "delivery", "denied", "destination", "did", "digest-md5",
	"disabled", "discarded", "disconnect", "disconnecting", "does", "doesn't", "domain",
	"don't", "done", "dot", "dsn", "due", "duplicate", "e-mail", "early", "ehlo", "either",
	"email", "empty", "enable", "enabled", "encrypted", "encryption", "end", "ends",
	"enhancedstatuscodes", "enough", "enter", "envelope", "error", "errors", "esmtp", "etrn",
	"exceeded", "expected", "expired", "expn", "extended", "external", "failed", "failure",
	"fatal", "fields", "final", "find", "first", "follows", "for", "forbidden", "format",
	"found", "from", "full", "fully", "futurerelease", "go", "going", "good", "goodbye",
	"got", "greylisted", "greylisting", "gssapi", "had", "handshake", "has", "have",
	"header", "hello", "helo", "help", "host", "however", "identified", "if", "ignored",
	"illegal", "implemented", "in", "inactive", "incoming", "incorrect", "information",
	"inline", "input", "insecure", "insufficient", "internal", "into", "invalid", "invoked",
	"is", "issue", "it", "its", "just", "kbytes", "later", "layer", "left", "length",
	"level", "limit", "limits", "line", "lines", "list", "local", "locally", "location",
	"log", "logged", "logging", "login", "long", "lookup", "made", "mail", "mail-from",
	"mailbox", "mailboxes", "malformed", "many", "mb", "mechanism", "mechanisms", "message",
	"messages", "method", "misconfiguration", "missing", "mode", "more", "mt-priority",
	"must", "mx", "name", "need", "needed", "needs", "negotiation", "nested", "no", "non",
	"not", "nothing", "now", "ntlm", "null", "number", "oauthbearer", "of", "off", "offered",
	"ok", "okay", "on", "only", "open", "operation", "option", "or", "order", "original",
	"other", "out", "over", "own", "parameter", "parameters", "parse", "password",
	"permanent", "permission", "permitted", "pipelining", "plain", "plaintext", "please",
	"policy", "port", "postmaster", "prior", "problem", "processing", "prohibited",
	"protected", "protocol", "provided", "queue", "queued", "quit", "quota", "rate", "rcpt",
	"read", "ready", "receive", "received", "recipient", "recipients", "recognised",
	"recognized", "reject", "rejected", "relay", "relaying", "remote", "removed", "reply",
	"request", "requested", "require", "required", "requires", "requiretls", "reset",
	"resources", "response", "restricted", "result", "retry", "return", "rset", "safe",
	"same", "scram-sha-1", "scram-sha-256", "secure", "security", "see", "send", "sender",
	"sending", "sent", "sequence", "server", "service", "session", "setup", "shall",
	"should", "shutting", "simultaneous", "since", "size", "slow", "smtp", "smtputf8",
	"socket", "space", "spam", "specified", "ssl", "start", "started", "starttls", "state",
	"status", "still", "stop", "storage", "stored", "string", "submission", "submit",
	"success", "successful", "successfully", "such", "support", "supported", "syntax",
	"system", "temporarily", "temporary", "terminated", "terminating", "text", "than",
	"thank", "thanks", "that", "the", "then", "there", "this", "time", "timed", "timeout",
	"tls", "to", "too", "transaction", "transfer", "transferred", "transient",
	"transmission", "transport", "tried", "try", "trying", "turned", "type", "unable",
	"unacceptable", "unauthorized", "unavailable", "unexpected", "unimplemented", "unknown",
	"unrecognised", "unrecognized", "unsupported", "until", "unverified", "up", "usage",
	"use", "used", "user", "username", "using", "valid", "verified", "verify", "version",
	"via", "violation", "vrfy", "waiting", "want", "was", "we", "welcome", "went", "when",
	"while", "will", "with", "without", "write", "wrong", "xclient", "xforward", "xoauth2",
	"yes", "you", "your",
};

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* Less, equal or greater than zero, as the word stands before, at or behind `entry`. */
static int
order(struct span word, const char *entry)
{
	size_t i = 0;

	while (i < word.len && entry[i] != '\0' && lower(word.at[i]) == (uint8_t)entry[i])
		i++;
	if (entry[i] == '\0')
		return i < word.len ? 1 : 0;
	return (i < word.len ? lower(word.at[i]) : 0) - (uint8_t)entry[i];
}

bool
smtp_words_have(struct span word)
{
	size_t low = 0, high = TABLE_LENGTH(words);

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int found = order(word, words[middle]);

		if (found == 0)
			return true;
		if (found < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

const char *
smtp_words_at(size_t i)
{
	return i < TABLE_LENGTH(words) ? words[i] : NULL;
}
