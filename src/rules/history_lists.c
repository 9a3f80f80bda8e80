/* A capability list beside the same server's earlier ones.  Masks and damage that the session shows by itself become
 * certain where the offer stood there before. */
#include "rules/history_asked.h"

#include "base/table.h"
#include "model/protocol.h"
#include "rules/evidence.h"
#include "rules/masks.h"

enum {
	MARKER_LEAST = 20,              /* sessions that make the lack of a marker a sign */
};

/* Words ---------------------------------------------------------------------------------------- */

static size_t
count_words(struct span list)
{
	struct span word;
	size_t count = 0;

	while (span_take_word(&list, &word))
		count++;
	return count;
}

/* The next word that is not the offer. */
static bool
take_other(struct span *list, struct span *word_r)
{
	while (span_take_word(list, word_r))
		if (!keyword_is_offer(*word_r))
			return true;
	return false;
}

/* The list is the earlier one without the offer: nothing else came, went or moved. */
static bool
lacks_only_offer(struct span list, struct span earlier)
{
	struct span a, b;

	while (span_take_word(&list, &a))
		if (!take_other(&earlier, &b) || !span_same(a, b))
			return false;
	return !take_other(&earlier, &b);
}

/* How many words of one list the other one lacks. */
static size_t
count_missing(struct span list, struct span other)
{
	struct span word;
	size_t count = 0;

	while (span_take_word(&list, &word))
		count += !keyword_is_offer(word) && !span_lists(other, word);
	return count;
}

/* Where in the list the offer stands, and where something as long that is masked; SIZE_MAX for none. */
static size_t
place_of_offer(struct span list)
{
	struct span word;

	for (size_t i = 0; span_take_word(&list, &word); i++)
		if (keyword_is_offer(word))
			return i;
	return SIZE_MAX;
}

static size_t
place_of_mask(struct span list, struct span offer)
{
	struct span word;

	for (size_t i = 0; span_take_word(&list, &word); i++)
		if (mask_of(word, offer) == MASK_AS_LONG)
			return i;
	return SIZE_MAX;
}

/* Where the earlier list is known that this one came from: the same host's, or, where the greeting was changed as well,
 * that of the only backend behind the address. */
static const struct baseline *
reference(const struct asked *asked)
{
	const struct baseline *host = asked->at[KEY_HOST], *service = asked->at[KEY_SERVICE];
	int64_t from = asked->foot->started_ns - baselines_window(asked->all);

	if (host != NULL && host->list.len > 0)
		return host->list_ns >= from ? host : NULL;
	if (service != NULL && service->list.len > 0 && service->backends == 1 && service->list_ns >= from)
		return service;
	return NULL;
}

/* Damage --------------------------------------------------------------------------------------- */

static bool
worst_followed(const struct footprint *foot)
{
	return (foot->exposed & (EXPOSED_CREDENTIAL | EXPOSED_CONTENT)) != 0;
}

/* Of the words as long as the offer that the server had, only that one is gone. */
static bool
only_offer_can_be_masked(struct span list, struct span earlier, struct span offer)
{
	struct span word;

	while (span_take_word(&earlier, &word))
		if (word.len == offer.len && !keyword_is_offer(word) && !span_lists(list, word))
			return false;
	return true;
}

