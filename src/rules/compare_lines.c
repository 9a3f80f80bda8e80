/* What differs between the lines of one session at two vantages.
 *
 * Lines are compared, not segments, each side's by themselves, up to TLS.  Where both vantages show the same handshake,
 * what it says in clear is compared as well: its ends would notice a change, and a handshake that fails is one way to a
 * lower version or to none (RFC 8446, appendix D).  Where a capture lacks something the
 * comparison ends there: what is not seen behind a gap may have been said.  What redaction left out of a reply is no
 * difference. */
#include "rules/compare.h"

#include "base/table.h"
#include "model/protocol.h"
#include "rules/masks.h"

enum {
	LINES_MOST = 512,               /* of one side that are laid beside each other */
	ASK_WORDS = 4,                  /* "#2 extendedReq 1.3.6.1.4.1.1466.20037 StartTLS" */
};

/* What a line is for. */
enum part {
	PART_OTHER,
	PART_GREETING,
	PART_NAME,              /* EHLO and its like */
	PART_NAME_ANSWER,
	PART_LIST,
	PART_ASK,
	PART_ASK_ANSWER,
	PART_CONTENT,
	PART_HANDSHAKE,
};

struct spoken {
	const struct vantage_line *line;
	enum part                  part;
	bool                       found;       /* the other vantage has it too */
};

/* One vantage. */
struct view {
	struct spoken *lines[2];        /* by side */
	size_t         counts[2];
	bool           cut;             /* there may have been more */
};

struct comparing {
	struct arena         *arena;
	struct view           views[2];
	struct compare_lines *result;
	size_t                room;
	bool                  renamed;  /* the client's name differs */
	bool                  failed;   /* out of memory */
};

/* What lines are ------------------------------------------------------------------------------- */

static bool
is_naming(struct span text)
{
	static const char *const verbs[] = { "EHLO", "HELO", "LHLO" };
	struct span verb = { 0 };

	span_take_word(&text, &verb);
	return span_is_any(verb, verbs, TABLE_LENGTH(verbs));
}

/* Nothing but X's, as long as a command. */
static bool
is_blanked(struct span text)
{
	struct span verb = { 0 };

	span_take_word(&text, &verb);
	for (size_t i = 0; i < verb.len; i++)
		if ((verb.at[i] & ~0x20) != 'X')
			return false;
	return verb.len >= 4;
}

/* The word that asks for TLS, or offers it, and what is behind it: of FTP, AUTH with the name of a protocol (RFC 4217,
 * section 4), of XMPP an element. */
static bool
means_tls(struct span word, struct span behind)
{
	static const char *const layers[] = { "TLS", "SSL", "TLS-C", "TLS-P" };
	struct span layer = { 0 };

	if (word.len > 2 && word.at[0] == '<')
		word = span_first(span_after(word, 1), word.len - 1 - (word.at[word.len - 1] == '>'));
	if (!span_is(word, "AUTH"))
		return keyword_is_offer(word) || span_is(word, "X-ANONYMOUSTLS");
	span_take_word(&behind, &layer);
	return span_is_any(layer, layers, TABLE_LENGTH(layers));
}

/* In front of it stand the tag of a command (RFC 9051, section 2.2.1) or what a request is called in ASN.1. */
static bool
is_asking(struct span text)
{
	struct span word = { 0 };

	for (size_t i = 0; i < ASK_WORDS && span_take_word(&text, &word); i++)
		if (means_tls(word, text))
			return true;
	return false;
}

static bool
is_offer(struct span text)
{
	struct span keyword = { 0 };

	return span_take_word(&text, &keyword) && means_tls(keyword, text);
}

/* "250-" has more lines behind it. */
static bool
is_last_line(struct span text)
{
	return text.len < 4 || text.at[3] != '-';
}

/* Which answer belongs to which command, by order: replies queue (RFC 2920). */
struct reading {
	size_t    unanswered;           /* commands */
	size_t    before;               /* of those the ones before the command that is waited for */
	enum part waiting;              /* PART_NAME_ANSWER, PART_ASK_ANSWER or none */
	bool      client_spoke;
};

