/* The words of footprints.h, and how a script is told to a subject. */
#include "footprints.h"

#include <arpa/inet.h>

static const struct {
	const char *word;
	uint32_t    flag;
} footprint_flags[] = {
	{ "access", FOOT_ACCESS }, { "whole", FOOT_WHOLE }, { "open", FOOT_OPEN }, { "listed", FOOT_LIST },
	{ "ehlo", FOOT_EXTENDED_ACCEPTED }, { "ehlo-refused", FOOT_EXTENDED_REFUSED }, { "helo", FOOT_BASIC },
	{ "banner-masked", FOOT_BANNER_MASKED }, { "list-doubled", FOOT_LIST_DOUBLED },
	{ "application", FOOT_APPLICATION }, { "quit", FOOT_QUIT }, { "asked", FOOT_ASKED },
	{ "agreed", FOOT_AGREED }, { "refused", FOOT_REFUSED }, { "hello", FOOT_HELLO },
	{ "server-hello", FOOT_SERVER_HELLO }, { "established", FOOT_ESTABLISHED },
	{ "implicit", FOOT_IMPLICIT }, { "mode-mismatch", FOOT_MODE_MISMATCH },
	{ "cut-at-tls", FOOT_CUT_AT_TLS }, { "cut-by-reset", FOOT_CUT_BY_RESET },
	{ "tls-required", FOOT_TLS_REQUIRED }, { "auth-required", FOOT_AUTH_REQUIRED },
	{ "silent", FOOT_SILENT }, { "offers-13", FOOT_OFFERS_13 }, { "offers-strong", FOOT_OFFERS_STRONG },
	{ "scsv", FOOT_FALLBACK_SCSV }, { "resumed", FOOT_RESUMED }, { "offers-pq", FOOT_OFFERS_PQ },
	{ "content-accepted", FOOT_CONTENT_ACCEPTED }, { "turned-back", FOOT_TURNED_BACK },
};

static const struct {
	const char *word;
	size_t      offset;
} footprint_texts[] = {
	{ "vantage", offsetof(struct footprint, vantage) },
	{ "protocol", offsetof(struct footprint, protocol) },
	{ "client-name", offsetof(struct footprint, client_name) },
	{ "sni", offsetof(struct footprint, sni) },
	{ "ja3", offsetof(struct footprint, ja3) },
	{ "ja3s", offsetof(struct footprint, ja3s) },
	{ "subject", offsetof(struct footprint, leaf.subject) },
	{ "issuer", offsetof(struct footprint, leaf.issuer) },
	{ "names", offsetof(struct footprint, leaf.names) },
	{ "greets", offsetof(struct footprint, greeting_name) },
	{ "product", offsetof(struct footprint, product) },
	{ "syn", offsetof(struct footprint, syn_shape) },
	{ "mechanisms", offsetof(struct footprint, mechanisms) },
	{ "account", offsetof(struct footprint, account) },
	{ "mechanism", offsetof(struct footprint, mechanism) },
	{ "sender", offsetof(struct footprint, sender_domain) },
	{ "recipients", offsetof(struct footprint, recipient_domains) },
	{ "share", offsetof(struct footprint, key_share_sha256) },
	{ "ticket", offsetof(struct footprint, ticket_name) },
	{ "random", offsetof(struct footprint, client_random) },
	{ "queue-id", offsetof(struct footprint, queue_id) },
};

#define FOOTPRINT_NUMBER(word, field) \
	{ word, offsetof(struct footprint, field), sizeof(((struct footprint *)0)->field) }
static const struct {
	const char *word;
	size_t      offset, size;
} footprint_numbers[] = {
	FOOTPRINT_NUMBER("vlan", vlan),
	FOOTPRINT_NUMBER("exposed", exposed),
	FOOTPRINT_NUMBER("version", tls_version),
	FOOTPRINT_NUMBER("octets", list_octets),
	FOOTPRINT_NUMBER("code", refusal_code),
	FOOTPRINT_NUMBER("logins-accepted", logins_accepted),
	FOOTPRINT_NUMBER("logins-wrong", logins_wrong),
	FOOTPRINT_NUMBER("logins-refused", logins_refused),
	FOOTPRINT_NUMBER("envelope", envelope_mark),
	FOOTPRINT_NUMBER("content", content_bytes),
	FOOTPRINT_NUMBER("offers-version", offers_version),
	FOOTPRINT_NUMBER("traits", cipher_traits),
	FOOTPRINT_NUMBER("extras", offered_extras),
	FOOTPRINT_NUMBER("client-isn", initial_sequence[CLIENT]),
	FOOTPRINT_NUMBER("server-isn", initial_sequence[SERVER]),
};

