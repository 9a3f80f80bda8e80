/* Versions by name, and which host names a certificate stands for (RFC 9525, section 6). */
#include "model/tls.h"

#include "base/table.h"

#include <arpa/inet.h>
#include <string.h>

static const struct {
	uint16_t    version;
	const char *word;
} versions[] = {
	{ TLS_SSL2, "SSLv2" },
	{ TLS_SSL3, "SSLv3" },
	{ TLS_1_0, "TLSv1.0" },
	{ TLS_1_1, "TLSv1.1" },
	{ TLS_1_2, "TLSv1.2" },
	{ TLS_1_3, "TLSv1.3" },
};

const char *
tls_version_word(uint16_t version)
{
	for (size_t i = 0; i < TABLE_LENGTH(versions); i++)
		if (versions[i].version == version)
			return versions[i].word;
	return NULL;
}

uint16_t
tls_version_from_word(struct span word)
{
	for (size_t i = 0; i < TABLE_LENGTH(versions); i++)
		if (span_is(word, versions[i].word))
			return versions[i].version;
	return 0;
}

struct ip {
	int     family;         /* 0 for what is no address */
	uint8_t octets[16];
};

static struct ip
ip_of(struct span text)
{
	struct ip ip = { 0 };
	char copy[INET6_ADDRSTRLEN];

	if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.at, '\0', text.len) != NULL)
		return ip;
	memcpy(copy, text.at, text.len);
	copy[text.len] = '\0';
	if (inet_pton(AF_INET, copy, ip.octets) == 1)
		ip.family = AF_INET;
	else if (inet_pton(AF_INET6, copy, ip.octets) == 1)
		ip.family = AF_INET6;
	return ip;
}

static bool
ip_same(const struct ip *a, const struct ip *b)
{
	size_t size = a->family == AF_INET ? 4 : 16;

	return a->family == b->family && memcmp(a->octets, b->octets, size) == 0;
}

static struct span
without_last_dot(struct span name)
{
	return name.len > 0 && name.at[name.len - 1] == '.' ? span_first(name, name.len - 1) : name;
}

/* "[2001:db8::1]" as URLs and mail domains write it. */
static struct span
without_brackets(struct span name)
{
	if (name.len < 2 || name.at[0] != '[' || name.at[name.len - 1] != ']')
		return name;
	return span_after(span_first(name, name.len - 1), 1);
}

/* A wildcard that is not the whole left-most label, or not in it, matches nothing but itself. */
static bool
covers_name(struct span pattern, struct span host)
{
	const uint8_t *dot;

	pattern = without_last_dot(pattern);
	if (pattern.len == 0)
		return false;
	if (!span_starts(pattern, "*."))
		return span_same(pattern, host) && memchr(host.at, '*', host.len) == NULL;
	dot = memchr(host.at, '.', host.len);
	if (dot == NULL || dot == host.at)
		return false;
	return span_same(span_after(pattern, 1), span_after(host, (size_t)(dot - host.at)));
}

static bool
covers(struct span entry, struct span host, const struct ip *address)
{
	struct ip other;

	if (address->family == 0)
		return covers_name(entry, host);
	other = ip_of(entry);
	return ip_same(&other, address);
}

bool
certificate_covers(const struct certificate *certificate, struct span host)
{
	struct span names = certificate->names, name;
	struct ip address;

	host = without_last_dot(without_brackets(host));
	if (host.len == 0 || certificate->unreadable)
		return false;
	address = ip_of(host);
	if (!certificate->has_names)
		return covers(certificate->common_name, host, &address);
	while (span_take_item(&names, &name))
		if (covers(name, host, &address))
			return true;
	return false;
}
