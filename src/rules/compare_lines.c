/* What differs between the lines of one session at two vantages.
 *
 * Lines are compared, not segments, each side's by themselves, up to TLS.  Where both vantages show the same handshake,
 * what it says in clear is compared as well: its ends would notice a change, and a handshake that fails is one way to a
 * lower version or to none (RFC 8446, appendix D).  Where a capture lacks something the comparison ends there: what is
 * not seen behind a gap may have been said.  What redaction left out of a reply is no difference.
 *
 * What a line is for, compare_parts.c says; which lines are the same, compare_common.c; what the others differ in,
 * compare_differences.c; and what that tells of the two vantages, compare_nearer.c. */
#include "rules/compare_private.h"

enum {
	LINES_MOST = 512,               /* of one side that are laid beside each other */
};

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
	if (!compare_mark_common(comparing->arena, views[0].lines[side], views[0].counts[side], views[1].lines[side],
		views[1].counts[side]))
		comparing->failed = true;
	while (!comparing->failed && !block.last) {
		for (int v = 0; v < 2; v++)
			block.to[v] = next_found(&views[v], side, block.from[v]);
		block.last = block.to[0] == views[0].counts[side];
		compare_tell_block(comparing, &block);
		comparing->result->compared += !block.last;
		for (int v = 0; v < 2; v++)
			block.from[v] = block.to[v] + 1;
	}
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
	if (lines_r->list == NULL || !compare_view(arena, &said[0], &comparing.views[0]) ||
	    !compare_view(arena, &said[1], &comparing.views[1]))
		return false;
	lines_r->broken_off = false;
	compare_side(&comparing, CLIENT);       /* first: a client's other name explains the answer to it */
	compare_side(&comparing, SERVER);
	compare_join_moved(lines_r);
	lines_r->nearer = compare_nearer(lines_r);
	return !comparing.failed;
}
