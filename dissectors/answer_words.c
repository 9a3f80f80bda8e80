/* The words that mail and news servers use in their answers, in order: those of RFC 5321, 3207, 4954, 3463, 1939, 2449
 * and 3977 and what Postfix, Exim, Sendmail, Exchange, Dovecot, INN and the large providers say.  A word that stands
 * here is no secret. */
#include "answer_words.h"

#include "base/table.h"

static const char *const words[] = {
	"8bitmime", "a", "abor", "abort", "aborted", "accepted", "access", "account", "acct",
	"action", "active", "adat", "address", "addresses", "after", "again", "ahead", "alert",
	"all", "allo", "allow", "allowed", "already", "an", "and", "anonymous", "another",
	"answer", "any", "appe", "append", "appended", "approved", "are", "argument",
	"arguments", "article", "articles", "as", "ascii", "at", "attempt", "attempts", "auth",
	"auth-resp-code", "auth-too-weak", "authenticate", "authenticated", "authentication",
	"authenticationfailed", "authinfo", "authorization", "authorizationfailed",
	"authorized", "available", "avbl", "bad", "bare", "be", "because", "been", "before",
	"begin", "begins", "being", "binary", "binarymime", "bit", "bits", "blacklisted",
	"blocked", "blocklisted", "body", "bounce", "burl", "busy", "but", "by", "bye", "bytes",
	"callout", "can", "can't", "canceled", "cancelled", "cannot", "capa", "capabilities",
	"capability", "ccc", "cdup", "certificate", "change", "changed", "channel", "character",
	"characters", "check", "checked", "checkpassword", "checkpoint", "chunk", "chunking",
	"chunks", "cipher", "clear", "cleartext", "client", "clnt", "close", "closed",
	"closing", "comb", "command", "commands", "complete", "completed", "compress",
	"confidentiality", "configuration", "connect", "connection", "content", "continue",
	"copy", "could", "couldn't", "cpsv", "cr", "cram-md5", "create", "created",
	"credentials", "crlf", "csid", "current", "currently", "cwd", "data", "day", "days",
	"deferred", "deflate", "delay", "delayed", "dele", "delete", "deleted", "deliverby",
	"delivered", "delivery", "denied", "destination", "did", "digest-md5", "directory",
	"disabled", "disallowed", "discarded", "disconnect", "disconnecting", "discontinued",
	"distribution", "dkim", "dmarc", "dns", "does", "doesn't", "domain", "don't", "done",
	"dot", "dovecot", "downgrade", "dsiz", "dsn", "due", "duplicate", "e-mail", "early",
	"ehlo", "eight", "either", "elsewhere", "email", "empty", "enable", "enabled",
	"encrypt", "encrypt-needed", "encrypted", "encryption", "end", "ending", "ends",
	"enhancedstatuscodes", "enough", "enter", "entering", "envelope", "eprt", "epsv",
	"error", "errors", "esmtp", "esta", "estp", "etrn", "examine", "exceeded", "expected",
	"expire", "expired", "expn", "expunge", "expunged", "extended", "extensions",
	"external", "failed", "failure", "fatal", "feat", "feature", "features", "fetch",
	"fields", "file", "files", "final", "find", "first", "flags", "follows", "for",
	"forbidden", "format", "found", "fqdn", "from", "ftp", "ftps", "full", "fully",
	"futurerelease", "get", "go", "going", "gone", "good", "goodbye", "got", "graylisted",
	"graylisting", "greylist", "greylisted", "greylisting", "group", "groups", "gssapi",
	"had", "handshake", "has", "hash", "hasn't", "have", "haven't", "hdr", "he", "head",
	"header", "headers", "hello", "helo", "help", "her", "highestmodsn", "him", "host",
	"hostname", "hour", "hours", "however", "i", "id", "identified", "identity", "idle",
	"idling", "if", "ignored", "ihave", "illegal", "image", "imap", "imap4", "imap4rev1",
	"implementation", "implemented", "in", "in-use", "inactive", "inactivity", "inbox",
	"incoming", "incorrect", "information", "initiate", "inline", "inn", "input",
	"insecure", "insufficient", "internal", "into", "invalid", "invoked", "is", "isn't",
	"issue", "it", "its", "itself", "just", "kbytes", "kerberos", "kilobytes", "kind", "l8",
	"lang", "last", "later", "layer", "left", "length", "level", "lf", "limit", "limits",
	"line", "lines", "list", "listed", "listing", "literal", "local", "locally", "location",
	"lock", "locked", "log", "logged", "logging", "login", "login-delay", "logindisabled",
	"logout", "long", "lookup", "lpsv", "lsub", "made", "mail", "mail-from", "mailbox",
	"mailboxes", "maildrop", "mails", "malformed", "managesieve", "many", "marked",
	"maximum", "mb", "mdtm", "mechanism", "mechanisms", "megabytes", "message", "messages",
	"method", "mfct", "mff", "mfmt", "mic", "minute", "minutes", "misconfiguration",
	"missing", "mkd", "mlsd", "mlst", "mode", "mode-reader", "moment", "more", "move",
	"mt-priority", "must", "mx", "name", "namespace", "need", "needed", "needs",
	"negotiation", "nested", "never", "newline", "newlines", "newnews", "news", "newsgroup",
	"newsgroups", "nlst", "nntp", "no", "non", "non-anonymous", "non-secure", "nonexistent",
	"noop", "not", "nothing", "now", "ntlm", "null", "number", "oauth", "oauthbearer",
	"octet", "octet-stream", "octets", "of", "off", "offered", "ok", "okay", "on", "once",
	"only", "open", "opening", "operation", "option", "opts", "or", "order", "original",
	"other", "out", "over", "overview", "own", "parameter", "parameters", "parse",
	"parsing", "passive", "password", "pasv", "path", "pbsz", "per", "permanent",
	"permanentflags", "permission", "permitted", "pipelining", "plain", "plain-text",
	"plaintext", "please", "policy", "pop", "pop3", "port", "possible", "post", "posted",
	"posting", "postmaster", "previous", "prior", "privacy", "privacyrequired", "private",
	"problem", "proceed", "processing", "prohibited", "prot", "protected", "protection",
	"protocol", "provided", "pwd", "queue", "queued", "quit", "quitting", "quota", "quotas",
	"rate", "ratio", "rcpt", "read", "reader", "ready", "receive", "received", "recipient",
	"recipients", "recognised", "recognized", "reconnect", "referral", "rein",
	"reinitialize", "reject", "rejected", "relay", "relaying", "remote", "removed",
	"rename", "renamed", "renew", "reply", "reputation", "request", "requested", "require",
	"required", "requires", "requiretls", "reset", "resolve", "resources", "resp-codes",
	"response", "response-codes", "rest", "restart", "restricted", "result", "retr",
	"retrieve", "retrieved", "retry", "return", "reverse", "rmd", "rmda", "rnfr", "rnto",
	"rset", "running", "safe", "same", "sasl", "scram-sha-1", "scram-sha-256", "script",
	"scripts", "search", "second", "seconds", "secure", "security", "see", "select",
	"selected", "selection", "send", "sender", "sending", "sent", "sequence", "server",
	"service", "service-unavailable", "session", "sessions", "set", "setup", "shall", "she",
	"should", "shutting", "sieve", "signing", "simultaneous", "since", "site", "size",
	"slave", "slow", "smnt", "smtp", "smtputf8", "socket", "sorry", "sort", "space", "spam",
	"specified", "spf", "spsv", "sscn", "ssl", "ssl/tls", "ssl;tls", "start", "started",
	"starting", "starttls", "stat", "state", "status", "still", "stls", "stop", "stor",
	"storage", "store", "stored", "stou", "stream", "streaming", "strength", "string",
	"strong", "stru", "submission", "submit", "subscribe", "subscribed", "success",
	"successful", "successfully", "such", "support", "supported", "switched", "switching",
	"symlink", "syntax", "sys/perm", "sys/temp", "syst", "system", "tag", "take", "taken",
	"tcp", "temporarily", "temporary", "terminated", "terminating", "text", "than", "thank",
	"thanks", "that", "the", "them", "then", "there", "they", "this", "thread", "time",
	"timed", "timeout", "tls", "tls-c", "tls-p", "tls;ssl", "tls;tls-c;ssl;tls-p", "to",
	"token", "tokens", "too", "top", "transaction", "transfer", "transferred", "transfers",
	"transient", "transit", "transition-needed", "transmission", "transmit", "transport",
	"tried", "try", "trying", "trylater", "turned", "tvfs", "type", "uid", "uidl",
	"uidnext", "uidvalidity", "unable", "unacceptable", "unauthorized", "unavailable",
	"unchanged", "unexpected", "unimplemented", "unix", "unknown", "unlock", "unlocked",
	"unrecognised", "unrecognized", "unselect", "unsubscribe", "unsupported", "until",
	"unverified", "unwanted", "up", "upgrade", "upgraded", "usage", "use", "used", "user",
	"username", "using", "utf-8", "utf8", "valid", "value", "verification", "verified",
	"verify", "version", "via", "violation", "vrfy", "waiting", "want", "wanted", "was",
	"we", "weak", "welcome", "went", "when", "while", "will", "with", "without", "write",
	"wrong", "xclient", "xcrc", "xforward", "xmd5", "xoauth2", "xover", "xpwd", "xsha",
	"xsha1", "xsha256", "xsha512", "yes", "you", "your",
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
