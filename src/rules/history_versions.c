/* What a server chose before, held against what it chooses now: versions and suites.  Part of history_tls. */
#include "rules/history_tls_private.h"

#include "base/table.h"

enum {
	BACKENDS_MOST = 8192,
	WITHOUT_13_LEAST = 10,
};

static const uint16_t versions[] = { TLS_SSL2, TLS_SSL3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

enum {
	VERSIONS = TABLE_LENGTH(versions),
};

struct witness {
	int64_t session;                /* 0: none */
	int64_t at_ns;
};

struct backend {
	struct witness   chose[VERSIONS];       /* the latest session of each version */
	struct witness   chose_strong;          /* up to TLS 1.2 */
	uint32_t         handshakes, strong;
	struct links without_13;
	uint32_t         without_13_count;
	bool             has_13, told_without_13;
};

static bool
is_fresh(const struct tls_view *view, const struct witness *witness)
{
	return witness->session != 0 && view->foot->started_ns - witness->at_ns <= tls_window(view);
}

/* The highest version up to `most` that the backend was seen choosing; NULL when there is none. */
static const struct witness *
highest_up_to(const struct tls_view *view, const struct backend *backend, uint16_t most, uint16_t *version_r)
{
	for (size_t i = VERSIONS; i-- > 0;)
		if (versions[i] <= most && is_fresh(view, &backend->chose[i])) {
			*version_r = versions[i];
			return &backend->chose[i];
		}
	return NULL;
}

/* The same, where it is more than what was chosen now. */
static const struct witness *
higher_before(const struct tls_view *view, const struct backend *backend, uint16_t most, uint16_t *version_r)
{
	const struct witness *witness = highest_up_to(view, backend, most, version_r);

	return witness != NULL && *version_r > view->foot->tls_version ? witness : NULL;
}

/* A resumed session keeps the version and the suite it began with. */
static void
tell_below_mutual(const struct tls_view *view, const struct backend *backend)
{
	const struct footprint *foot = view->foot;
	const struct witness *witness;
	struct links links = { 0 };
	uint16_t mutual;

	witness = higher_before(view, backend, foot->offers_version, &mutual);
	if (witness == NULL || (foot->flags & FOOT_RESUMED))
		return;
	links_keep_first(&links, witness->session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "tls-version-below-mutual",
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_SERVER_HELLO,
	}, &links, "%s was chosen; the client offers %s, and the server chose %s in an earlier session; assumed that "
		"the same machine answered, with the same settings",
		tls_version_word(foot->tls_version), tls_version_word(foot->offers_version),
		tls_version_word(mutual));
}

/* RFC 7507, section 3: a server that can do better must refuse the retry. */
static void
tell_fallback(const struct tls_view *view, const struct backend *backend)
{
	const struct witness *witness;
	struct links links = { 0 };
	uint16_t better;

	witness = higher_before(view, backend, TLS_1_3, &better);
	if (witness == NULL || !(view->foot->flags & FOOT_FALLBACK_SCSV))
		return;
	links_keep_first(&links, witness->session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "tls-fallback-scsv",
		.raises = true,
		.severity = SEVERITY_MEDIUM,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_SERVER_HELLO,
	}, &links, "the server took the retry with %s though it chose %s in an earlier session: it ignores the signal",
		tls_version_word(view->foot->tls_version), tls_version_word(better));
}

/* Between relays, which seldom check identities, a suite without one is a fair choice (RFC 7672, section 8.2). */
static bool
is_fair_choice(const struct footprint *foot)
{
	const uint32_t broken = CIPHER_NULL | CIPHER_EXPORT | CIPHER_RC4 | CIPHER_DES | CIPHER_3DES |
	                        CIPHER_RC2_IDEA_SEED;

	return !(foot->flags & FOOT_ACCESS) && (foot->cipher_traits & CIPHER_ANON) &&
	       !(foot->cipher_traits & broken);
}

