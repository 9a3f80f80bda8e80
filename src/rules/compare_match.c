/* Which sessions of two vantages are the same connection seen twice.
 *
 * First those with a unique key give the skew of the clocks; then all pairs are made anew, the surest key first, of
 * sessions that began within two seconds of each other by it. */
#include "rules/compare.h"

#include "base/table.h"

#include <stdlib.h>

enum {
	WEAK_LEAST = 3,                 /* so many weak keys are as good as a unique one */
	CONNECTIONS_LEAST = 3,          /* so many equal addresses and ports tell the skew where no unique key does */
	COMMANDS_LEAST = 3,             /* fewer commands are alike everywhere */
};

static const int64_t WINDOW_NS = 2000000000;

struct matching {
	struct arena                 *arena;
	const struct vantage_session *sessions[2];
	size_t                        counts[2];
	bool                         *taken[2];
	struct span                  *keys[2];          /* of the kind that is asked for; empty: it has none */
	size_t                       *order;            /* of the second vantage's sessions, by key or by time */
	int64_t                       skew_ns;
	bool                          timed;            /* the skew is known: only what began together is the same */
	struct compare_pair          *pairs;
	size_t                        count;
};

/* Keys ----------------------------------------------------------------------------------------- */

/* What makes a connection one of a kind, as bytes. */
struct ends_key {
	struct address client, server;
	uint16_t       client_port, server_port;
	uint32_t       sequences[2];
};

static struct span
key_of_ends(struct matching *matching, const struct vantage_session *session, bool with_sequences)
{
	struct ends_key *key = arena_alloc(matching->arena, sizeof(*key));

	if (key == NULL)
		return (struct span){ 0 };
	key->client = session->client.address;
	key->server = session->server.address;
	key->client_port = session->client.port;
	key->server_port = session->server.port;
	if (with_sequences)
		memcpy(key->sequences, session->initial_sequence, sizeof(key->sequences));
	return span_from(key, sizeof(*key));
}

/* RFC 1939, section 7: <process.clock@host>, another one in each greeting, which nobody on the way has a reason to
 * touch.  Empty where there is none. */
static struct span
key_of_greeting(const struct vantage_session *session)
{
	struct span mark = span_after(session->greeting, span_find(session->greeting, "<"));

	mark = span_first(mark, span_find(mark, ">"));
	if (!span_is(session->protocol, "pop3") || span_find(mark, "@") == mark.len || span_find(mark, ".") == mark.len)
		return (struct span){ 0 };
	return mark;
}

static bool
has_sequences(const struct vantage_session *session)
{
	return session->initial_sequence[CLIENT] != 0 && session->initial_sequence[SERVER] != 0;
}

static struct span
key_of(struct matching *matching, const struct vantage_session *session, enum compare_key key)
{
	switch (key) {
	case KEY_CLIENT_RANDOM: return session->client_random;
	case KEY_CONNECTION:
		return has_sequences(session) ? key_of_ends(matching, session, true) : (struct span){ 0 };
	case KEY_SEQUENCES:
		return has_sequences(session)
			? span_from(session->initial_sequence, sizeof(session->initial_sequence))
			: (struct span){ 0 };
	case KEY_QUEUE_ID: return session->queue_id;
	case KEY_TIMESTAMP: return key_of_greeting(session);
	case KEY_WEAK: return key_of_ends(matching, session, false);
	case COMPARE_KEYS: break;
	}
	return (struct span){ 0 };
}

static int
compare_spans(struct span a, struct span b)
{
	int result = memcmp(a.at, b.at, a.len < b.len ? a.len : b.len);

	return result != 0 ? result : (a.len > b.len) - (a.len < b.len);
}

static int
by_key(const void *a, const void *b, void *user)
{
	const struct span *keys = user;
	size_t one = *(const size_t *)a, other = *(const size_t *)b;
	int result = keys[one].len == 0 || keys[other].len == 0 ? (keys[one].len > 0) - (keys[other].len > 0)
	                                                        : compare_spans(keys[one], keys[other]);

	return result != 0 ? result : (one > other) - (one < other);
}

static void
sort_by_key(struct matching *matching, enum compare_key key)
{
	for (int v = 0; v < 2; v++)
		for (size_t i = 0; i < matching->counts[v]; i++)
			matching->keys[v][i] = key_of(matching, &matching->sessions[v][i], key);
	for (size_t i = 0; i < matching->counts[1]; i++)
		matching->order[i] = i;
	if (matching->counts[1] > 0)
		qsort_r(matching->order, matching->counts[1], sizeof(*matching->order), by_key, matching->keys[1]);
}

