/* How clients and servers behaved before: requests without an offer, refusals behind one, EHLO that worked, and
 * services that never had an offer. */
#include "rules/history_asked.h"

#include "model/protocol.h"
#include "rules/evidence.h"

enum {
	POINTS_MEMORY = 20,
	POINTS_QUIT = 15,
	POINTS_CONTRADICTED = 45,
	POINTS_UNKNOWN = 30,            /* what the session alone says of a command that is offered and not known */
	POINTS_PUT_OFF = 15,            /* refused for the time being, but to one network only */
	POINTS_LEGACY = 30,
};

/* The client ----------------------------------------------------------------------------------- */

static const struct visitor *
client_at(const struct asked *asked, enum baseline_key key)
{
	if (asked->at[key] == NULL)
		return NULL;
	return visitor_find(asked->all, asked->at[key], &asked->foot->client.address, false);
}

/* It used TLS here before, and now goes on without (RFC 3207, section 6, names this memory). */
static bool
remembers_tls(const struct asked *asked)
{
	const struct visitor *client = client_at(asked, KEY_BACKEND);

	return (asked->foot->flags & FOOT_APPLICATION) && client != NULL &&
	       client->upgrades >= MEMORY_LEAST &&
	       client->upgraded_ns >= asked->foot->started_ns - MEMORY_DAYS * NS_PER_DAY;
}

/* It never sent anything in clear here, or its owner says that it does not. */
static bool
needs_tls(const struct asked *asked)
{
	const struct visitor *client = client_at(asked, KEY_SERVICE);

	if (asked->policy != NULL &&
		networks_have(&asked->policy->must_encrypt, &asked->foot->client.address))
		return true;
	return client != NULL && client->upgrades >= MEMORY_LEAST && !client->went_in_clear;
}

static bool
add_quitter(struct baseline *service, const struct footprint *foot)
{
	if (service->quit_ns < foot->started_ns - NS_PER_DAY)
		service->quitters = 0;
	service->quit_ns = foot->started_ns;
	clients_count(service->quitter, &service->quitters, QUITTERS_LEAST, &foot->client.address);
	return service->quitters >= QUITTERS_LEAST;
}

void
judge_client(struct asked *asked)
{
	struct baseline *backend = asked->at[KEY_BACKEND], *service = asked->at[KEY_SERVICE];
	uint32_t flags = asked->foot->flags;

	if (!asked_lacks_offer(asked) || service == NULL || (backend != NULL && backend->withdrawn))
		return;
	if (remembers_tls(asked))
		tell_signal(asked, "D-MEM", SIGNAL_HISTORY, POINTS_MEMORY, false, PLACE_APPLICATION);
	if ((flags & FOOT_QUIT) && !(flags & FOOT_APPLICATION) && needs_tls(asked) &&
		add_quitter(service, asked->foot))
		tell_signal(asked, "D-QUIT", SIGNAL_CLIENT, POINTS_QUIT, false, PLACE_CLOSE);
}

/* Refusals ------------------------------------------------------------------------------------- */

/* The server upgraded so many sessions, and none was refused. */
static void
judge_contradiction(struct asked *asked, const struct baseline_day *sum)
{
	bool went_on = (asked->foot->flags & FOOT_APPLICATION) != 0;
	struct insight insight = {
		.kind = "downgrade-starttls-refused-after-offer",
		.raises = true,
		.severity = went_on ? SEVERITY_HIGH : SEVERITY_MEDIUM,
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_ANSWER,
	};

	if (sum->upgraded < UPGRADES_LEAST || sum->refused > 0)
		return;
	tell_signal(asked, "D-CONTRA", SIGNAL_REPLY, POINTS_CONTRADICTED, false, PLACE_ANSWER);
	insight_tell(asked->hindsight, &insight, &asked->at[KEY_BACKEND]->offered_by,
		"the refusal is proven; the server does not know what it offered, though it upgraded %u earlier "
		"sessions and refused none: likely another device answered",
		(unsigned)sum->upgraded);
}

/* Only this network was put off, and more than once. */
static void
judge_put_off(struct asked *asked, const struct baseline_day *sum)
{
	const struct visitor *network = visitor_find(
		asked->all, asked->at[KEY_BACKEND], &asked->foot->client.address, true);

	if (network != NULL && network->refusals > 0 && network->refusals >= sum->refused &&
		sum->upgraded > network->upgrades)
		tell_signal(asked, "D-CONTRA", SIGNAL_REPLY, POINTS_PUT_OFF, false, PLACE_ANSWER);
}

void
judge_reply(struct asked *asked)
{
	const struct footprint *foot = asked->foot;
	const struct signal *refusal = asked_signal(asked, "D-CONTRA");
	struct baseline_day sum;

	if (!(foot->flags & FOOT_REFUSED) || foot->offer != YES || asked->at[KEY_BACKEND] == NULL)
		return;
	sum = baseline_sum(asked->all, asked->at[KEY_BACKEND], foot->started_ns);
	if (foot->refusal_code == 500 || foot->refusal_code == 502 ||
	    (refusal != NULL && refusal->points >= POINTS_UNKNOWN))
		judge_contradiction(asked, &sum);
	else if (foot->refusal_code == 454 || refusal != NULL)
		judge_put_off(asked, &sum);
}