static void
tell_prefers_weak(const struct tls_view *view, const struct backend *backend)
{
	const struct footprint *foot = view->foot;
	struct links links = { 0 };

	if (!tls_chose_weak(foot) || is_fair_choice(foot) || !(foot->flags & FOOT_OFFERS_STRONG) ||
	    (foot->flags & FOOT_RESUMED) || !is_fresh(view, &backend->chose_strong))
		return;
	links_keep_first(&links, backend->chose_strong.session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "tls-server-prefers-weak",
		.severity = SEVERITY_MEDIUM,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_SERVER_HELLO,
	}, &links, "the client offers authenticated encryption with forward secrecy, and the server chose it in an "
		"earlier session; assumed that the suites of both fit the same certificate and group");
}

static void
tell_without_13(const struct tls_view *view, struct backend *backend)
{
	const struct footprint *foot = view->foot;

	if (foot->tls_version != TLS_1_2 || !(foot->flags & FOOT_OFFERS_13) || (foot->flags & FOOT_RESUMED) ||
	    backend->has_13 || backend->told_without_13)
		return;
	if (++backend->without_13_count < WITHOUT_13_LEAST) {
		links_keep_first(&backend->without_13, foot->session_id);
		return;
	}
	backend->told_without_13 = true;
	insight_tell(view->hindsight, &(struct insight){
		.kind = "tls-server-no-13",
		.severity = SEVERITY_INFO,
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_SERVER_HELLO,
	}, &backend->without_13, "TLS 1.3 was offered in %u sessions, and the server chose TLSv1.2 in all of them",
		(unsigned)backend->without_13_count);
}

static void
remember_choice(struct backend *backend, const struct footprint *foot)
{
	const struct witness now = { foot->session_id, foot->started_ns };

	backend->handshakes++;
	backend->strong += tls_chose_strong(foot);
	backend->has_13 |= foot->tls_version == TLS_1_3;
	for (size_t i = 0; i < VERSIONS; i++)
		if (versions[i] == foot->tls_version)
			backend->chose[i] = now;
	if (foot->tls_version < TLS_1_3 && tls_chose_strong(foot))
		backend->chose_strong = now;
}

/* Why nothing was in common: what this client lacks of all that the server chose so far. */
static void
tell_no_overlap(const struct tls_view *view, const struct backend *backend)
{
	const struct footprint *foot = view->foot;
	const char *strong = foot->flags & FOOT_OFFERS_STRONG ? "a suite" : "no suite", *why;
	const struct witness *lower;
	struct links links = { 0 };
	uint16_t before = 0, lowest;

	if (highest_up_to(view, backend, TLS_1_3, &before) == NULL || tls_version_word(foot->offers_version) == NULL)
		return;
	lower = highest_up_to(view, backend, foot->offers_version, &lowest);
	if (lower == NULL)
		why = "and never a version that the client offers";
	else if (!(foot->flags & FOOT_OFFERS_STRONG) && backend->strong == backend->handshakes)
		why = "and always such a suite";
	else
		why = "so that it may be the group, the signature algorithm or the client's certificate";
	for (size_t i = VERSIONS; i-- > 0;)
		if (is_fresh(view, &backend->chose[i]))
			links_keep_first(&links, backend->chose[i].session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "diag-tls-hs-no-overlap",
		.raises = true,
		.severity = SEVERITY_LOW,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_ALERT,
	}, &links, "nothing in common: the client offers %s at most, and %s with authenticated encryption and forward "
		"secrecy; in %u earlier session%s the server chose %s at best, %s",
		tls_version_word(foot->offers_version), strong, (unsigned)backend->handshakes,
		backend->handshakes == 1 ? "" : "s", tls_version_word(before), why);
}

static void
take_versions(const struct tls_view *view, struct recall *recall)
{
	struct recall_key key = tls_backend_key(view->foot);
	struct backend *backend = recall_entry(recall, &key);

	if (backend == NULL)
		return;
	if (!(view->foot->flags & FOOT_SERVER_HELLO))
		tell_no_overlap(view, backend);
	if (!tls_has_chosen(view->foot) || tls_version_word(view->foot->tls_version) == NULL)
		return;
	if (tls_version_word(view->foot->offers_version) != NULL)
		tell_below_mutual(view, backend);
	tell_fallback(view, backend);
	tell_prefers_weak(view, backend);
	tell_without_13(view, backend);
	remember_choice(backend, view->foot);
}

const struct tls_part tls_versions = { sizeof(struct backend), BACKENDS_MOST, take_versions };
