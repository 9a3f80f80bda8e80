/* Keys, and the records found by them. */
#include "rules/history_baseline.h"

#include "base/table.h"
#include "rules/footprint.h"

#include <stdlib.h>

enum {
	DAYS_AT_FIRST = 4,
};

struct baselines *
baselines_new(struct budget *budget, const struct policy_thresholds *thresholds)
{
	struct baselines *all;

	if (!budget_take(budget, sizeof(*all)))
		return NULL;
	all = calloc(1, sizeof(*all));
	if (all == NULL) {
		budget_give(budget, sizeof(*all));
		return NULL;
	}
	all->budget = budget;
	all->thresholds = *thresholds;
	all->hash_key = hash_key_random();
	return all;
}

void
baselines_free(struct baselines **baselines)
{
	struct baselines *all = *baselines;

	if (all == NULL)
		return;
	baselines_drop(all);
	buffer_free(&all->key);
	budget_give(all->budget, sizeof(*all) + all->spare);
	free(all);
	*baselines = NULL;
}

void
baselines_keep(struct baselines *all, struct kept_text *text, struct span s)
{
	if (s.len > text->room) {
		baselines_give(all, text->at, text->room);
		text->room = 2 * s.len;
		text->at = baselines_take(all, text->room);
		if (text->at == NULL)
			text->room = 0;
	}
	text->len = s.len <= text->room ? s.len : 0;
	if (text->len > 0)
		memcpy(text->at, s.at, text->len);
}

/* Keys ----------------------------------------------------------------------------------------- */

static void
key_add(struct buffer *key, struct span part)
{
	buffer_add(key, part);
	buffer_add(key, span_from("\n", 1));
}

static void
key_add_keywords(struct buffer *key, struct span keywords)
{
	struct span word;

	while (span_take_word(&keywords, &word))
		if (!keyword_is_about_login(word)) {
			buffer_add(key, word);
			buffer_add(key, span_from(" ", 1));
		}
	buffer_add(key, span_from("\n", 1));
}

static void
key_write(struct buffer *out, const struct footprint *foot, enum baseline_key key)
{
	char kind = (char)('a' + (int)key);

	buffer_clear(out);
	buffer_add(out, span_from(&kind, 1));
	key_add(out, foot->vantage);
	key_add(out, foot->protocol);
	buffer_add(out, span_from(&foot->server.port, sizeof(foot->server.port)));
	if (key == KEY_NAME) {
		key_add(out, foot->greeting_name);
		return;
	}
	buffer_add(out, span_from(&foot->server.address, sizeof(foot->server.address)));
	if (key == KEY_SERVICE)
		return;
	key_add(out, foot->greeting_name);
	key_add(out, foot->product);
	key_add(out, foot->syn_shape);
	if (key == KEY_BACKEND)
		key_add_keywords(out, foot->keywords);
}

static bool
has_key(const struct footprint *foot, enum baseline_key key)
{
	if (key == KEY_NAME)
		return foot->greeting_name.len > 0;
	return key != KEY_BACKEND || (foot->flags & FOOT_LIST);
}

static bool
has_all(const struct baseline *baseline, enum baseline_key key)
{
	return baseline->key.len > 0 && baseline->days.room > 0 && (key != KEY_BACKEND || baseline->tally != NULL);
}

static struct baseline *
baseline_create(struct baselines *all, enum baseline_key key, uint64_t hash)
{
	struct baseline *baseline = baselines_take(all, sizeof(*baseline));

	if (baseline == NULL)
		return NULL;
	entry_add(all, &all->baselines, &baseline->entry, hash);
	baseline->key.at = baselines_take(all, all->key.len);
	baseline->key.len = baseline->key.room = baseline->key.at != NULL ? all->key.len : 0;
	if (baseline->key.len > 0)
		memcpy(baseline->key.at, all->key.at, all->key.len);
	baseline->days.at = baselines_take(all, DAYS_AT_FIRST * sizeof(baseline->days.at[0]));
	baseline->days.room = baseline->days.at != NULL ? DAYS_AT_FIRST : 0;
	if (key == KEY_BACKEND)
		baseline->tally = baselines_take(all, sizeof(*baseline->tally));
	if (baseline->tally != NULL)
		baseline->tally->held = 1;
	if (has_all(baseline, key))
		return baseline;
	baseline_give_up(all, baseline);
	return NULL;
}

static bool
has_this_key(const struct entry *entry, const void *wanted)
{
	return span_equal(kept_span(&((const struct baseline *)entry)->key), *(const struct span *)wanted);
}

struct baseline *
baseline_find(struct baselines *all, const struct footprint *foot, enum baseline_key key, bool create)
{
	struct entry *entry;
	struct span wanted;
	uint64_t hash;

	if (!has_key(foot, key))
		return NULL;
	key_write(&all->key, foot, key);
	if (all->key.failed) {
		buffer_free(&all->key);
		return NULL;
	}
	wanted = buffer_span(&all->key);
	hash = hash_bytes(&all->hash_key, wanted.at, wanted.len);
	entry = entry_find(all, &all->baselines, hash, has_this_key, &wanted);
	if (entry != NULL)
		return (struct baseline *)entry;
	return create ? baseline_create(all, key, hash) : NULL;
}