/* The mask stands where the offer stood: one in ten points more. */
static void
judge_mask(struct asked *asked, const struct baseline *before)
{
	struct span list = asked->foot->keywords, earlier = kept_span(&before->list);
	struct span offer = protocol_offer(asked->foot->protocol);
	bool alone = asked_signal(asked, "S1") != NULL && only_offer_can_be_masked(list, earlier, offer);
	bool in_slot = count_words(list) == count_words(earlier) &&
	               place_of_mask(list, offer) == place_of_offer(earlier);
	bool by_length = asked_signal(asked, "S1") != NULL || asked_signal(asked, "S3") != NULL ||
	                 asked_signal(asked, "S4") != NULL;
	struct insight insight = {
		.kind = "downgrade-capability-masked",
		.raises = true,
		.severity = worst_followed(asked->foot) ? SEVERITY_CRITICAL : SEVERITY_HIGH,
		.confidence = by_length ? CONFIDENCE_PROVEN : CONFIDENCE_LIKELY,
		.place = PLACE_LIST,
	};

	if (!by_length && asked_signal(asked, "S2") == NULL)
		return;
	if (alone)
		tell_signal(asked, "S1", SIGNAL_TEXT, in_slot ? 55 : 45, true, PLACE_LIST);
	insight_tell(asked->hindsight, &insight, &before->offered_by, by_length
		? "the same server showed STARTTLS unmasked in earlier sessions%s"
		: "the same server showed STARTTLS in earlier sessions, but the mask has another length%s",
		in_slot ? ", in the place of the mask" : "");
}

static void
tell_cut(const struct asked *asked, const struct baseline *before, bool raises, const char *why)
{
	struct insight insight = {
		.kind = "downgrade-capability-list-cut",
		.raises = raises,
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_LIST,
	};

	insight_tell(asked->hindsight, &insight, &before->offered_by, "%s", why);
}

/* The list without the second copy of a word that stands in it twice. */
static size_t
without_double(struct span list, char *out, size_t room)
{
	struct span rest = list, word;
	size_t len = 0;

	while (span_take_word(&rest, &word)) {
		struct span before = span_from(list.at, (size_t)(word.at - list.at));

		if (span_lists(before, word) || len + word.len + 1 > room)
			continue;
		memcpy(out + len, word.at, word.len);
		len += word.len;
		out[len++] = ' ';
	}
	return len;
}

/* A neighbour was copied over the offer: lines and octets are as many as before. */
static void
judge_double(struct asked *asked, const struct baseline *before)
{
	const struct footprint *foot = asked->foot;
	char single[1024];
	size_t len;

	if (!(foot->flags & FOOT_LIST_DOUBLED) || before->list_doubled ||
		foot->list_octets != before->list_octets ||
		count_words(foot->keywords) != count_words(kept_span(&before->list)))
		return;
	tell_signal(asked, "S5", SIGNAL_TEXT, 45, false, PLACE_LIST);
	len = without_double(foot->keywords, single, sizeof(single));
	if (lacks_only_offer(span_from(single, len), kept_span(&before->list)))
		tell_cut(asked, before, false,
			"a line stands in the list twice, and it is as long as it was with the offer, "
			"which is missing");
}

void
judge_damage(struct asked *asked)
{
	const struct baseline *before = reference(asked);
	struct span list = asked->foot->keywords;

	if (before == NULL || asked->foot->offer == YES || list.len == 0)
		return;
	if (asked->foot->offer == NO)
		judge_mask(asked, before);
	if (asked_lacks_offer(asked))
		judge_double(asked, before);
	if ((asked_signal(asked, "S7") != NULL || asked_signal(asked, "S8") != NULL) &&
		lacks_only_offer(list, kept_span(&before->list)))
		tell_cut(asked, before, true, "the list is that of earlier sessions without the offer");
}

/* The whole list ------------------------------------------------------------------------------- */

/* The words by which servers say that they take no password before TLS, and what it is called when one is gone. */
static const struct marker {
	const char *word;
	const char *kind;
} markers[] = {
	{ "LOGINDISABLED", "downgrade-logindisabled-removed" },
	{ "REQUIRED", "downgrade-xmpp-features-altered" },
};

/* NULL where none was lost. */
static const struct marker *
lost_marker(struct span now, struct span before)
{
	for (size_t i = 0; i < TABLE_LENGTH(markers); i++)
		if (span_lists(before, span_of(markers[i].word)) && !span_lists(now, span_of(markers[i].word)))
			return &markers[i];
	return NULL;
}