/* HELO ----------------------------------------------------------------------------------------- */

static void
judge_refused_name(struct asked *asked, const struct baseline_day *sum)
{
	struct insight insight = {
		.kind = "downgrade-ehlo-to-helo",
		.raises = true,
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_NAME,
	};

	tell_signal(asked, "D-LEGACY", SIGNAL_CLIENT, POINTS_LEGACY, false, PLACE_NAME);
	insight_tell(asked->hindsight, &insight, &asked->at[KEY_HOST]->offered_by,
		"the event is proven; this server accepted EHLO in %u earlier sessions, so likely something on "
		"the way refused it",
		(unsigned)sum->extended);
}

static void
tell_loss(struct asked *asked)
{
	struct insight insight = {
		.kind = "posture-8bit-or-size-loss",
		.severity = SEVERITY_INFO,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_NAME,
	};

	insight_tell(asked->hindsight, &insight, &asked->at[KEY_HOST]->offered_by,
		"after EHLO this server lists SIZE or CHUNKING; assumed that it would have done so here");
}

void
judge_basic(struct asked *asked)
{
	const struct footprint *foot = asked->foot;
	const struct baseline *host = asked->at[KEY_HOST];
	struct baseline_day sum;

	if (!(foot->flags & FOOT_BASIC) || host == NULL)
		return;
	sum = baseline_sum(asked->all, host, foot->started_ns);
	if (sum.extended < asked->all->thresholds.least_observations)
		return;
	if ((foot->flags & FOOT_EXTENDED_REFUSED) && (foot->flags & FOOT_APPLICATION))
		judge_refused_name(asked, &sum);
	if (host->lists_extras && ((foot->exposed & EXPOSED_CONTENT) || (foot->flags & FOOT_CONTENT_ACCEPTED)))
		tell_loss(asked);
}

/* Services without any offer ------------------------------------------------------------------- */

static enum severity
severity_without_offer(const struct footprint *foot)
{
	if (foot->flags & FOOT_ACCESS)
		return SEVERITY_HIGH;
	return address_is_private(&foot->client.address) && address_is_private(&foot->server.address)
	               ? SEVERITY_LOW
	               : SEVERITY_MEDIUM;
}

/* A hop on one machine, or between parts of one system, has nothing to offer. */
static bool
is_inner_hop(const struct footprint *foot)
{
	return protocol_has(foot->protocol, PROTOCOL_INNER) ||
	       hosts_are_one(&foot->client.address, &foot->server.address);
}

static void
add_list(struct baseline *service, const struct footprint *foot)
{
	if (service->lists++ == 0)
		service->lists_since_ns = foot->started_ns;
	service->ever_offered |= foot->offer == YES;
	clients_count(service->list_client, &service->list_clients, NO_OFFER_CLIENTS, &foot->client.address);
}

void
judge_service(struct asked *asked)
{
	const struct footprint *foot = asked->foot;
	struct baseline *service = asked->at[KEY_SERVICE];
	struct insight insight = {
		.kind = "posture-no-starttls-offer",
		.severity = severity_without_offer(foot),
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_LIST,
	};

	if (!(foot->flags & FOOT_LIST) || asked->suspected || service == NULL || is_inner_hop(foot))
		return;
	add_list(service, foot);
	if (service->ever_offered || service->told_none || service->lists < NO_OFFER_LEAST)
		return;
	if (service->list_clients < NO_OFFER_CLIENTS &&
		foot->started_ns - service->lists_since_ns < NS_PER_HOUR)
		return;
	service->told_none = true;
	insight_tell(asked->hindsight, &insight, NULL,
		"none of the first %u complete lists of this service has the offer",
		(unsigned)service->lists);
}

/* Remembering ---------------------------------------------------------------------------------- */

static void
remember_upgrade(struct asked *asked, enum baseline_key key)
{
	const struct footprint *foot = asked->foot;
	struct visitor *network, *client;

	if (asked->at[key] == NULL ||
		!(foot->flags & (FOOT_APPLICATION | FOOT_REFUSED | FOOT_ESTABLISHED)))
		return;
	network = visitor_find_or_create(asked->all, asked->at[key], &foot->client.address, true);
	client = visitor_find_or_create(asked->all, asked->at[key], &foot->client.address, false);
	if (network == NULL || client == NULL)
		return;
	client->went_in_clear |= (foot->flags & FOOT_APPLICATION) != 0;
	if (foot->flags & FOOT_REFUSED) {
		baseline_day(asked->all, asked->at[key], foot->started_ns)->refused++;
		network->refusals++;
	}
	if ((foot->flags & (FOOT_ESTABLISHED | FOOT_IMPLICIT)) != FOOT_ESTABLISHED)
		return;
	baseline_day(asked->all, asked->at[key], foot->started_ns)->upgraded++;
	network->upgrades++;
	client->upgrades++;
	client->upgraded_ns = foot->started_ns;
}

void
remember_service(struct asked *asked)
{
	const struct footprint *foot = asked->foot;

	if (asked->at[KEY_HOST] != NULL && (foot->flags & FOOT_EXTENDED_ACCEPTED))
		baseline_day(asked->all, asked->at[KEY_HOST], foot->started_ns)->extended++;
	remember_upgrade(asked, KEY_BACKEND);
	remember_upgrade(asked, KEY_SERVICE);
}