void
footprint_keep(struct footprint *footprint, struct arena *arena)
{
	for (size_t i = 0; i < TABLE_LENGTH(footprint_texts); i++) {
		struct span *text = (struct span *)(void *)((char *)footprint + footprint_texts[i].offset);

		*text = arena_copy(arena, *text);
	}
	footprint->keywords = arena_copy(arena, footprint->keywords);
}

/* Keeps the bytes as long as the session. */
static struct span
story_keep(struct story *story, const char *text, size_t len)
{
	char *copy = story->texts + story->used;

	assert_true(story->used + len <= sizeof(story->texts));
	memcpy(copy, text, len);
	story->used += len;
	return span_from(copy, len);
}

static struct span
story_text(struct story *story, const char *text)
{
	struct span kept = story_keep(story, text, strlen(text));

	for (char *at = story->texts + story->used - kept.len; at < story->texts + story->used; at++)
		if (*at == ',')
			*at = ' ';
	return kept;
}

static int64_t
story_time(const char *text)
{
	char *end;
	long long number = strtoll(text, &end, 10);
	int64_t unit = *end == 'd' ? 86400 : *end == 'h' ? 3600 : *end == 'm' ? 60 : 1;

	if (end == text || (*end != '\0' && strchr("smhd", *end) == NULL))
		fail_msg("not a time: %s", text);
	return number * unit * FOOTPRINT_SECOND;
}

static struct endpoint
story_endpoint(const struct story *story, const char *text, uint16_t port)
{
	struct endpoint end = { .port = port };
	const char *star = strchr(text, '*'), *comma = strchr(text, ',');
	size_t len = comma != NULL ? (size_t)(comma - text) : strlen(text);
	char address[ADDRESS_TEXT_SIZE];

	if (comma != NULL)
		end.port = (uint16_t)atoi(comma + 1);
	if (star == NULL)
		snprintf(address, sizeof(address), "%.*s", (int)len, text);
	else
		snprintf(address, sizeof(address), "%.*s%u%.*s", (int)(star - text), text,
			story->index + 1, (int)(text + len - star - 1), star + 1);
	end.address.octets[10] = end.address.octets[11] = 0xFF;
	if (inet_pton(AF_INET, address, end.address.octets + 12) != 1 &&
	    inet_pton(AF_INET6, address, end.address.octets) != 1)
		fail_msg("not an address: %s", address);
	return end;
}

/* The end of the list is a line of its own; the offer follows from its keywords. */
static void
story_list(struct story *story, const char *keywords)
{
	story->foot.keywords = story_text(story, keywords);
	story->foot.flags |= FOOT_LIST;
	story->foot.offer = span_has(story->foot.keywords, "STARTTLS") ? YES : NO;
	story->foot.list_octets = (uint32_t)story->foot.keywords.len + 60;
}

static void
story_signal(struct story *story, char *text)
{
	static const char *const groups[] = { "text", "wire", "history", "client", "reply", "vantage" };
	struct signal *signal = &story->signals[story->foot.signal_count++];
	char *rest, *name = strtok_r(text, ",", &rest), *group = strtok_r(NULL, ",", &rest);
	char *points = strtok_r(NULL, ",", &rest);

	assert_true(story->foot.signal_count <= FOOTPRINT_SIGNALS && points != NULL);
	*signal = (struct signal){ .name = story_text(story, name), .points = atoi(points) };
	while (strcmp(groups[signal->group], group) != 0)
		signal->group++;
	signal->decisive = *rest != '\0';
	story->foot.signals = story->signals;
}