/* Passwords are asked for where they were not before. */
static bool
asks_for_passwords(const struct asked *asked, const struct baseline *before)
{
	static const char *const mechanisms[] = { "PLAIN", "LOGIN" };
	const struct footprint *foot = asked->foot;
	struct span earlier = kept_span(&before->list);

	for (size_t i = 0; i < TABLE_LENGTH(mechanisms); i++)
		if (span_lists(foot->mechanisms, span_of(mechanisms[i])) &&
			!span_lists(kept_span(&before->list_mechanisms), span_of(mechanisms[i])))
			return true;
	return lost_marker(foot->keywords, earlier) != NULL;
}

/* Enough is known of this backend to trust that the offer belongs into its list. */
static bool
backend_always_offers(const struct asked *asked)
{
	const struct baseline *backend = asked->at[KEY_BACKEND];
	struct odds odds = baseline_odds(asked->all, backend, asked->foot);

	if (backend->withdrawn)
		return false;
	if (odds.seen >= asked->all->thresholds.least_observations)
		return odds_expect_offer(asked->all, &odds);
	return baseline_offered_all_day(asked->all, backend, asked->foot);
}

/* The client is invited to log in where it was told to begin TLS first. */
static void
judge_marker(struct asked *asked, const struct baseline *backend)
{
	struct odds odds = baseline_odds(asked->all, backend, asked->foot);
	const struct marker *lost = lost_marker(asked->foot->keywords, kept_span(&backend->list));
	struct insight insight = {
		.kind = lost != NULL ? lost->kind : NULL,
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_LIST,
	};

	if (lost == NULL || backend->withdrawn || odds.seen < MARKER_LEAST)
		return;
	insight_tell(asked->hindsight, &insight, &backend->offered_by,
		"%u sessions with this backend were told to log in under TLS only; assumed that nobody changed its "
		"configuration", (unsigned)odds.seen);
}

/* Services whose banners name a product that offers TLS wherever it runs. */
static bool
is_hosted_product(struct span name)
{
	static const char *const domains[] = { ".google.com", ".protection.outlook.com", ".outlook.com",
		".yahoodns.net", ".icloud.com", ".pphosted.com", ".mimecast.com", ".messagelabs.com" };

	for (size_t i = 0; i < TABLE_LENGTH(domains); i++) {
		struct span domain = span_of(domains[i]);

		if (name.len > domain.len && span_same(span_after(name, name.len - domain.len), domain))
			return true;
	}
	return false;
}

void
judge_list(struct asked *asked)
{
	const struct baseline *backend = asked->at[KEY_BACKEND], *service = asked->at[KEY_SERVICE];
	struct span list = asked->foot->keywords;

	if (!asked_lacks_offer(asked))
		return;
	if (is_hosted_product(asked->foot->greeting_name))
		tell_signal(asked, "S12", SIGNAL_TEXT, 10, false, PLACE_GREETING);
	if (backend != NULL && backend->list.len > 0)
		judge_marker(asked, backend);
	if (backend != NULL && backend->list.len > 0 && backend_always_offers(asked)) {
		if (asks_for_passwords(asked, backend))
			tell_signal(asked, "S10", SIGNAL_TEXT, 55, false, PLACE_LIST);
		else if (lacks_only_offer(list, kept_span(&backend->list)))
			tell_signal(asked, "S9", SIGNAL_TEXT, 35, false, PLACE_LIST);
	} else if (!asked->suspected && backend != NULL && backend->list.len == 0 && service != NULL &&
		   service->list.len > 0 &&
		   count_missing(list, kept_span(&service->list)) +
				   count_missing(kept_span(&service->list), list) >=
			   LISTS_DIFFER) {
		tell_signal(asked, "S11", SIGNAL_TEXT, -20, false, PLACE_LIST);
	}
}

/* Mechanisms ----------------------------------------------------------------------------------- */

static bool
is_strong(struct span mechanism)
{
	static const char *const prefixes[] = { "SCRAM-", "GSS", "GS2-", "EXTERNAL", "OAUTHBEARER", "XOAUTH2",
		"CRAM-MD5", "DIGEST-MD5", "NTLM" };

	for (size_t i = 0; i < TABLE_LENGTH(prefixes); i++)
		if (span_starts(mechanism, prefixes[i]))
			return true;
	return false;
}

