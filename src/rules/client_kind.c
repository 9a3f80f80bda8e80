/* Scanners and monitors connect to see what a server offers, and send no mail.  Most say who they are in
 * their EHLO name.  Only names tell here: EHLO and QUIT without mail is what any client does that misses the offer. */
#include "rules/client_kind.h"

#include "base/table.h"

#include <ctype.h>

enum match {
	MATCH_DOMAIN,           /* the name, or the end of it behind a dot */
	MATCH_WORD,             /* a word of the name, between dots, hyphens and underscores */
};

struct name_rule {
	const char      *word;
	enum match       match;
	enum client_kind kind;
};

static const struct name_rule rules[] = {
	{ "masscan", MATCH_WORD, CLIENT_SCANNER },
	{ "zgrab", MATCH_WORD, CLIENT_SCANNER },
	{ "zgrab2", MATCH_WORD, CLIENT_SCANNER },
	{ "zmap", MATCH_WORD, CLIENT_SCANNER },
	{ "nmap", MATCH_WORD, CLIENT_SCANNER },
	{ "nessus", MATCH_WORD, CLIENT_SCANNER },
	{ "openvas", MATCH_WORD, CLIENT_SCANNER },
	{ "sslyze", MATCH_WORD, CLIENT_SCANNER },
	{ "testssl", MATCH_WORD, CLIENT_SCANNER },
	{ "swaks", MATCH_WORD, CLIENT_SCANNER },
	{ "scanme.org", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "openssl.client.net", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "shodan.io", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "censys.io", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "censys-scanner.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "internet-census.org", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "internet-measurement.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "binaryedge.io", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "binaryedge.ninja", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "shadowserver.org", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "stretchoid.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "leakix.org", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "onyphe.net", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "rapid7.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "netsystemsresearch.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "checktls.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "ssl-tools.net", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "hardenize.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "internet.nl", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "mxtoolbox.com", MATCH_DOMAIN, CLIENT_SCANNER },
	{ "nagios", MATCH_WORD, CLIENT_MONITOR },
	{ "icinga", MATCH_WORD, CLIENT_MONITOR },
	{ "zabbix", MATCH_WORD, CLIENT_MONITOR },
	{ "monit", MATCH_WORD, CLIENT_MONITOR },
	{ "munin", MATCH_WORD, CLIENT_MONITOR },
	{ "prtg", MATCH_WORD, CLIENT_MONITOR },
	{ "smokeping", MATCH_WORD, CLIENT_MONITOR },
	{ "blackbox", MATCH_WORD, CLIENT_MONITOR },
	{ "smtpchk", MATCH_WORD, CLIENT_MONITOR },
	{ "check_smtp", MATCH_DOMAIN, CLIENT_MONITOR },
	{ "healthcheck", MATCH_WORD, CLIENT_MONITOR },
	{ "uptime", MATCH_WORD, CLIENT_MONITOR },
	{ "uptimerobot", MATCH_WORD, CLIENT_MONITOR },
	{ "pingdom", MATCH_WORD, CLIENT_MONITOR },
	{ "statuscake", MATCH_WORD, CLIENT_MONITOR },
	{ "site24x7", MATCH_WORD, CLIENT_MONITOR },
};

static bool
ends_as_domain(struct span name, struct span domain)
{
	size_t before = name.len - domain.len;

	return name.len >= domain.len && span_same(span_after(name, before), domain) &&
	       (before == 0 || name.at[before - 1] == '.');
}

/* A name is words with dots, hyphens and the like between them. */
static bool
has_part(struct span name, struct span word)
{
	while (name.len > 0) {
		size_t len = 0;

		while (len < name.len && isalnum(name.at[len]))
			len++;
		if (span_same(span_first(name, len), word))
			return true;
		name = span_after(name, len + 1);
	}
	return false;
}

static uint32_t
letter_bit(uint8_t letter)
{
	return 1u << (letter & 31);
}

/* The letters with which parts of the name begin, more or less: any word of the rules stands at such a place. */
static uint32_t
initials_of(struct span name)
{
	uint32_t initials = 0;

	for (size_t i = 0; i < name.len; i++)
		if (i == 0 || !isalnum(name.at[i - 1]))
			initials |= letter_bit(name.at[i]);
	return initials;
}

/* The host that watches sends mail itself when it has something to tell. */
static bool
holds(const struct name_rule *rule, const struct session *session, struct span name)
{
	struct span word = span_of(rule->word);

	if (rule->kind == CLIENT_MONITOR && (session->mails > 0 || session->auths != NULL))
		return false;
	return rule->match == MATCH_DOMAIN ? ends_as_domain(name, word) : has_part(name, word);
}

enum client_kind
client_kind_of(const struct session *session)
{
	struct span name = session->client_name.text;
	uint32_t initials = initials_of(name);

	for (size_t i = 0; i < TABLE_LENGTH(rules); i++)
		if (initials & letter_bit((uint8_t)rules[i].word[0]) && holds(&rules[i], session, name))
			return rules[i].kind;
	return CLIENT_ORDINARY;
}