static enum part
part_of_client(struct reading *reading, const struct vantage_line *line)
{
	enum part part = line->kind == EVENT_CONTENT ? PART_CONTENT
	               : is_naming(line->text)       ? PART_NAME
	               : is_asking(line->text)       ? PART_ASK
	                                             : PART_OTHER;

	reading->client_spoke = true;
	if (part == PART_NAME || part == PART_ASK) {
		reading->waiting = part == PART_NAME ? PART_NAME_ANSWER : PART_ASK_ANSWER;
		reading->before = reading->unanswered;
	}
	reading->unanswered++;
	return part;
}

/* Of the answer to EHLO the first line is an answer, the others are the list. */
static enum part
part_of_server(struct reading *reading, const struct vantage_line *line)
{
	enum part part = PART_OTHER;

	if (line->kind == EVENT_CAPABILITY)
		return PART_LIST;
	if (!reading->client_spoke)
		return PART_GREETING;
	if (reading->waiting != PART_OTHER && reading->before == 0)
		part = reading->waiting;
	if (part != PART_NAME_ANSWER && !is_last_line(line->text))
		return part;
	if (part != PART_OTHER)
		reading->waiting = PART_OTHER;
	if (reading->before > 0)
		reading->before--;
	if (reading->unanswered > 0)
		reading->unanswered--;
	return part;
}

static bool
is_spoken(const struct vantage_line *line)
{
	return line->kind == EVENT_COMMAND || line->kind == EVENT_ANSWER || line->kind == EVENT_CAPABILITY ||
	       line->kind == EVENT_CONTENT || line->kind == EVENT_TEXT;
}

static bool
is_handshake(const struct vantage_line *line)
{
	return line->kind >= EVENT_TLS_CLIENT_HELLO && line->kind <= EVENT_TLS_CERTIFICATES;
}

/* Where what both vantages can show ends: at TLS, or at bytes that were not captured. */
static bool
ends_view(const struct compare_said *said, const struct vantage_line *line)
{
	if (said->same_handshake && (is_handshake(line) || line->kind == EVENT_UPGRADE))
		return false;
	return line->kind >= EVENT_TLS_CLIENT_HELLO && line->kind <= EVENT_GAP;
}

static enum part
part_of(struct reading *reading, const struct vantage_line *line)
{
	if (is_handshake(line))
		return PART_HANDSHAKE;
	return line->side == CLIENT ? part_of_client(reading, line) : part_of_server(reading, line);
}

static bool
view_lines(struct comparing *comparing, const struct compare_said *said, struct view *view)
{
	struct reading reading = { .waiting = PART_OTHER };

	view->cut = said->cut;
	for (int side = CLIENT; side <= SERVER; side++) {
		view->lines[side] = arena_alloc(comparing->arena, (said->count + 1) * sizeof(struct spoken));
		if (view->lines[side] == NULL)
			return false;
	}
	for (size_t i = 0; i < said->count; i++) {
		const struct vantage_line *line = &said->lines[i];

		view->cut |= is_handshake(line);        /* the rest cannot be read */
		if (ends_view(said, line)) {
			view->cut = true;
			break;
		}
		if (!is_spoken(line) && !is_handshake(line))
			continue;
		view->lines[line->side][view->counts[line->side]++] =
			(struct spoken){ .line = line, .part = part_of(&reading, line) };
	}
	return true;
}

/* Same or not ---------------------------------------------------------------------------------- */

static bool
is_left_out(struct span word)
{
	return word.len == 3 && memcmp(word.at, "...", 3) == 0;
}

/* Word for word, as far as neither leaves anything out. */
static bool
words_match(struct span one, struct span other)
{
	for (;;) {
		struct span rest_one = one, rest_other = other, word = { 0 }, counter = { 0 };
		bool has_one = span_take_word(&rest_one, &word), has_other = span_take_word(&rest_other, &counter);

		if (!has_one || !has_other)
			return has_one == has_other;
		if (is_left_out(word) || is_left_out(counter))
			return true;
		if (!span_equal(word, counter))
			return false;
		one = rest_one;
		other = rest_other;
	}
	return true;
}

static struct span
last_word(struct span text)
{
	struct span word = { 0 };

	while (span_take_word(&text, &word))
		;
	return word;
}