/* Passwords are left, and something stronger is gone. */
static bool
is_narrowed(struct span now, struct span before)
{
	struct span word, rest = before;
	bool gone = false;

	if (!span_lists(now, span_of("PLAIN")) && !span_lists(now, span_of("LOGIN")))
		return false;
	while (span_take_word(&rest, &word))
		gone |= is_strong(word) && !span_lists(now, word);
	while (span_take_word(&now, &word))
		if (is_strong(word) && !span_lists(before, word))
			return false;   /* others came for them */
	return gone;
}

void
judge_mechanisms(struct asked *asked)
{
	const struct baseline *backend = asked->at[KEY_BACKEND];
	struct insight insight = {
		.kind = "downgrade-auth-mech-narrowed",
		.severity = SEVERITY_MEDIUM,
		.place = PLACE_LIST,
	};

	if (!(asked->foot->flags & FOOT_LIST) || asked->foot->mechanisms.len == 0 || backend == NULL ||
		backend->mechanisms_seen < asked->all->thresholds.least_observations ||
		!is_narrowed(asked->foot->mechanisms, kept_span(&backend->mechanisms)))
		return;
	insight.confidence = backend->mechanisms_seen >= MECHANISMS_LIKELY ? CONFIDENCE_LIKELY
	                                                                    : CONFIDENCE_POSSIBLE;
	insight_tell(asked->hindsight, &insight, &backend->offered_by,
		"%u sessions with this backend had %.*s; assumed that nobody changed its configuration",
		(unsigned)backend->mechanisms_seen, WORDS(kept_span(&backend->mechanisms)));
}

/* Remembering ---------------------------------------------------------------------------------- */

/* A set that is seen as often in a row as a baseline takes is what is usual from then on. */
static void
keep_mechanisms(struct asked *asked, struct baseline *backend)
{
	struct span now = asked->foot->mechanisms;

	if (asked->weight != WEIGHT_FULL || now.len == 0)
		return;
	if (backend->mechanisms_seen > 0 && span_same(now, kept_span(&backend->mechanisms))) {
		backend->mechanisms_seen++;
		backend->mechanisms_other = 0;
		return;
	}
	if (backend->mechanisms_seen > 0 &&
		++backend->mechanisms_other < asked->all->thresholds.least_observations)
		return;
	baselines_keep(asked->all, &backend->mechanisms, now);
	backend->mechanisms_seen = backend->mechanisms_other > 0 ? backend->mechanisms_other : 1;
	backend->mechanisms_other = 0;
}

static void
keep_offer(struct asked *asked, struct baseline *baseline)
{
	const struct footprint *foot = asked->foot;

	if (!span_equal(foot->keywords, kept_span(&baseline->list)))
		baselines_keep(asked->all, &baseline->list, foot->keywords);
	baselines_keep(asked->all, &baseline->list_mechanisms, foot->mechanisms);
	baseline->list_octets = foot->list_octets;
	baseline->list_doubled = (foot->flags & FOOT_LIST_DOUBLED) != 0;
	baseline->list_ns = foot->started_ns;
	links_keep_last(&baseline->offered_by, foot->session_id);
}

void
remember_list(struct asked *asked)
{
	const struct footprint *foot = asked->foot;
	bool extras = span_lists(foot->keywords, span_of("SIZE")) ||
	              span_lists(foot->keywords, span_of("CHUNKING"));

	if (!(foot->flags & FOOT_LIST) || asked->suspected)
		return;
	if (asked->at[KEY_BACKEND] != NULL)
		keep_mechanisms(asked, asked->at[KEY_BACKEND]);
	for (enum baseline_key key = 0; key < BASELINE_KEYS; key++) {
		if (asked->at[key] == NULL)
			continue;
		asked->at[key]->lists_extras = extras;
		if (foot->offer == YES)
			keep_offer(asked, asked->at[key]);
	}
}
