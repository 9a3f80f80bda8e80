/* The words that mail and news servers use in their answers, in order: those of RFC 5321, 3207, 4954, 3463, 1939, 2449 and
 * 3977 and what Postfix, Exim, Sendmail, Exchange, Dovecot, INN and the large providers say.  A word that stands here is no
 * secret. */
#include "answer_words.h"

#include "base/table.h"

static const char *const words[] = {
	"8bitmime", "a", "abort", "aborted", "accepted", "access", "account", "action",
	"active", "address", "addresses", "after", "again", "ahead", "alert", "all", "allow",
	"allowed", "already", "an", "and", "anonymous", "another", "answer", "any", "append",
	"appended", "approved", "are", "argument", "arguments", "article", "articles", "as",
	"ascii", "at", "attempt", "attempts", "auth", "auth-resp-code", "auth-too-weak",
	"authenticate", "authenticated", "authentication", "authenticationfailed", "authinfo",
	"authorization", "authorizationfailed", "authorized", "available", "bad", "bare", "be",
	"because", "been", "before", "begin", "begins", "being", "binarymime", "bit", "bits",
	"blacklisted", "blocked", "blocklisted", "body", "bounce", "burl", "busy", "but", "by",
	"bye", "bytes", "callout", "can", "can't", "canceled", "cancelled", "cannot", "capa",
	"capabilities", "capability", "certificate", "channel", "character", "characters",
	"check", "checked", "checkpassword", "checkpoint", "chunk", "chunking", "chunks",
	"cipher", "cleartext", "client", "close", "closed", "closing", "command", "commands",
	"complete", "completed", "compress", "confidentiality", "configuration", "connect",
	"connection", "content", "continue", "copy", "could", "couldn't", "cr", "cram-md5",
	"create", "created", "credentials", "crlf", "current", "currently", "data", "day",
	"days", "deferred", "deflate", "delay", "delayed", "delete", "deleted", "deliverby",
	"delivered", "delivery", "denied", "destination", "did", "digest-md5", "disabled",
	"disallowed", "discarded", "disconnect", "disconnecting", "discontinued",
	"distribution", "dkim", "dmarc", "dns", "does", "doesn't", "domain", "don't", "done",
	"dot", "dovecot", "downgrade", "dsn", "due", "duplicate", "e-mail", "early", "ehlo",
	"eight", "either", "elsewhere", "email", "empty", "enable", "enabled", "encrypt",
	"encrypt-needed", "encrypted", "encryption", "end", "ending", "ends",
	"enhancedstatuscodes", "enough", "enter", "envelope", "error", "errors", "esmtp",
	"etrn", "examine", "exceeded", "expected", "expire", "expired", "expn", "expunge",
	"expunged", "extended", "external", "failed", "failure", "fatal", "fetch", "fields",
	"final", "find", "first", "flags", "follows", "for", "forbidden", "format", "found",
	"fqdn", "from", "full", "fully", "futurerelease", "get", "go", "going", "gone", "good",
	"goodbye", "got", "graylisted", "graylisting", "greylist", "greylisted", "greylisting",
	"group", "groups", "gssapi", "had", "handshake", "has", "hasn't", "have", "haven't",
	"hdr", "he", "head", "header", "headers", "hello", "helo", "help", "her",
	"highestmodsn", "him", "host", "hostname", "hour", "hours", "however", "id",
	"identified", "identity", "idle", "idling", "if", "ignored", "ihave", "illegal", "imap",
	"imap4", "imap4rev1", "implementation", "implemented", "in", "in-use", "inactive",
	"inactivity", "inbox", "incoming", "incorrect", "information", "initiate", "inline",
	"inn", "input", "insecure", "insufficient", "internal", "into", "invalid", "invoked",
	"is", "isn't", "issue", "it", "its", "itself", "just", "kbytes", "kerberos",
	"kilobytes", "kind", "last", "later", "layer", "left", "length", "level", "lf", "limit",
	"limits", "line", "lines", "list", "listed", "literal", "local", "locally", "location",
	"lock", "locked", "log", "logged", "logging", "login", "login-delay", "logindisabled",
	"logout", "long", "lookup", "lsub", "made", "mail", "mail-from", "mailbox", "mailboxes",
	"maildrop", "mails", "malformed", "managesieve", "many", "marked", "maximum", "mb",
	"mechanism", "mechanisms", "megabytes", "message", "messages", "method", "minute",
	"minutes", "misconfiguration", "missing", "mode", "mode-reader", "moment", "more",
	"move", "mt-priority", "must", "mx", "name", "namespace", "need", "needed", "needs",
	"negotiation", "nested", "never", "newline", "newlines", "newnews", "news", "newsgroup",
	"newsgroups", "nntp", "no", "non", "non-secure", "nonexistent", "noop", "not",
	"nothing", "now", "ntlm", "null", "number", "oauth", "oauthbearer", "octet",
	"octet-stream", "octets", "of", "off", "offered", "ok", "okay", "on", "once", "only",
	"open", "operation", "option", "or", "order", "original", "other", "out", "over",
	"overview", "own", "parameter", "parameters", "parse", "parsing", "password", "per",
	"permanent", "permanentflags", "permission", "permitted", "pipelining", "plain",
	"plaintext", "please", "policy", "pop", "pop3", "port", "possible", "post", "posted",
	"posting", "postmaster", "previous", "prior", "privacy", "privacyrequired", "problem",
	"processing", "prohibited", "protected", "protocol", "provided", "queue", "queued",
	"quit", "quitting", "quota", "quotas", "rate", "rcpt", "read", "reader", "ready",
	"receive", "received", "recipient", "recipients", "recognised", "recognized",
	"referral", "reject", "rejected", "relay", "relaying", "remote", "removed", "rename",
	"renamed", "renew", "reply", "reputation", "request", "requested", "require",
	"required", "requires", "requiretls", "reset", "resolve", "resources", "resp-codes",
	"response", "response-codes", "restricted", "result", "retrieved", "retry", "return",
	"reverse", "rset", "running", "safe", "same", "sasl", "scram-sha-1", "scram-sha-256",
	"script", "scripts", "search", "second", "seconds", "secure", "security", "see",
	"select", "selected", "selection", "send", "sender", "sending", "sent", "sequence",
	"server", "service", "service-unavailable", "session", "setup", "shall", "she",
	"should", "shutting", "sieve", "signing", "simultaneous", "since", "size", "slave",
	"slow", "smtp", "smtputf8", "socket", "sort", "space", "spam", "specified", "spf",
	"ssl", "ssl/tls", "start", "started", "starting", "starttls", "stat", "state", "status",
	"still", "stls", "stop", "storage", "store", "stored", "streaming", "strength",
	"string", "strong", "submission", "submit", "subscribe", "subscribed", "success",
	"successful", "successfully", "such", "support", "supported", "syntax", "sys/perm",
	"sys/temp", "system", "tag", "take", "taken", "temporarily", "temporary", "terminated",
	"terminating", "text", "than", "thank", "thanks", "that", "the", "them", "then",
	"there", "they", "this", "thread", "time", "timed", "timeout", "tls", "to", "token",
	"tokens", "too", "top", "transaction", "transfer", "transferred", "transient",
	"transit", "transition-needed", "transmission", "transmit", "transport", "tried", "try",
	"trying", "trylater", "turned", "type", "uid", "uidl", "uidnext", "uidvalidity",
	"unable", "unacceptable", "unauthorized", "unavailable", "unchanged", "unexpected",
	"unimplemented", "unknown", "unlock", "unlocked", "unrecognised", "unrecognized",
	"unselect", "unsubscribe", "unsupported", "until", "unverified", "unwanted", "up",
	"upgrade", "upgraded", "usage", "use", "used", "user", "username", "using", "utf-8",
	"utf8", "valid", "verification", "verified", "verify", "version", "via", "violation",
	"vrfy", "waiting", "want", "wanted", "was", "we", "weak", "welcome", "went", "when",
	"while", "will", "with", "without", "write", "wrong", "xclient", "xforward", "xoauth2",
	"xover", "yes", "you", "your",
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
answer_words_have(struct span word)
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
answer_words_at(size_t i)
{
	return i < TABLE_LENGTH(words) ? words[i] : NULL;
}