/* What a reply may say between the words that are kept is not known: up to the first omission, and in the last word,
 * both must agree. */
static bool
says_same(const struct vantage_line *one, const struct vantage_line *other)
{
	struct span end, counter;

	if (span_equal(one->text, other->text))
		return true;
	if (one->side != SERVER || one->kind != EVENT_ANSWER || other->kind != EVENT_ANSWER ||
	    !words_match(one->text, other->text))
		return false;
	end = last_word(one->text);
	counter = last_word(other->text);
	return is_left_out(end) || is_left_out(counter) || span_equal(end, counter);
}

/* The longest run of lines that both have, in order; marks them as found. */
static void
mark_common(struct comparing *comparing, struct spoken *one, size_t ones, struct spoken *other, size_t others)
{
	size_t width = others + 1, i = 0, k = 0;
	uint16_t *lengths = arena_alloc(comparing->arena, (ones + 1) * width * sizeof(*lengths));

	if (lengths == NULL) {
		comparing->failed = true;
		return;
	}
	for (size_t a = ones; a-- > 0;)
		for (size_t b = others; b-- > 0;) {
			uint16_t down = lengths[(a + 1) * width + b], right = lengths[a * width + b + 1];

			lengths[a * width + b] = says_same(one[a].line, other[b].line)
				? (uint16_t)(lengths[(a + 1) * width + b + 1] + 1)
				: down >= right ? down : right;
		}
	while (i < ones && k < others) {
		if (says_same(one[i].line, other[k].line))
			one[i++].found = other[k++].found = true;
		else if (lengths[(i + 1) * width + k] >= lengths[i * width + k + 1])
			i++;
		else
			k++;
	}
}

/* Differences ---------------------------------------------------------------------------------- */

/* A line of the list, whatever stood there. */
static bool
is_overwritten(struct span line)
{
	return mask_of(line, protocol_offer((struct span){ 0 })) != MASK_NONE;
}

/* One line was made of the other, rather than taken away and another put in: a command always has some answer. */
static bool
is_rewrite(const struct spoken *one, const struct spoken *other)
{
	struct span first = one->line->text, second = other->line->text, word = { 0 }, counter = { 0 };

	if (is_blanked(first) != is_blanked(second) && one->line->side == CLIENT)
		return first.len == second.len || is_naming(first) || is_naming(second) || is_asking(first) ||
		       is_asking(second);
	if (one->part != other->part || (one->part == PART_HANDSHAKE && one->line->kind != other->line->kind))
		return false;
	if (one->part == PART_LIST && is_overwritten(first) != is_overwritten(second))
		return true;
	if (one->part != PART_LIST && (one->part != PART_OTHER || one->line->side == SERVER))
		return true;
	span_take_word(&first, &word);
	span_take_word(&second, &counter);
	return span_same(word, counter) || (one->part == PART_LIST && word.len == counter.len);
}

static bool
same_verb(struct span one, struct span other)
{
	struct span word = { 0 }, counter = { 0 };

	span_take_word(&one, &word);
	span_take_word(&other, &counter);
	return span_same(word, counter);
}

/* Behind the code. */
static bool
is_masked(struct span text)
{
	return mask_is_stars(span_after(text, 4));
}

static enum compare_weight
weight_of_change(const struct comparing *comparing, const struct spoken *one, const struct spoken *other)
{
	struct span first = one->line->text, second = other->line->text;

	switch (one->part) {
	case PART_GREETING: return is_masked(first) != is_masked(second) ? WEIGHT_ALLOWED : WEIGHT_LINE;
	case PART_NAME: return same_verb(first, second) ? WEIGHT_ALLOWED : WEIGHT_DECISIVE;
	case PART_NAME_ANSWER:
		if (!span_equal(span_first(first, 3), span_first(second, 3)))
			return WEIGHT_DECISIVE;
		return comparing->renamed ? WEIGHT_ALLOWED : WEIGHT_LINE;
	case PART_LIST: return is_offer(first) != is_offer(second) ? WEIGHT_DECISIVE : WEIGHT_LIST;
	case PART_ASK:
	case PART_HANDSHAKE:
	case PART_ASK_ANSWER: return WEIGHT_DECISIVE;
	case PART_CONTENT: return WEIGHT_ALLOWED;
	case PART_OTHER: break;
	}
	return is_naming(second) || is_asking(second) ? WEIGHT_DECISIVE : WEIGHT_LINE;
}

