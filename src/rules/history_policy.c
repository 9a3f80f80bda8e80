/* What the user's policy says of a session: published and agreed policies that were broken, hosts that should not be
 * there.  Asks nothing of other sessions; it stands here because policies outlive captures and are changed, and what
 * they say is to be true of all sessions kept.
 *
 * Under TLS nobody sees to whom mail goes: broken agreements about domains show in clear sessions alone. */
#include "rules/history_tell.h"

#include "base/buffer.h"
#include "base/table.h"
#include "model/tls.h"
#include "rules/evidence.h"
#include "wire/ports.h"

#include <stdarg.h>
#include <stdlib.h>

/* Usages of TLSA records that mail servers heed (RFC 7672, section 3.1.3). */
enum {
	USAGE_TRUST_ANCHOR = 2,
	USAGE_END_ENTITY = 3,
};

struct memory {
	const struct policy *policy;
};

struct asked {
	const struct policy    *policy;
	const struct footprint *footprint;
};

struct answer {
	struct insight insight;
	struct buffer  reasons;
};

static const uint32_t mail_in_clear = EXPOSED_ENVELOPE | EXPOSED_CONTENT;

/* Saying it ------------------------------------------------------------------------------------- */

/* Returns true, so that a question can end with it. */
static bool because(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool
because(struct answer *answer, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buffer_vprintf(&answer->reasons, format, args);
	va_end(args);
	return true;
}

static void
assume(struct answer *answer, const char *what)
{
	buffer_printf(&answer->reasons, "; assumed that %s", what);
	answer->insight.confidence = CONFIDENCE_LIKELY;
}

/* The first of these lines that the session shows. */
static void
point_at(struct answer *answer, const struct footprint *footprint, enum place first, enum place second)
{
	answer->insight.place = footprint->places[first].seen ? first : second;
}

/* The session ----------------------------------------------------------------------------------- */

static bool
is_clear_mail(const struct footprint *footprint)
{
	return (footprint->flags & FOOT_APPLICATION) && (footprint->exposed & mail_in_clear);
}

/* Mail on its way through the rooms of one house: no policy between domains speaks of it. */
static bool
is_house_hop(const struct asked *asked)
{
	const struct address *client = &asked->footprint->client.address, *server = &asked->footprint->server.address;

	return hosts_are_one(client, server) || policy_trusts(asked->policy, client, server);
}

/* The name under which the user lists the server, else the one that it greets with. */
static bool
is_named(const struct asked *asked, struct span pattern)
{
	const struct policy_server *server = policy_server_at(asked->policy, &asked->footprint->server);

	if (server != NULL && server->name.len > 0)
		return policy_pattern_has(pattern, server->name);
	return policy_pattern_has(pattern, asked->footprint->greeting_name);
}

static bool
is_named_in(const struct asked *asked, const struct policy_mta_sts *published)
{
	for (size_t i = 0; i < published->mx_count; i++)
		if (is_named(asked, published->mx[i]))
			return true;
	return false;
}

/* A domain, or, with a dot before it, any below it. */
static bool
domain_has(struct span domain, struct span name)
{
	if (!span_starts(domain, "."))
		return span_same(domain, name);
	return name.len > domain.len && span_same(domain, span_after(name, name.len - domain.len));
}

static bool
domain_has_one(struct span domain, struct span names)
{
	struct span name;

	while (span_take_word(&names, &name))
		if (domain_has(domain, name))
			return true;
	return false;
}

/* Domains --------------------------------------------------------------------------------------- */

/* Users hand mail in, hosts of one house pass it on: only what leaves goes to the domain itself. */
static bool
may_be_delivery(const struct asked *asked)
{
	return !(asked->footprint->flags & FOOT_ACCESS) &&
	       !policy_is_inside(asked->policy, &asked->footprint->server.address);
}

static const char next_hop[] = "the server is one of that domain and no relay of the sender's own";

static bool
breaks_mta_sts(const struct asked *asked, const struct policy_mta_sts *published, struct answer *answer)
{
	const struct footprint *f = asked->footprint;
	bool listed = is_named_in(asked, published);

	if (published->mode != POLICY_ENFORCE || !policy_held(&published->held, f->started_ns) ||
	    !span_lists(f->recipient_domains, published->domain) || (!listed && !may_be_delivery(asked)))
		return false;
	because(answer, "mail for %.*s went in clear to %.*s, which its policy in mode enforce %s",
		WORDS(published->domain), WORDS(f->greeting_name), listed ? "lists" : "does not list");
	if (!listed)
		assume(answer, next_hop);
	return true;
}

/* RFC 8461, section 5: with a policy in mode enforce a sender must not deliver without TLS. */
static bool
asks_mta_sts(const struct asked *asked, struct answer *answer)
{
	const struct policy *policy = asked->policy;

	if (!is_clear_mail(asked->footprint) || (asked->footprint->flags & FOOT_ACCESS) || is_house_hop(asked))
		return false;
	if (policy_is_outside(policy, &asked->footprint->client.address))
		answer->insight.severity = SEVERITY_INFO;
	for (size_t i = 0; i < policy->mta_sts_count; i++)
		if (breaks_mta_sts(asked, &policy->mta_sts[i], answer))
			return true;
	return false;
}

static bool
breaks_dane(const struct asked *asked, const struct policy_tlsa *published, struct answer *answer)
{
	const struct footprint *f = asked->footprint;

	if (published->port != f->server.port || !policy_held(&published->held, f->started_ns))
		return false;
	if (is_named(asked, published->host))
		return because(answer, "mail went in clear to %.*s, which has TLSA records", WORDS(published->host));
	if (published->domain.len == 0 || !span_lists(f->recipient_domains, published->domain) ||
	    !may_be_delivery(asked))
		return false;
	because(answer, "mail for %.*s, whose server %.*s has TLSA records, went in clear to %.*s",
		WORDS(published->domain), WORDS(published->host), WORDS(f->greeting_name));
	assume(answer, next_hop);
	return true;
}

/* RFC 7672, section 2.2: even records that are of no use demand TLS. */
static bool
asks_dane(const struct asked *asked, struct answer *answer)
{
	if (!is_clear_mail(asked->footprint) || is_house_hop(asked))
		return false;
	for (size_t i = 0; i < asked->policy->tlsa_count; i++)
		if (breaks_dane(asked, &asked->policy->tlsa[i], answer))
			return true;
	return false;
}

/* Partners -------------------------------------------------------------------------------------- */

static bool
is_version_too_low(const struct footprint *footprint, const struct policy_partner *partner)
{
	return (footprint->flags & FOOT_ESTABLISHED) && footprint->tls_version != 0 &&
	       footprint->tls_version < partner->least_version;
}

static bool
breaks_with_network(const struct asked *asked, const struct policy_partner *partner, struct answer *answer)
{
	const struct footprint *f = asked->footprint;
	char text[ADDRESS_TEXT_SIZE];
	bool server = network_has(&partner->network, &f->server.address);

	if (partner->domain.len > 0 || (!server && !network_has(&partner->network, &f->client.address)))
		return false;
	address_text(server ? &f->server.address : &f->client.address, text);
	if ((f->flags & FOOT_APPLICATION) && (f->exposed & (mail_in_clear | EXPOSED_CREDENTIAL)))
		return because(answer, "TLS was agreed on with %s, and mail or a password crossed in clear", text);
	if (!is_version_too_low(f, partner))
		return false;
	point_at(answer, f, PLACE_SERVER_HELLO, PLACE_CLIENT_HELLO);
	return because(answer, "at least %s was agreed on with %s, and %s was used",
		tls_version_word(partner->least_version), text, tls_version_word(f->tls_version));
}

/* Anyone may claim to send from a domain; what is delivered to one shows that by itself. */
static bool
breaks_with_domain(const struct asked *asked, const struct policy_partner *partner, struct answer *answer)
{
	const struct footprint *f = asked->footprint;
	bool known = asked->policy->internal.count > 0;

	if (partner->domain.len == 0 || !is_clear_mail(f) || (f->flags & FOOT_ACCESS))
		return false;
	if (domain_has_one(partner->domain, f->recipient_domains) && may_be_delivery(asked)) {
		because(answer, "TLS was agreed on with %.*s, and mail for it went in clear",
			WORDS(partner->domain));
		if (!known)
			assume(answer, next_hop);
		return true;
	}
	if (!domain_has_one(partner->domain, f->sender_domain) ||
	    !policy_is_outside(asked->policy, &f->client.address))
		return false;
	because(answer, "TLS was agreed on with %.*s, and mail from it came in clear", WORDS(partner->domain));
	assume(answer, "the sender is who the client says");
	return true;
}

static bool
asks_partner(const struct asked *asked, struct answer *answer)
{
	const struct policy *policy = asked->policy;

	for (size_t i = 0; i < policy->partner_count && !is_house_hop(asked); i++)
		if (breaks_with_network(asked, &policy->partners[i], answer) ||
		    breaks_with_domain(asked, &policy->partners[i], answer))
			return true;
	return false;
}

/* Certificates ---------------------------------------------------------------------------------- */

/* The host that the client meant, as far as it is known. */
struct host {
	struct span name;
	bool        listed;             /* the user lists the server under this name */
	bool        greeted;            /* only the server's greeting says so */
};

/* A server may have a certificate for each name that it is asked for: the one in the hello comes first. */
static struct host
host_of(const struct asked *asked)
{
	const struct policy_server *server = policy_server_at(asked->policy, &asked->footprint->server);

	if (asked->footprint->sni.len > 0)
		return (struct host){ .name = asked->footprint->sni,
			.listed = server != NULL && server->name.len > 0 &&
		                  span_same(server->name, asked->footprint->sni) };
	if (server != NULL && server->name.len > 0)
		return (struct host){ .name = server->name, .listed = true };
	return (struct host){ .name = asked->footprint->greeting_name, .greeted = true };
}

static const char own_name[] = "the client meant the name that the server greets with";

static bool
is_usable(const struct policy_tlsa_record *record)
{
	return record->usage == USAGE_TRUST_ANCHOR || record->usage == USAGE_END_ENTITY;
}

static bool
has_usable(const struct policy_tlsa *published)
{
	for (size_t i = 0; i < published->record_count; i++)
		if (is_usable(&published->records[i]))
			return true;
	return false;
}

/* The records that held for this host when the session began; NULL without any that are of use. */
static const struct policy_tlsa *
records_of(const struct asked *asked, struct span host)
{
	for (size_t i = 0; i < asked->policy->tlsa_count; i++) {
		const struct policy_tlsa *published = &asked->policy->tlsa[i];

		if (span_same(published->host, host) && published->port == asked->footprint->server.port &&
		    policy_held(&published->held, asked->footprint->started_ns) && has_usable(published))
			return published;
	}
	return NULL;
}

/* What a record says of one certificate of the chain; UNKNOWN where its digest is not known. */
static enum known
record_names(const struct policy_tlsa_record *record, const struct footprint_digests *digests)
{
	static const uint8_t none[SHA256_SIZE];
	const uint8_t *digest = record->selector == 0 ? digests->sha256 : digests->spki_sha256;

	if (!record->comparable || memcmp(digest, none, sizeof(none)) == 0)
		return UNKNOWN;
	return memcmp(digest, record->sha256, SHA256_SIZE) == 0 ? YES : NO;
}

/* RFC 7671, section 5: usage 3 names the server's own certificate, usage 2 any that it sent. */
static enum known
record_matches(const struct policy_tlsa_record *record, const struct footprint *footprint)
{
	size_t count = record->usage == USAGE_END_ENTITY ? 1 : footprint->chain_count;
	enum known matches = NO;

	if (record->usage == USAGE_TRUST_ANCHOR && footprint->chain_count >= FOOTPRINT_CHAIN_MOST)
		matches = UNKNOWN;
	for (size_t i = 0; i < count && i < footprint->chain_count; i++) {
		enum known one = record_names(record, &footprint->chain[i]);

		if (one == YES)
			return YES;
		if (one == UNKNOWN)
			matches = UNKNOWN;
	}
	return matches;
}

static bool
all_fail(const struct policy_tlsa *published, const struct footprint *footprint)
{
	for (size_t i = 0; i < published->record_count; i++)
		if (is_usable(&published->records[i]) && record_matches(&published->records[i], footprint) != NO)
			return false;
	return true;
}

static bool
asks_dane_certificate(const struct asked *asked, struct answer *answer)
{
	const struct footprint *f = asked->footprint;
	struct host host = host_of(asked);
	const struct policy_tlsa *published = records_of(asked, host.name);

	if (published == NULL || f->chain_count == 0 || !all_fail(published, f))
		return false;
	because(answer, "none of the TLSA records of %.*s names a certificate or key that the server showed",
		WORDS(published->host));
	if (host.greeted)
		assume(answer, own_name);
	return true;
}

/* The published policy that lists this host, the stricter one of several; NULL without one. */
static const struct policy_mta_sts *
policy_listing(const struct asked *asked, struct span host)
{
	const struct policy_mta_sts *best = NULL;

	for (size_t i = 0; i < asked->policy->mta_sts_count; i++) {
		const struct policy_mta_sts *published = &asked->policy->mta_sts[i];

		if (published->mode == POLICY_NONE ||
		    !policy_held(&published->held, asked->footprint->started_ns) ||
		    (best != NULL && best->mode >= published->mode))
			continue;
		for (size_t k = 0; k < published->mx_count; k++)
			if (policy_pattern_has(published->mx[k], host))
				best = published;
	}
	return best;
}

/* RFC 8461, section 4.1: the name has to be among the alternative names. */
static bool
is_covered(const struct footprint *footprint, struct span host)
{
	const struct certificate leaf = { .has_names = true, .names = footprint->leaf.names };

	return certificate_covers(&leaf, host);
}

/* Whether TLSA records leave the name no part: an end entity's make names meaningless (RFC 7672, section 3.1.1), with a
 * trust anchor's the mail domain will do as well (section 3.2.3). */
static bool
is_named_by_tlsa(const struct asked *asked, struct span host)
{
	const struct policy_tlsa *published = records_of(asked, host);

	for (size_t i = 0; published != NULL && i < published->record_count; i++)
		if (published->records[i].usage == USAGE_END_ENTITY)
			return true;
	return published != NULL && published->domain.len > 0 && is_covered(asked->footprint, published->domain);
}

static bool
asks_mx_name(const struct asked *asked, struct answer *answer)
{
	const struct footprint *f = asked->footprint;
	struct host host = host_of(asked);
	const struct policy_mta_sts *published;

	if (!f->leaf.seen || host.name.len == 0 || is_covered(f, host.name) ||
		is_named_by_tlsa(asked, host.name))
		return false;
	published = (f->flags & FOOT_ACCESS) ? NULL : policy_listing(asked, host.name);
	if (published == NULL && !host.listed)
		return false;
	answer->insight.severity =
		published != NULL && published->mode == POLICY_ENFORCE ? SEVERITY_HIGH : SEVERITY_INFO;
	because(answer, "the certificate does not bear %.*s%s%.*s", WORDS(host.name),
		published != NULL ? ", a mail server of " : "",
		WORDS(published != NULL ? published->domain : (struct span){ 0 }));
	if (host.greeted)
		assume(answer, own_name);
	return true;
}

/* Hosts ----------------------------------------------------------------------------------------- */

static bool
asks_shadow_server(const struct asked *asked, struct answer *answer)
{
	const struct footprint *f = asked->footprint;
	char text[ADDRESS_TEXT_SIZE];

	if (asked->policy->server_count == 0 || !policy_is_inside(asked->policy, &f->server.address) ||
	    policy_server_at(asked->policy, &f->server) != NULL ||
	    (!f->places[PLACE_GREETING].seen && !(f->flags & FOOT_SERVER_HELLO)))
		return false;
	point_at(answer, f, PLACE_GREETING, PLACE_SERVER_HELLO);
	return because(answer, "%s serves mail on port %u and is not among the servers of the policy",
		address_text(&f->server.address, text), (unsigned)f->server.port);
}

static bool
asks_egress(const struct asked *asked, struct answer *answer)
{
	const struct policy *policy = asked->policy;
	const struct footprint *f = asked->footprint;
	char text[ADDRESS_TEXT_SIZE];

	if (policy->mail_servers.count == 0 || f->server.port != PORT_RELAY || (f->flags & FOOT_SILENT) ||
	    !policy_is_inside(policy, &f->client.address) || !policy_is_outside(policy, &f->server.address) ||
	    networks_have(&policy->mail_servers, &f->client.address))
		return false;
	point_at(answer, f, PLACE_NAME, f->places[PLACE_CLIENT_HELLO].seen ? PLACE_CLIENT_HELLO : PLACE_GREETING);
	return because(answer, "%s is not among the hosts that may send mail out",
		address_text(&f->client.address, text));
}

static bool
asks_belief(const struct asked *asked, struct answer *answer)
{
	const struct footprint *f = asked->footprint;
	char text[ADDRESS_TEXT_SIZE];

	if (f->verdict != VERDICT_PLAINTEXT_DECLINED ||
	    !networks_have(&asked->policy->must_encrypt, &f->client.address))
		return false;
	return because(answer, "the policy counts %s among the clients that use TLS",
		address_text(&f->client.address, text));
}

/* The questions --------------------------------------------------------------------------------- */

static const struct question {
	const char   *kind;
	enum severity severity;
	enum place    place;
	bool          of_clear;         /* what it finds crossed in clear: a tunnel may have protected it */
	bool (*asks)(const struct asked *asked, struct answer *answer);
} questions[] = {
	{ "cert-name-mismatch-mx", SEVERITY_HIGH, PLACE_CERTIFICATE, false, asks_mx_name },
	{ "cert-dane-mismatch", SEVERITY_HIGH, PLACE_CERTIFICATE, false, asks_dane_certificate },
	{ "posture-mtasts-violation", SEVERITY_HIGH, PLACE_APPLICATION, true, asks_mta_sts },
	{ "posture-dane-violation", SEVERITY_HIGH, PLACE_APPLICATION, true, asks_dane },
	{ "posture-partner-policy-violation", SEVERITY_HIGH, PLACE_APPLICATION, true, asks_partner },
	{ "posture-shadow-mail-server", SEVERITY_MEDIUM, PLACE_GREETING, false, asks_shadow_server },
	{ "posture-unexpected-egress", SEVERITY_MEDIUM, PLACE_NAME, false, asks_egress },
	{ "diag-offered-not-enforced-belief", SEVERITY_LOW, PLACE_APPLICATION, true, asks_belief },
};

static void
allow_for_tunnel(const struct asked *asked, struct answer *answer)
{
	if (!policy_protects(asked->policy, &asked->footprint->client.address, &asked->footprint->server.address))
		return;
	buffer_add_text(&answer->reasons, "; the policy says that a tunnel protects this path");
	answer->insight.confidence = CONFIDENCE_POSSIBLE;
}

static void
take(void *memory, const struct footprint *footprint, const struct hindsight *hindsight)
{
	const struct asked asked = { ((const struct memory *)memory)->policy, footprint };

	for (size_t i = 0; i < TABLE_LENGTH(questions) && asked.policy != NULL; i++) {
		struct answer answer = { .insight = {
			.kind = questions[i].kind,
			.severity = questions[i].severity,
			.confidence = CONFIDENCE_PROVEN,
			.place = questions[i].place,
		} };

		if (questions[i].asks(&asked, &answer)) {
			if (questions[i].of_clear)
				allow_for_tunnel(&asked, &answer);
			insight_tell(hindsight, &answer.insight, NULL, "%s", buffer_text(&answer.reasons));
		}
		buffer_free(&answer.reasons);
	}
}

static void *
create(struct budget *budget, const struct policy *policy)
{
	struct memory *memory = calloc(1, sizeof(*memory));

	(void)budget;
	if (memory != NULL)
		memory->policy = policy;
	return memory;
}

static void
destroy(void *memory)
{
	free(memory);
}

const struct subject history_policy = { create, take, destroy, NULL };