static void
story_verdict(struct story *story, const char *word)
{
	enum verdict verdict = VERDICT_UNKNOWN_PARTIAL;

	while (strcmp(verdict_word(verdict), word) != 0)
		verdict++;
	story->foot.verdict = verdict;
}

static bool
story_flag(struct story *story, const char *word, bool set)
{
	for (size_t i = 0; i < TABLE_LENGTH(footprint_flags); i++) {
		if (strcmp(footprint_flags[i].word, word) != 0)
			continue;
		if (set)
			story->foot.flags |= footprint_flags[i].flag;
		else
			story->foot.flags &= ~footprint_flags[i].flag;
		return true;
	}
	return false;
}

static bool
story_field(struct story *story, const char *word, const char *value)
{
	char *foot = (char *)&story->foot;

	for (size_t i = 0; i < TABLE_LENGTH(footprint_texts); i++)
		if (strcmp(footprint_texts[i].word, word) == 0) {
			struct span kept = strcmp(value, "-") == 0 ? (struct span){ 0 } : story_text(story, value);

			memcpy(foot + footprint_texts[i].offset, &kept, sizeof(kept));
			return true;
		}
	for (size_t i = 0; i < TABLE_LENGTH(footprint_numbers); i++)
		if (strcmp(footprint_numbers[i].word, word) == 0) {
			uint64_t number = strtoull(value, NULL, 0);

			memcpy(foot + footprint_numbers[i].offset, &number, footprint_numbers[i].size);
			return true;
		}
	return false;
}

/* A word that stands alone. */
static bool
story_word(struct story *story, const char *word)
{
	if (strcmp(word, "offers") == 0)
		story_list(story, "PIPELINING,SIZE,STARTTLS,8BITMIME");
	else if (strcmp(word, "lacks") == 0)
		story_list(story, "PIPELINING,SIZE,8BITMIME");
	else if (strcmp(word, "scanner") == 0)
		story->foot.client_kind = CLIENT_SCANNER;
	else if (strcmp(word, "monitor") == 0)
		story->foot.client_kind = CLIENT_MONITOR;
	else
		return story_flag(story, word, true);
	return true;
}

static void
story_leaf(struct story *story, const char *word, const char *value)
{
	struct footprint_certificate *leaf = &story->foot.leaf;
	int from = 0, to = 0;

	leaf->seen = true;
	if (strcmp(word, "key") == 0)
		memset(leaf->spki_sha256, atoi(value), sizeof(leaf->spki_sha256));
	else if (sscanf(value, "%d,%d", &from, &to) != 2)
		fail_msg("not two days: %s", value);
	else {
		leaf->not_before = FOOTPRINT_BASE + from * INT64_C(86400);
		leaf->not_after = FOOTPRINT_BASE + to * INT64_C(86400);
	}
}

static void
story_chain(struct story *story, char *keys)
{
	char *rest, *key = strtok_r(keys, ",", &rest);
	size_t count = 0;

	for (; key != NULL; key = strtok_r(NULL, ",", &rest), count++) {
		assert_true(count < FOOTPRINT_CHAIN);
		memset(story->chain[count].sha256, atoi(key) + 128, SHA256_SIZE);
		memset(story->chain[count].spki_sha256, atoi(key), SHA256_SIZE);
	}
	story->foot.chain = story->chain;
	story->foot.chain_count = count;
}

/* A word and its value.  The times were read before. */
static void
story_pair(struct story *story, const char *word, char *value)
{
	if (value == NULL)
		fail_msg("not a word of footprints, or one without its value: %s", word);
	if (strcmp(word, "client") == 0)
		story->foot.client = story_endpoint(story, value, story->foot.client.port);
	else if (strcmp(word, "server") == 0)
		story->foot.server = story_endpoint(story, value, story->foot.server.port);
	else if (strcmp(word, "list") == 0)
		story_list(story, value);
	else if (strcmp(word, "signal") == 0)
		story_signal(story, value);
	else if (strcmp(word, "verdict") == 0)
		story_verdict(story, value);
	else if (strcmp(word, "lasts") == 0)
		story->foot.ended_ns = story->foot.started_ns + story_time(value);
	else if (strcmp(word, "grade") == 0)
		story->foot.tls_grade = *value;
	else if (strcmp(word, "key") == 0 || strcmp(word, "days") == 0)
		story_leaf(story, word, value);
	else if (strcmp(word, "chain") == 0)
		story_chain(story, value);
	else if (strcmp(word, "no") == 0 ? !story_flag(story, value, false) :
		(strcmp(word, "at") != 0 && strcmp(word, "after") != 0 && strcmp(word, "times") != 0 &&
			strcmp(word, "every") != 0 && !story_field(story, word, value)))
		fail_msg("not a word of footprints: %s %s", word, value);
}