static enum compare_weight
weight_of_loss(const struct spoken *spoken)
{
	switch (spoken->part) {
	case PART_NAME:
	case PART_ASK:
	case PART_HANDSHAKE:
	case PART_ASK_ANSWER: return WEIGHT_DECISIVE;
	case PART_LIST: return is_offer(spoken->line->text) ? WEIGHT_DECISIVE : WEIGHT_LIST;
	case PART_NAME_ANSWER:
	case PART_GREETING:
	case PART_CONTENT:
	case PART_OTHER: break;
	}
	return WEIGHT_LINE;
}

static struct compare_difference *
add_difference(struct comparing *comparing, enum compare_change change, enum compare_weight weight, enum side side)
{
	struct compare_lines *result = comparing->result;
	struct compare_difference *difference;

	if (result->count == comparing->room) {
		comparing->failed = true;
		return NULL;
	}
	difference = &result->list[result->count++];
	*difference = (struct compare_difference){ .change = change, .weight = weight, .side = side };
	return difference;
}

/* Lines of both vantages between two that both have. */
struct block {
	enum side side;
	size_t    from[2], to[2];
	bool      last;         /* nothing that both have comes behind it */
};

static const struct vantage_line *
line_before(const struct comparing *comparing, const struct block *block, int vantage, size_t at)
{
	return at > 0 ? comparing->views[vantage].lines[block->side][at - 1].line : NULL;
}

static void
tell_change(struct comparing *comparing, const struct block *block, const size_t at[2])
{
	const struct spoken *one = &comparing->views[0].lines[block->side][at[0]];
	const struct spoken *other = &comparing->views[1].lines[block->side][at[1]];
	struct compare_difference *difference = add_difference(comparing, CHANGE_TEXT,
		weight_of_change(comparing, one, other), block->side);

	comparing->renamed |= one->part == PART_NAME && other->part == PART_NAME;
	if (difference == NULL)
		return;
	for (int v = 0; v < 2; v++) {
		difference->lines[v] = comparing->views[v].lines[block->side][at[v]].line;
		difference->before[v] = line_before(comparing, block, v, at[v]);
	}
}

/* The vantage that lacks the line may lack it because its capture ends there. */
static void
tell_missing(struct comparing *comparing, const struct block *block, int vantage, size_t at, size_t other_at)
{
	const struct spoken *spoken = &comparing->views[vantage].lines[block->side][at];
	struct compare_difference *difference;

	if (block->last && comparing->views[!vantage].cut) {
		comparing->result->broken_off = true;
		return;
	}
	difference = add_difference(comparing, CHANGE_MISSING, weight_of_loss(spoken), block->side);
	if (difference == NULL)
		return;
	difference->lines[vantage] = spoken->line;
	difference->before[vantage] = line_before(comparing, block, vantage, at);
	difference->before[!vantage] = line_before(comparing, block, !vantage, other_at);
}

static size_t
find_rewrite(const struct comparing *comparing, const struct block *block, size_t one, size_t from)
{
	const struct view *views = comparing->views;

	for (size_t other = from; other < block->to[1]; other++)
		if (is_rewrite(&views[0].lines[block->side][one], &views[1].lines[block->side][other]))
			return other;
	return block->to[1];
}

static void
tell_block(struct comparing *comparing, const struct block *block)
{
	size_t next = block->from[1];

	for (size_t one = block->from[0]; one < block->to[0]; one++) {
		size_t other = find_rewrite(comparing, block, one, next);

		if (other == block->to[1]) {
			tell_missing(comparing, block, 0, one, next);
			continue;
		}
		for (; next < other; next++)
			tell_missing(comparing, block, 1, next, one);
		tell_change(comparing, block, (size_t[2]){ one, other });
		next = other + 1;
	}
	for (; next < block->to[1]; next++)
		tell_missing(comparing, block, 1, next, block->to[0]);
}