/* Visitors ------------------------------------------------------------------------------------- */

/* Who is looked for. */
struct wanted {
	const struct baseline *baseline;
	struct address         address;
	bool                   is_network;
};

static bool
is_wanted(const struct entry *entry, const void *wanted)
{
	const struct visitor *visitor = (const struct visitor *)entry;
	const struct wanted *w = wanted;

	return visitor->baseline == w->baseline && visitor->is_network == w->is_network &&
	       address_equal(&visitor->address, &w->address);
}

static struct wanted
wanted_of(const struct baseline *baseline, const struct address *client, bool is_network)
{
	return (struct wanted){ baseline, is_network ? address_network(client) : *client, is_network };
}

static uint64_t
wanted_hash(const struct baselines *all, const struct wanted *wanted)
{
	uint8_t bytes[sizeof(wanted->baseline) + sizeof(wanted->address) + 1];

	memcpy(bytes, &wanted->baseline, sizeof(wanted->baseline));
	memcpy(bytes + sizeof(wanted->baseline), &wanted->address, sizeof(wanted->address));
	bytes[sizeof(bytes) - 1] = wanted->is_network;
	return hash_bytes(&all->hash_key, bytes, sizeof(bytes));
}

struct visitor *
visitor_find(struct baselines *all, const struct baseline *baseline, const struct address *client, bool is_network)
{
	struct wanted wanted = wanted_of(baseline, client, is_network);

	return (struct visitor *)entry_find(all, &all->visitors, wanted_hash(all, &wanted), is_wanted, &wanted);
}

struct visitor *
visitor_find_or_create(struct baselines *all, struct baseline *baseline, const struct address *client,
	bool is_network)
{
	struct visitor *visitor = visitor_find(all, baseline, client, is_network);
	struct wanted wanted = wanted_of(baseline, client, is_network);

	if (visitor != NULL)
		return visitor;
	visitor = baselines_take(all, sizeof(*visitor));
	if (visitor == NULL)
		return NULL;
	visitor->baseline = baseline;
	visitor->address = wanted.address;
	visitor->is_network = is_network;
	visitor->hour = INT64_MIN;
	visitor->after = baseline->visitors;
	if (visitor->after != NULL)
		visitor->after->before = visitor;
	baseline->visitors = visitor;
	entry_add(all, &all->visitors, &visitor->entry, wanted_hash(all, &wanted));
	return visitor;
}

void
clients_count(struct address *clients, uint32_t *count, uint32_t most, const struct address *client)
{
	struct address link = address_link(client);

	for (uint32_t i = 0; i < *count; i++)
		if (address_equal(&clients[i], &link))
			return;
	if (*count < most)
		clients[(*count)++] = link;
}

/* Days ----------------------------------------------------------------------------------------- */

int64_t
baselines_window(const struct baselines *all)
{
	return all->thresholds.window_days * NS_PER_DAY;
}

static void
remove_days(struct baseline_days *days, size_t count)
{
	days->count -= count;
	memmove(days->at, days->at + count, days->count * sizeof(days->at[0]));
}

/* Room for one more day: as few as there are days with sessions, however long the window is. */
static void
make_room(struct baselines *all, struct baseline_days *days)
{
	size_t room = 2 * days->room;
	struct baseline_day *larger;

	if (days->count < days->room)
		return;
	larger = baselines_take(all, room * sizeof(*larger));
	if (larger == NULL) {
		remove_days(days, 1);
		return;
	}
	memcpy(larger, days->at, days->count * sizeof(*larger));
	baselines_give(all, days->at, days->room * sizeof(*larger));
	days->at = larger;
	days->room = room;
}

/* Sessions come in order of start, so that a new day follows all others. */
struct baseline_day *
baseline_day(struct baselines *all, struct baseline *baseline, int64_t at_ns)
{
	struct baseline_days *days = &baseline->days;
	int64_t number = at_ns / NS_PER_DAY;
	size_t expired = 0;

	if (days->count > 0 && days->at[days->count - 1].day >= number)
		return &days->at[days->count - 1];
	while (expired < days->count && days->at[expired].day <= number - all->thresholds.window_days)
		expired++;
	remove_days(days, expired);
	make_room(all, days);
	days->at[days->count] = (struct baseline_day){ .day = number };
	return &days->at[days->count++];
}

struct baseline_day
baseline_sum(const struct baselines *all, const struct baseline *baseline, int64_t at_ns)
{
	int64_t today = at_ns / NS_PER_DAY;
	struct baseline_day sum = { .day = 0 };

	for (size_t i = 0; i < baseline->days.count; i++) {
		const struct baseline_day *day = &baseline->days.at[i];

		if (day->day <= today - all->thresholds.window_days)
			continue;
		sum.seen += day->seen;
		sum.offered += day->offered;
		sum.upgraded += day->upgraded;
		sum.refused += day->refused;
		sum.extended += day->extended;
		sum.day += day->offered > 0;
	}
	return sum;
}
