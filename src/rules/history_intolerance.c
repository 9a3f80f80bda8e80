/* Hellos that a server cannot stand: they fail, and the same client's next one, which leaves something out, does not
 * (RFC 8446, appendix D).  Part of history_tls. */
#include "rules/history_tls_private.h"

#include "base/table.h"

#include <stdio.h>

enum {
	SERVICES_MOST = 8192,
	PENDING_MOST = 8,
	PAIRS_LEAST = 3,
};

static const struct feature {
	uint32_t    flag;               /* enum footprint_flag, or */
	uint32_t    extra;              /* enum tls_extra */
	const char *words;
} features[] = {
	{ FOOT_OFFERS_13, 0, "TLS 1.3" },
	{ FOOT_OFFERS_PQ, 0, "hybrid post-quantum groups" },
	{ 0, TLS_HAS_ECH, "an encrypted hello" },
	{ 0, TLS_HAS_SNI, "a server name" },
	{ 0, TLS_HAS_ALPN, "an application protocol" },
	{ 0, TLS_HAS_EMS, "the extended master secret" },
	{ 0, TLS_HAS_TICKET, "a session ticket" },
	{ 0, TLS_HAS_EARLY_DATA, "early data" },
};

enum {
	FEATURES = TABLE_LENGTH(features),
};

struct failure {
	struct address client;
	uint32_t       with;            /* bits, by the index in features */
	int64_t        session;         /* 0: none, or its pair was found */
	int64_t        at_ns;
};

struct stand {
	struct failure   failures[PENDING_MOST];
	size_t           next;
	uint32_t         pairs[FEATURES];
	struct links links[FEATURES];
	int64_t          tolerated_ns[FEATURES];
	uint32_t         tolerated, told;       /* bits */
};

static uint32_t
features_of(const struct footprint *foot)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < FEATURES; i++)
		if ((foot->flags & features[i].flag) || (foot->offered_extras & features[i].extra))
			bits |= 1u << i;
	return bits;
}

/* The hello got no answer but an alert, silence or an end; a server that answered it could read it. */
static bool
hello_failed(const struct footprint *foot)
{
	return (foot->flags & FOOT_WHOLE) &&
	       !(foot->flags & (FOOT_SERVER_HELLO | FOOT_OPEN | FOOT_MODE_MISMATCH | FOOT_ESTABLISHED));
}

/* What this client's latest failed hello had and this one has not; all its failures are settled by this success.  They
 * stand in the order in which they came, the next place being that of the oldest. */
static uint32_t
left_out(struct stand *stand, const struct footprint *foot, uint32_t with, int64_t *session_r)
{
	uint32_t bits = 0;

	*session_r = 0;
	for (size_t i = 0; i < PENDING_MOST; i++) {
		struct failure *failure = &stand->failures[(stand->next + i) % PENDING_MOST];

		if (failure->session == 0 ||
		    memcmp(&failure->client, &foot->client.address, sizeof(failure->client)) != 0)
			continue;
		if (foot->started_ns - failure->at_ns <= NS_PER_HOUR) {
			bits = failure->with & ~with;
			*session_r = failure->session;
		}
		failure->session = 0;
	}
	return bits;
}

static bool
is_tolerated(const struct tls_view *view, const struct stand *stand, size_t feature)
{
	return (stand->tolerated & 1u << feature) &&
	       view->foot->started_ns - stand->tolerated_ns[feature] <= tls_window(view);
}

static void
count_pairs(struct stand *stand, const struct footprint *foot, uint32_t bits, int64_t failed)
{
	for (size_t i = 0; i < FEATURES; i++) {
		if (!(bits & 1u << i))
			continue;
		links_keep_first(&stand->links[i], failed);
		if (++stand->pairs[i] < PAIRS_LEAST)    /* the last pair's success is the session that is judged */
			links_keep_first(&stand->links[i], foot->session_id);
	}
}

/* One hello with a feature that the server answers shows that it can stand it. */
static void
remember_tolerated(struct stand *stand, const struct footprint *foot, uint32_t with)
{
	for (size_t i = 0; i < FEATURES; i++) {
		if (!(with & 1u << i))
			continue;
		stand->tolerated |= 1u << i;
		stand->tolerated_ns[i] = foot->started_ns;
		stand->pairs[i] = 0;
		stand->links[i].count = 0;
	}
}

static void
tell_intolerance(const struct tls_view *view, struct stand *stand)
{
	char words[256] = "";
	size_t used = 0, first = FEATURES;

	for (size_t i = 0; i < FEATURES; i++) {
		if (stand->pairs[i] < PAIRS_LEAST || (stand->told & 1u << i) || is_tolerated(view, stand, i))
			continue;
		first = first < i ? first : i;
		stand->told |= 1u << i;
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s", used > 0 ? ", " : "",
			features[i].words);
	}
	if (first == FEATURES)
		return;
	insight_tell(view->hindsight, &(struct insight){
		.kind = "tls-intolerance",
		.severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_CLIENT_HELLO,
	}, &stand->links[first], "%u times a hello with this got no answer, and the same client's next one without it "
		"did: %s; assumed that the server, and nothing on the way, is what cannot stand it",
		(unsigned)stand->pairs[first], words);
}

static void
take_intolerance(const struct tls_view *view, struct recall *recall)
{
	const struct footprint *foot = view->foot;
	struct recall_key key = tls_service_key(foot, (struct span){ 0 });
	struct stand *stand = recall_entry(recall, &key);
	uint32_t with = features_of(foot), bits;
	int64_t failed;

	if (stand == NULL)
		return;
	if (hello_failed(foot)) {
		stand->failures[stand->next++ % PENDING_MOST] = (struct failure){
			foot->client.address, with, foot->session_id, foot->started_ns };
		return;
	}
	if (!(foot->flags & FOOT_ESTABLISHED))
		return;
	bits = left_out(stand, foot, with, &failed);
	count_pairs(stand, foot, bits, failed);
	tell_intolerance(view, stand);
	remember_tolerated(stand, foot, with);
}

const struct tls_part tls_intolerance = { sizeof(struct stand), SERVICES_MOST, take_intolerance };
