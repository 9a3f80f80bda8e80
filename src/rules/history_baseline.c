/* Keys, and the records found by them.  The tables are only ever looked up, never gone through, so that the random key
 * of the hash cannot show in any result. */
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
	all->arena = arena_new(budget);
	if (all->arena == NULL)
		baselines_free(&all);
	return all;
}

void
baselines_free(struct baselines **baselines)
{
	struct baselines *all = *baselines;

	if (all == NULL)
		return;
	if (all->arena != NULL)
		arena_free(&all->arena);
	buffer_free(&all->key);
	budget_give(all->budget, sizeof(*all));
	free(all);
	*baselines = NULL;
}

bool
baselines_have_room(struct baselines *all)
{
	bool full = all->baseline_count + BASELINES_AT_ONCE > BASELINES_MOST ||
	            all->visitor_count + BASELINES_AT_ONCE > VISITORS_MOST;

	if (all->arena != NULL && !full && !arena_spent(all->arena))
		return true;
	if (all->arena != NULL)
		arena_free(&all->arena);
	memset(all->baseline_heads, 0, sizeof(all->baseline_heads));
	memset(all->visitor_heads, 0, sizeof(all->visitor_heads));
	all->baseline_count = all->visitor_count = 0;
	all->spare = NULL;
	all->arena = arena_new(all->budget);
	return all->arena != NULL;
}

void
baselines_keep(struct baselines *all, struct kept_text *text, struct span s)
{
	if (s.len > text->room) {
		text->room = 2 * s.len;
		text->at = arena_alloc(all->arena, text->room);
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

static struct baseline *
baseline_create(struct baselines *all, struct baseline **head, uint64_t hash)
{
	struct baseline *baseline;

	baseline = arena_alloc(all->arena, sizeof(*baseline));
	if (baseline == NULL)
		return NULL;
	baseline->key = arena_copy(all->arena, buffer_span(&all->key));
	if (baseline->key.len != all->key.len)
		return NULL;
	baseline->days.at = arena_alloc(all->arena, DAYS_AT_FIRST * sizeof(baseline->days.at[0]));
	if (baseline->days.at == NULL)
		return NULL;
	baseline->days.room = DAYS_AT_FIRST;
	baseline->hash = hash;
	baseline->chain = *head;
	*head = baseline;
	all->baseline_count++;
	return baseline;
}

struct baseline *
baseline_find(struct baselines *all, const struct footprint *foot, enum baseline_key key, bool create)
{
	struct baseline **head, *baseline;
	uint64_t hash;

	if (!has_key(foot, key))
		return NULL;
	key_write(&all->key, foot, key);
	if (all->key.failed) {
		buffer_free(&all->key);
		return NULL;
	}
	hash = hash_bytes(&all->hash_key, all->key.at, all->key.len);
	head = &all->baseline_heads[hash % TABLE_LENGTH(all->baseline_heads)];
	for (baseline = *head; baseline != NULL; baseline = baseline->chain)
		if (baseline->hash == hash && span_equal(baseline->key, buffer_span(&all->key)))
			return baseline;
	return create ? baseline_create(all, head, hash) : NULL;
}

/* Visitors ------------------------------------------------------------------------------------- */

static struct visitor *
visitor_create(struct baselines *all, struct visitor **head, const struct visitor *wanted)
{
	struct visitor *visitor;

	visitor = arena_alloc(all->arena, sizeof(*visitor));
	if (visitor == NULL)
		return NULL;
	*visitor = *wanted;
	visitor->chain = *head;
	visitor->hour = INT64_MIN;
	*head = visitor;
	all->visitor_count++;
	return visitor;
}

struct visitor *
visitor_find(struct baselines *all, const struct baseline *baseline, const struct address *client,
	bool is_network, bool create)
{
	struct visitor wanted = {
		.baseline = baseline,
		.address = is_network ? address_network(client) : *client,
		.is_network = is_network,
	};
	uint8_t bytes[sizeof(wanted.baseline) + sizeof(wanted.address) + 1];
	struct visitor **head;

	memcpy(bytes, &wanted.baseline, sizeof(wanted.baseline));
	memcpy(bytes + sizeof(wanted.baseline), &wanted.address, sizeof(wanted.address));
	bytes[sizeof(bytes) - 1] = is_network;
	wanted.hash = hash_bytes(&all->hash_key, bytes, sizeof(bytes));
	head = &all->visitor_heads[wanted.hash % TABLE_LENGTH(all->visitor_heads)];
	for (struct visitor *v = *head; v != NULL; v = v->chain)
		if (v->hash == wanted.hash && v->baseline == baseline &&
			v->is_network == is_network && address_equal(&v->address, &wanted.address))
			return v;
	return create ? visitor_create(all, head, &wanted) : NULL;
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
	larger = arena_alloc(all->arena, room * sizeof(*larger));
	if (larger == NULL) {
		remove_days(days, 1);
		return;
	}
	memcpy(larger, days->at, days->count * sizeof(*larger));
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
