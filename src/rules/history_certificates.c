/* The certificates of a service from session to session: one that follows another, and two that stand side by side for
 * different clients.  Part of history_tls.
 *
 * A server picks its certificate by the name the client asks for, so each name has a memory of its own. */
#include "rules/history_tls_private.h"

#include "base/table.h"
#include "rules/chance.h"

enum {
	SERVICES_MOST = 2048,
	IDENTITIES_MOST = 4,
	SIGHTS_MOST = 24,
};

#define RENEWAL_NS   (45 * NS_PER_DAY)
#define SPLIT_CHANCE 0.001

/* A network of clients that was shown a certificate, at most once an hour, so that a busy one counts no more. */
struct sight {
	struct address network;
	int64_t        at_ns, session;
};

/* One certificate key, and who showed it to whom. */
struct identity {
	uint8_t           spki_sha256[SHA256_SIZE];
	struct recall_key issuer;       /* its organisation */
	struct recall_key banner;
	struct recall_key backend;
	bool              greeted;
	int64_t           not_after;
	int64_t           first_ns, last_ns, last_session;
	uint32_t          count;        /* 0: this place is free */
	struct sight      sights[SIGHTS_MOST];
	size_t            next_sight;
};

struct shown {
	struct identity identities[IDENTITIES_MOST];
};

/* Facts of this session ------------------------------------------------------------------------- */

/* The organisation in a name in the form of RFC 2253, where a comma inside a value stands behind a backslash; all of
 * the name where there is none.  Authorities have many issuing certificates with names of their own. */
static struct span
organisation(struct span issuer)
{
	for (size_t at = 0; at < issuer.len; at++) {
		struct span rest = span_after(issuer, at);
		size_t end = 2;

		if (at > 0 && (issuer.at[at - 1] != ',' || (at > 1 && issuer.at[at - 2] == '\\')))
			continue;
		if (!span_starts(rest, "O="))
			continue;
		while (end < rest.len && (rest.at[end] != ',' || rest.at[end - 1] == '\\'))
			end++;
		return span_first(rest, end);
	}
	return issuer;
}

static struct identity
identity_of(const struct footprint *foot)
{
	const struct span issuer = organisation(foot->leaf.issuer);
	const struct span banner[] = { foot->greeting_name, foot->product };
	struct identity identity = {
		.issuer = recall_key_of(&issuer, 1),
		.banner = recall_key_of(banner, TABLE_LENGTH(banner)),
		.backend = tls_backend_key(foot),
		.greeted = foot->greeting_name.len + foot->product.len > 0,
		.not_after = foot->leaf.not_after,
		.first_ns = foot->started_ns,
		.last_ns = foot->started_ns,
		.last_session = foot->session_id,
	};

	memcpy(identity.spki_sha256, foot->leaf.spki_sha256, SHA256_SIZE);
	return identity;
}

/* What was seen --------------------------------------------------------------------------------- */

static struct identity *
find(struct shown *shown, const struct identity *identity)
{
	for (size_t i = 0; i < IDENTITIES_MOST; i++)
		if (shown->identities[i].count > 0 &&
		    memcmp(shown->identities[i].spki_sha256, identity->spki_sha256, SHA256_SIZE) == 0)
			return &shown->identities[i];
	return NULL;
}

/* A free place, else that of the one which was not seen for longest. */
static struct identity *
place_for(struct shown *shown)
{
	struct identity *place = &shown->identities[0];

	for (size_t i = 0; i < IDENTITIES_MOST; i++) {
		struct identity *identity = &shown->identities[i];

		if (identity->count == 0)
			return identity;
		if (identity->last_ns < place->last_ns)
			place = identity;
	}
	return place;
}

static void
remember_sight(struct identity *identity, const struct footprint *foot)
{
	struct address network = address_network(&foot->client.address);

	for (size_t i = 0; i < SIGHTS_MOST; i++) {
		const struct sight *sight = &identity->sights[i];

		if (sight->session != 0 && address_equal(&sight->network, &network) &&
		    foot->started_ns - sight->at_ns < NS_PER_HOUR)
			return;
	}
	identity->sights[identity->next_sight++ % SIGHTS_MOST] =
		(struct sight){ network, foot->started_ns, foot->session_id };
}

static void
remember_shown(struct identity *known, const struct footprint *foot)
{
	known->count++;
	known->last_ns = foot->started_ns;
	known->last_session = foot->session_id;
	known->not_after = foot->leaf.not_after;
	remember_sight(known, foot);
}

/* One after the other --------------------------------------------------------------------------- */

/* What the same machine showed last. */
static const struct identity *
predecessor(const struct shown *shown, const struct identity *identity)
{
	const struct identity *found = NULL;

	for (size_t i = 0; i < IDENTITIES_MOST; i++) {
		const struct identity *before = &shown->identities[i];

		if (before->count > 0 && recall_key_same(&before->backend, &identity->backend) &&
		    (found == NULL || before->last_ns > found->last_ns))
			found = before;
	}
	return found;
}