/* An ordinary session, before its words. */
static void
story_begin(struct story *story)
{
	struct footprint *foot = &story->foot;

	story->used = 0;
	*foot = (struct footprint){
		.session_id = ++story->sessions,
		.started_ns = story->at_ns,
		.ended_ns = story->at_ns + FOOTPRINT_SECOND,
		.vantage = span_of("default"),
		.protocol = span_of("smtp"),
		.client_name = span_of("client.example.net"),
		.flags = FOOT_WHOLE | FOOT_EXTENDED_ACCEPTED,
		.verdict = VERDICT_PLAINTEXT_NO_OFFER,
		.verdict_suspected = VERDICT_DOWNGRADED_SUSPECTED,
		.verdict_proven = VERDICT_DOWNGRADED_PROVEN,
		.greeting_name = span_of("mail.example.com"),
		.product = span_of("Postfix"),
		.syn_shape = span_of("64 7 1460 mss-sack-ts-nop-ws"),
	};
	foot->client = story_endpoint(story, "192.0.2.10", 40001);
	foot->server = story_endpoint(story, "192.0.2.20", 25);
	for (size_t place = 0; place < PLACES; place++)
		foot->places[place] = (struct quote){
			.seen = true,
			.where = { .order = (uint32_t)place + 1,
				.last = { .time_ns = story->at_ns, .frame = place + 1 } },
		};
}

void
story_hear_insight(void *user, const struct insight *insight)
{
	struct heard *heard = user;
	size_t n = heard->insight_count++;

	assert_true(n < FOOTPRINT_HEARD && insight->count > 0);
	assert_true(insight->link_count <= INSIGHT_LINKS);
	heard->insights[n] = *insight;
	snprintf(heard->reasons[n], sizeof(heard->reasons[n]), "%.*s", (int)insight->reasons.len,
		insight->reasons.len > 0 ? (const char *)insight->reasons.at : "");
	heard->insights[n].reasons = span_of(heard->reasons[n]);
}

void
story_hear_signal(void *user, const struct signal *signal, bool has_place, enum place place)
{
	struct heard *heard = user;
	size_t n = heard->signal_count++;

	(void)has_place;
	(void)place;
	assert_true(n < FOOTPRINT_HEARD);
	heard->signals[n] = *signal;
	snprintf(heard->names[n], sizeof(heard->names[n]), "%.*s", (int)signal->name.len,
		(const char *)signal->name.at);
	heard->signals[n].name = span_of(heard->names[n]);
	heard->signals[n].words = (struct span){ 0 };
}

const struct insight *
heard_insight(const struct heard *heard, const char *kind)
{
	for (size_t i = 0; i < heard->insight_count; i++)
		if (strcmp(heard->insights[i].kind, kind) == 0)
			return &heard->insights[i];
	return NULL;
}

const struct signal *
heard_signal(const struct heard *heard, const char *name)
{
	for (size_t i = 0; i < heard->signal_count; i++)
		if (span_is(heard->signals[i].name, name))
			return &heard->signals[i];
	return NULL;
}