/* The first of the second vantage's sessions, by key, whose key is not below this one. */
static size_t
find_key(const struct matching *matching, struct span key)
{
	size_t low = 0, high = matching->counts[1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct span there = matching->keys[1][matching->order[middle]];

		if (there.len == 0 || compare_spans(there, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Pairs ---------------------------------------------------------------------------------------- */

static int64_t
later_by(const struct matching *matching, size_t one, size_t other)
{
	return (int64_t)((uint64_t)matching->sessions[1][other].started_ns -
	                 (uint64_t)matching->sessions[0][one].started_ns);
}

static int64_t
distance(int64_t a, int64_t b)
{
	uint64_t apart = a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;

	return apart > INT64_MAX ? INT64_MAX : (int64_t)apart;
}

static bool
began_together(const struct matching *matching, size_t one, size_t other)
{
	return !matching->timed || distance(later_by(matching, one, other), matching->skew_ns) <= WINDOW_NS;
}

static void
add_pair(struct matching *matching, size_t one, size_t other, enum compare_key key, unsigned weak)
{
	matching->pairs[matching->count++] = (struct compare_pair){
		.of = { one, other },
		.key = key,
		.weak = weak,
		.later_ns = later_by(matching, one, other),
	};
	matching->taken[0][one] = matching->taken[1][other] = true;
}

/* Of the free sessions with this session's key the one that began nearest to it. */
static bool
find_nearest(const struct matching *matching, size_t one, size_t *other_r)
{
	struct span key = matching->keys[0][one];
	int64_t least = INT64_MAX;
	bool found = false;

	for (size_t i = find_key(matching, key); i < matching->counts[1]; i++) {
		size_t other = matching->order[i];
		int64_t apart = distance(later_by(matching, one, other), matching->skew_ns);

		if (compare_spans(matching->keys[1][other], key) != 0)
			break;
		if (matching->taken[1][other] || !began_together(matching, one, other) || (found && apart >= least))
			continue;
		*other_r = other;
		least = apart;
		found = true;
	}
	return found;
}

static void
match_by_key(struct matching *matching, enum compare_key key)
{
	sort_by_key(matching, key);
	for (size_t one = 0; one < matching->counts[0]; one++) {
		size_t other;

		if (!matching->taken[0][one] && matching->keys[0][one].len > 0 &&
		    find_nearest(matching, one, &other))
			add_pair(matching, one, other, key, 0);
	}
}

/* Weak keys ------------------------------------------------------------------------------------ */

static bool
same_text(struct span one, struct span other)
{
	return one.len > 0 && span_same(one, other);
}

static bool
same_commands(struct span one, struct span other)
{
	size_t blanks = 0;

	for (size_t i = 0; i < one.len; i++)
		blanks += one.at[i] == ' ';
	return blanks + 1 >= COMMANDS_LEAST && span_same(one, other);
}

static bool
contradict(struct span one, struct span other)
{
	return one.len > 0 && other.len > 0 && !span_same(one, other);
}

/* How many agree; none where what nobody on the way changes says otherwise. */
static unsigned
weak_keys(const struct vantage_session *one, const struct vantage_session *other)
{
	if (!span_same(one->protocol, other->protocol) || contradict(one->queue_id, other->queue_id) ||
	    contradict(one->sender_domain, other->sender_domain))
		return 0;
	return (unsigned)endpoint_equal(&one->client, &other->client) +
	       (unsigned)endpoint_equal(&one->server, &other->server) +
	       (unsigned)same_text(one->client_name, other->client_name) +
	       (unsigned)same_text(one->sender_domain, other->sender_domain) +
	       (unsigned)(one->recipients > 0 && one->recipients == other->recipients) +
	       (unsigned)(one->content_bytes > 0 && one->content_bytes == other->content_bytes) +
	       (unsigned)same_commands(one->commands, other->commands);
}

static int
by_start(const void *a, const void *b, void *user)
{
	const struct vantage_session *sessions = user;
	size_t one = *(const size_t *)a, other = *(const size_t *)b;
	int64_t first = sessions[one].started_ns, second = sessions[other].started_ns;

	return first != second ? (first > second) - (first < second) : (one > other) - (one < other);
}

/* The best of the other vantage's free sessions for each of this one's. */
struct best {
	unsigned weak;
	size_t   with;
	bool     tied;
};

static void
weigh(struct best *best, size_t with, unsigned weak)
{
	if (weak < WEAK_LEAST || weak < best->weak)
		return;
	*best = (struct best){ .weak = weak, .with = with, .tied = weak == best->weak };
}

/* The first of the second vantage's sessions, by start, that can have begun together with one of the first. */
static size_t
find_start(const struct matching *matching, size_t one)
{
	size_t low = 0, high = matching->counts[1];

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int64_t later = later_by(matching, one, matching->order[middle]);

		if (later < matching->skew_ns && !began_together(matching, one, matching->order[middle]))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
weigh_all(struct matching *matching, struct best *of_first, struct best *of_second)
{
	for (size_t one = 0; one < matching->counts[0]; one++) {
		if (matching->taken[0][one])
			continue;
		for (size_t i = find_start(matching, one); i < matching->counts[1]; i++) {
			size_t other = matching->order[i];
			unsigned weak;

			if (!began_together(matching, one, other))
				break;
			if (matching->taken[1][other])
				continue;
			weak = weak_keys(&matching->sessions[0][one], &matching->sessions[1][other]);
			weigh(&of_first[one], other, weak);
			weigh(&of_second[other], one, weak);
		}
	}
}

/* Two sessions are the same when each has no better counterpart than the other, nor another one as good. */
static bool
match_by_weak_keys(struct matching *matching)
{
	struct best *of_first = arena_alloc(matching->arena, (matching->counts[0] + 1) * sizeof(*of_first));
	struct best *of_second = arena_alloc(matching->arena, (matching->counts[1] + 1) * sizeof(*of_second));

	if (of_first == NULL || of_second == NULL)
		return false;
	for (size_t i = 0; i < matching->counts[1]; i++)
		matching->order[i] = i;
	if (matching->counts[1] > 0)
		qsort_r(matching->order, matching->counts[1], sizeof(*matching->order), by_start,
			(void *)(uintptr_t)matching->sessions[1]);
	weigh_all(matching, of_first, of_second);
	for (size_t one = 0; one < matching->counts[0]; one++) {
		const struct best *best = &of_first[one];

		if (best->weak > 0 && !best->tied && !of_second[best->with].tied &&
		    of_second[best->with].with == one)
			add_pair(matching, one, best->with, KEY_WEAK, best->weak);
	}
	return true;
}

/* Clocks --------------------------------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	int64_t one = *(const int64_t *)a, other = *(const int64_t *)b;

	return (one > other) - (one < other);
}

/* The lower one of the two in the middle, so that a pair of sessions is what it says. */
static int64_t
median(int64_t *numbers, size_t count)
{
	qsort(numbers, count, sizeof(*numbers), by_number);
	return numbers[(count - 1) / 2];
}

/* False when out of memory. */
static bool
tell_skew(struct matching *matching, int64_t *skew_ns_r, int64_t *deviation_ns_r)
{
	int64_t *numbers = arena_alloc(matching->arena, (matching->count + 1) * sizeof(*numbers));

	*skew_ns_r = *deviation_ns_r = 0;
	if (numbers == NULL || matching->count == 0)
		return numbers != NULL;
	for (size_t i = 0; i < matching->count; i++)
		numbers[i] = matching->pairs[i].later_ns;
	*skew_ns_r = median(numbers, matching->count);
	for (size_t i = 0; i < matching->count; i++)
		numbers[i] = distance(matching->pairs[i].later_ns, *skew_ns_r);
	*deviation_ns_r = median(numbers, matching->count);
	return true;
}

static void
forget_pairs(struct matching *matching)
{
	matching->count = 0;
	for (int v = 0; v < 2; v++)
		memset(matching->taken[v], 0, matching->counts[v] * sizeof(*matching->taken[v]));
}

/* Unique keys tell the skew, however large.  Without any, connections between the same addresses and ports do if
 * several agree; one alone may as well be another connection of another day. */
static bool
learn_skew(struct matching *matching)
{
	int64_t skew_ns, deviation_ns;

	for (int key = 0; key < KEY_WEAK; key++)
		match_by_key(matching, (enum compare_key)key);
	if (matching->count == 0) {
		match_by_key(matching, KEY_WEAK);
		if (!tell_skew(matching, &skew_ns, &deviation_ns))
			return false;
		if (matching->count < CONNECTIONS_LEAST || deviation_ns > COMPARE_UNSTEADY_NS)
			skew_ns = 0;
	} else if (!tell_skew(matching, &skew_ns, &deviation_ns)) {
		return false;
	}
	matching->skew_ns = skew_ns;
	matching->timed = true;
	forget_pairs(matching);
	return true;
}

static int
by_first(const void *a, const void *b)
{
	const struct compare_pair *one = a, *other = b;

	return (one->of[0] > other->of[0]) - (one->of[0] < other->of[0]);
}

static bool
prepare(struct matching *matching)
{
	size_t fewest = matching->counts[0] < matching->counts[1] ? matching->counts[0] : matching->counts[1];

	for (int v = 0; v < 2; v++) {
		matching->taken[v] = arena_alloc(matching->arena, matching->counts[v] + 1);
		matching->keys[v] = arena_alloc(matching->arena, (matching->counts[v] + 1) * sizeof(struct span));
		if (matching->taken[v] == NULL || matching->keys[v] == NULL)
			return false;
	}
	matching->order = arena_alloc(matching->arena, (matching->counts[1] + 1) * sizeof(*matching->order));
	matching->pairs = arena_alloc(matching->arena, (fewest + 1) * sizeof(*matching->pairs));
	return matching->order != NULL && matching->pairs != NULL;
}

bool
compare_match(struct arena *arena, const struct vantage_session *const sessions[2], const size_t counts[2],
	struct compare_match *match_r)
{
	struct matching matching = {
		.arena = arena,
		.sessions = { sessions[0], sessions[1] },
		.counts = { counts[0], counts[1] },
	};

	if (!prepare(&matching) || !learn_skew(&matching))
		return false;
	for (int key = 0; key < KEY_WEAK; key++)
		match_by_key(&matching, (enum compare_key)key);
	if (!match_by_weak_keys(&matching))
		return false;
	if (matching.count > 0)
		qsort(matching.pairs, matching.count, sizeof(*matching.pairs), by_first);
	match_r->pairs = matching.pairs;
	match_r->count = matching.count;
	return tell_skew(&matching, &match_r->skew_ns, &match_r->deviation_ns) && !arena_spent(arena);
}