static void
tell_changed(const struct tls_view *view, const struct identity *before, const struct identity *identity)
{
	int64_t left = before->not_after - identity->first_ns / NS_PER_SECOND;
	int64_t margin = RENEWAL_NS / NS_PER_SECOND;
	bool in_time = left <= margin && left >= -margin;
	bool same = recall_key_same(&before->issuer, &identity->issuer);
	struct links links = { 0 };

	links_keep_first(&links, before->last_session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "cert-changed",
		.severity = SEVERITY_INFO,
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_CERTIFICATE,
	}, &links, "another key than before: %s; the old certificate %s %lld days %s, and the issuer is %s",
		same && in_time ? "a renewal by its looks" : "not a renewal by its looks",
		left >= 0 ? "ends" : "ended", (long long)((left >= 0 ? left : -left) / 86400),
		left >= 0 ? "from now" : "ago", same ? "the same" : "another");
}

/* Side by side ---------------------------------------------------------------------------------- */

struct split {
	uint32_t here, there;           /* sights of the one shown now, and of the other, since it came up */
	bool     mixed;                 /* some network was shown both */
};

/* Within what time certificates are compared. */
static int64_t
split_ns(const struct tls_view *view)
{
	return view->thresholds.split_hours * NS_PER_HOUR;
}

static bool
is_recent(const struct tls_view *view, const struct sight *sight, int64_t since_ns)
{
	return sight->session != 0 && sight->at_ns >= since_ns &&
	       view->foot->started_ns - sight->at_ns <= split_ns(view);
}

static bool
was_shown_to(const struct tls_view *view, const struct identity *identity, const struct address *network)
{
	for (size_t i = 0; i < SIGHTS_MOST; i++)
		if (is_recent(view, &identity->sights[i], INT64_MIN) &&
		    address_equal(&identity->sights[i].network, network))
			return true;
	return false;
}

static struct split
split_of(const struct tls_view *view, const struct identity *here, const struct identity *there)
{
	struct split split = { 0 };

	for (size_t i = 0; i < SIGHTS_MOST; i++) {
		split.here += is_recent(view, &here->sights[i], INT64_MIN);
		split.there += is_recent(view, &there->sights[i], here->first_ns);
		split.mixed |= is_recent(view, &here->sights[i], INT64_MIN) &&
		               was_shown_to(view, there, &here->sights[i].network);
	}
	return split;
}

/* Whether chance keeps the two apart so neatly; doubled because either could be the smaller group. */
static bool
is_no_chance(const struct tls_view *view, const struct split *split)
{
	if (split->here < view->thresholds.split_observations || split->there < view->thresholds.split_observations)
		return false;
	return 2 * fisher_chance(split->here, split->here, split->here, split->here + split->there) < SPLIT_CHANCE;
}

static void
tell_split(const struct tls_view *view, const struct identity *here, const struct identity *there,
	const struct split *split)
{
	bool sure = is_no_chance(view, split);
	bool replaced = here->greeted && there->greeted && !recall_key_same(&here->banner, &there->banner);
	struct insight insight = {
		.kind = "cert-changed-path-split",
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_CERTIFICATE,
	};
	struct links links = { 0 };

	links_keep_first(&links, there->last_session);
	if (sure)
		insight_tell(view->hindsight, &insight, &links,
			"within %u hours %u times clients of some networks were shown this key, and %u times clients "
			"of others another one by another issuer; assumed that no load balancer sends them to servers "
			"that differ so",
			view->thresholds.split_hours, (unsigned)split->here, (unsigned)split->there);
	if (!replaced || there->count < view->thresholds.least_observations)
		return;
	insight.kind = "downgrade-server-substituted";
	insight.confidence = sure ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE;
	insight_tell(view->hindsight, &insight, &links,
		"key, issuer and greeting all differ from those of %u earlier sessions, and clients of other networks "
		"are still shown those%s", (unsigned)there->count,
		sure ? "; chance does not part them so" : "; a second server behind the address looks the same");
}

/* `here` came up while `there` was shown, and still is, to others. */
static void
judge_split(const struct tls_view *view, const struct shown *shown, const struct identity *here)
{
	for (size_t i = 0; i < IDENTITIES_MOST; i++) {
		const struct identity *there = &shown->identities[i];
		struct split split;

		if (there->count == 0 || there == here || there->first_ns >= here->first_ns ||
		    there->last_ns <= here->first_ns || view->foot->started_ns - there->last_ns > split_ns(view) ||
		    recall_key_same(&there->issuer, &here->issuer))
			continue;
		split = split_of(view, here, there);
		if (!split.mixed) {
			tell_split(view, here, there, &split);
			return;
		}
	}
}

static void
take_certificate(const struct tls_view *view, struct recall *recall)
{
	const struct footprint *foot = view->foot;
	struct recall_key key = tls_service_key(foot, foot->sni);
	struct identity identity, *known;
	const struct identity *before;
	struct shown *shown;

	if (!foot->leaf.seen)
		return;
	shown = recall_entry(recall, &key);
	if (shown == NULL)
		return;
	identity = identity_of(foot);
	known = find(shown, &identity);
	if (known == NULL) {
		before = predecessor(shown, &identity);
		if (before != NULL)
			tell_changed(view, before, &identity);
		known = place_for(shown);
		*known = identity;
	}
	remember_shown(known, foot);
	judge_split(view, shown, known);
}

const struct tls_part tls_certificates = { sizeof(struct shown), SERVICES_MOST, take_certificate };