static size_t
next_found(const struct view *view, enum side side, size_t from)
{
	while (from < view->counts[side] && !view->lines[side][from].found)
		from++;
	return from;
}

static void
compare_side(struct comparing *comparing, enum side side)
{
	struct view *views = comparing->views;
	struct block block = { .side = side };

	for (int v = 0; v < 2; v++)
		if (views[v].counts[side] > LINES_MOST) {
			views[v].counts[side] = LINES_MOST;
			views[v].cut = true;
		}
	mark_common(comparing, views[0].lines[side], views[0].counts[side], views[1].lines[side],
		views[1].counts[side]);
	while (!comparing->failed && !block.last) {
		for (int v = 0; v < 2; v++)
			block.to[v] = next_found(&views[v], side, block.from[v]);
		block.last = block.to[0] == views[0].counts[side];
		tell_block(comparing, &block);
		comparing->result->compared += !block.last;
		for (int v = 0; v < 2; v++)
			block.from[v] = block.to[v] + 1;
	}
}

/* The same line missing here and there again was only moved. */
static void
join_moved(struct compare_lines *result)
{
	for (size_t i = 0; i < result->count; i++) {
		struct compare_difference *one = &result->list[i];

		for (size_t k = i + 1; k < result->count && one->change == CHANGE_MISSING; k++) {
			struct compare_difference *other = &result->list[k];
			int v = one->lines[0] != NULL ? 0 : 1;

			if (other->change != CHANGE_MISSING || other->side != one->side || other->lines[!v] == NULL ||
			    !span_equal(one->lines[v]->text, other->lines[!v]->text))
				continue;
			one->change = CHANGE_ORDER;
			one->lines[!v] = other->lines[!v];
			if (one->weight == WEIGHT_DECISIVE && one->lines[v]->kind == EVENT_CAPABILITY)
				one->weight = WEIGHT_LIST;
			memmove(other, other + 1, (result->count - k - 1) * sizeof(*other));
			result->count--;
		}
	}
}

/* Which vantage is nearer the server ------------------------------------------------------------- */

/* An offer arrives less far than it was sent, and so does a keyword of the list before it is masked; of a command it is
 * the masked one that is further on its way. */
static int
nearer_by(const struct compare_difference *difference)
{
	const struct vantage_line *one = difference->lines[0], *other = difference->lines[1];

	if (difference->weight == WEIGHT_ALLOWED || difference->change == CHANGE_ORDER)
		return -1;
	if (difference->side == SERVER) {
		bool first = one != NULL && one->kind == EVENT_CAPABILITY && is_offer(one->text);
		bool second = other != NULL && other->kind == EVENT_CAPABILITY && is_offer(other->text);

		return first != second ? second : -1;
	}
	if (one == NULL || other == NULL || is_blanked(one->text) == is_blanked(other->text))
		return -1;
	return is_blanked(other->text);
}

static int
nearer_the_server(const struct compare_lines *result)
{
	for (size_t i = 0; i < result->count; i++) {
		int nearer = nearer_by(&result->list[i]);

		if (nearer >= 0)
			return nearer;
	}
	return -1;
}

bool
compare_lines(struct arena *arena, const struct compare_said said[2], struct compare_lines *lines_r)
{
	struct comparing comparing = { .arena = arena, .result = lines_r };

	*lines_r = (struct compare_lines){ .nearer = -1, .broken_off = true };
	if (said[0].headless || said[1].headless)
		return true;
	comparing.room = said[0].count + said[1].count;
	lines_r->list = arena_alloc(arena, (comparing.room + 1) * sizeof(*lines_r->list));
	if (lines_r->list == NULL || !view_lines(&comparing, &said[0], &comparing.views[0]) ||
	    !view_lines(&comparing, &said[1], &comparing.views[1]))
		return false;
	lines_r->broken_off = false;
	compare_side(&comparing, CLIENT);       /* first: a client's other name explains the answer to it */
	compare_side(&comparing, SERVER);
	join_moved(lines_r);
	lines_r->nearer = nearer_the_server(lines_r);
	return !comparing.failed;
}
