/* Questions to the user's policy.  Lists are short, and read from front to back. */
#include "model/policy.h"

#include "base/clock.h"

enum {
	BITS_BEFORE_V4 = 96,
};

struct policy_thresholds
policy_thresholds_default(void)
{
	return (struct policy_thresholds){
		.window_days = 30,
		.least_observations = 10,
		.rare_per_mille = 20,
		.rare_days = 3,
		.never_per_mille = 5,
		.never_days = 7,
		.change_observations = 10,
		.change_clients = 3,
		.change_hours = 2,
		.split_hours = 6,
		.split_observations = 5,
	};
}

/* A range of IPv6 does not cover the mapped form in which IPv4 is kept, however short its prefix is. */
bool
network_has(const struct network *network, const struct address *address)
{
	size_t whole = network->bits / 8;
	unsigned rest = network->bits % 8;
	uint8_t mask = (uint8_t)(0xFF00u >> rest);
	bool is_v4 = network->bits >= BITS_BEFORE_V4 && address_is_v4(&network->address);

	if (is_v4 != address_is_v4(address))
		return false;
	if (memcmp(network->address.octets, address->octets, whole) != 0)
		return false;
	return rest == 0 || ((network->address.octets[whole] ^ address->octets[whole]) & mask) == 0;
}

void
network_range(const struct network *network, struct address *first_r, struct address *last_r)
{
	*first_r = *last_r = network->address;
	for (unsigned bit = network->bits; bit < 128; bit++) {
		first_r->octets[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
		last_r->octets[bit / 8] |= (uint8_t)(0x80u >> bit % 8);
	}
}

bool
networks_have(const struct networks *networks, const struct address *address)
{
	for (size_t i = 0; i < networks->count; i++)
		if (network_has(&networks->list[i], address))
			return true;
	return false;
}

bool
policy_held(const struct policy_time *held, int64_t time_ns)
{
	int64_t seconds = time_ns / NS_PER_SECOND;

	return seconds >= held->from && seconds < held->until;
}

bool
policy_pattern_has(struct span pattern, struct span host)
{
	size_t label = 0;

	if (!span_starts(pattern, "*."))
		return span_same(pattern, host);
	while (label < host.len && host.at[label] != '.')
		label++;
	return label > 0 && span_same(span_after(pattern, 1), span_after(host, label));
}

bool
policy_is_outside(const struct policy *policy, const struct address *address)
{
	return policy != NULL && policy->internal.count > 0 && !networks_have(&policy->internal, address);
}

bool
policy_is_inside(const struct policy *policy, const struct address *address)
{
	return policy != NULL && networks_have(&policy->internal, address);
}

bool
policy_trusts(const struct policy *policy, const struct address *one, const struct address *other)
{
	for (size_t i = 0; policy != NULL && i < policy->trusted_hop_count; i++)
		if (networks_have(&policy->trusted_hops[i], one) &&
		    networks_have(&policy->trusted_hops[i], other))
			return true;
	return false;
}

static bool
path_joins(const struct policy_path *path, const struct address *one, const struct address *other)
{
	return network_has(&path->ends[0], one) && network_has(&path->ends[1], other);
}

bool
policy_protects(const struct policy *policy, const struct address *one, const struct address *other)
{
	for (size_t i = 0; policy != NULL && i < policy->protected_path_count; i++)
		if (path_joins(&policy->protected_paths[i], one, other) ||
		    path_joins(&policy->protected_paths[i], other, one))
			return true;
	return false;
}

bool
policy_is_privileged(const struct policy *policy, struct span account)
{
	for (size_t i = 0; policy != NULL && i < policy->privileged_count; i++)
		if (span_same(policy->privileged[i], account))
			return true;
	return false;
}

bool
policy_expects_issuer(const struct policy *policy, struct span issuer)
{
	for (size_t i = 0; policy != NULL && i < policy->interception_count; i++)
		if (span_contains(issuer, policy->interception[i]))
			return true;
	return false;
}

const struct policy_server *
policy_server_at(const struct policy *policy, const struct endpoint *end)
{
	for (size_t i = 0; policy != NULL && i < policy->server_count; i++) {
		const struct policy_server *server = &policy->servers[i];

		if (network_has(&server->network, &end->address) &&
		    (server->port == 0 || server->port == end->port))
			return server;
	}
	return NULL;
}