/* When the sessions of this part of the script begin, and how many they are. */
static void
story_schedule(struct story *story, const char *part)
{
	char copy[1024], *rest = copy, *word, *value;

	snprintf(copy, sizeof(copy), "%s", part);
	story->times = 1;
	story->every_ns = 60 * FOOTPRINT_SECOND;
	if (story->sessions > 0)
		story->at_ns += story->every_ns;
	while ((word = strtok_r(rest, " \n", &rest)) != NULL) {
		bool at = strcmp(word, "at") == 0, after = strcmp(word, "after") == 0;
		bool times = strcmp(word, "times") == 0, every = strcmp(word, "every") == 0;

		if (!at && !after && !times && !every)
			continue;
		value = strtok_r(rest, " \n", &rest);
		assert_non_null(value);
		if (at)
			story->at_ns = FOOTPRINT_BASE * FOOTPRINT_SECOND + story_time(value);
		else if (after)
			story->at_ns += story_time(value) - (story->sessions > 0 ? 60 * FOOTPRINT_SECOND : 0);
		else if (times)
			story->times = (unsigned)atoi(value);
		else
			story->every_ns = story_time(value);
	}
}

void
story_build(struct story *story, const char *part)
{
	char copy[1024], *rest = copy, *word;

	snprintf(copy, sizeof(copy), "%s", part);
	assert_true(strlen(part) < sizeof(copy));
	story_begin(story);
	while ((word = strtok_r(rest, " \n", &rest)) != NULL)
		if (!story_word(story, word))
			story_pair(story, word, strtok_r(rest, " \n", &rest));
}

void
story_tell(struct story *story, const struct subject *subject, void *memory, const char *script)
{
	const struct hindsight hindsight = { story_hear_insight, story_hear_signal, &story->heard };
	char *parts = strdup(script), *rest = parts, *part;

	assert_non_null(parts);
	if (story->sessions == 0)
		story->at_ns = FOOTPRINT_BASE * FOOTPRINT_SECOND;
	while ((part = strtok_r(rest, ";", &rest)) != NULL) {
		story_schedule(story, part);
		for (story->index = 0; story->index < story->times; story->index++) {
			story->at_ns += story->index > 0 ? story->every_ns : 0;
			if (story->kind != NULL)
				story->kinds_before +=
					heard_insight(&story->heard, story->kind) != NULL;
			story_build(story, part);
			memset(&story->heard, 0, sizeof(story->heard));
			subject->take(memory, &story->foot, &hindsight);
		}
	}
	free(parts);
}

void
story_run(struct story *story, const struct subject *subject, const struct policy *policy,
	const char *kind, const char *script)
{
	struct budget budget = { .limit = 64u << 20 };
	void *memory = subject->create(&budget, policy);

	assert_non_null(memory);
	memset(story, 0, sizeof(*story));
	story->kind = kind;
	story_tell(story, subject, memory, script);
	subject->destroy(memory);
	assert_int_equal(budget.used, 0);
}

struct interference_sum
story_sum(const struct story *story)
{
	struct signal all[FOOTPRINT_HEARD + FOOTPRINT_SIGNALS];
	size_t own = story->foot.signal_count;

	if (own > 0)
		memcpy(all, story->signals, own * sizeof(all[0]));
	memcpy(all + own, story->heard.signals, story->heard.signal_count * sizeof(all[0]));
	return signals_combine(all, own + story->heard.signal_count);
}

void
story_check(const struct story_case *test, const struct subject *subject, const struct policy *policy)
{
	static struct story story;
	const struct insight *insight;
	const struct signal *signal;

	story_run(&story, subject, policy, test->kind, test->script);
	insight = heard_insight(&story.heard, test->kind);
	signal = heard_signal(&story.heard, test->kind);
	if ((insight == NULL && signal == NULL) != test->silent)
		fail_msg("%s is %s: \"%s\"", test->kind, test->silent ? "there" : "missing", test->script);
	if (insight != NULL && (insight->severity != test->severity || insight->confidence != test->confidence))
		fail_msg("%s is %s and %s (%.*s): \"%s\"", test->kind, severity_word(insight->severity),
			confidence_word(insight->confidence), (int)insight->reasons.len,
			(const char *)insight->reasons.at, test->script);
	if (insight != NULL && test->reason != NULL && !span_has(insight->reasons, test->reason))
		fail_msg("%s says \"%.*s\": \"%s\"", test->kind, (int)insight->reasons.len,
			(const char *)insight->reasons.at, test->script);
	if (signal != NULL && signal->points != test->points)
		fail_msg("%s has %d points: \"%s\"", test->kind, signal->points, test->script);
}
