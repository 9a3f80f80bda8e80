/* Comparing the lines of one session at two vantages; for the files compare_*.c only. */
#ifndef STARTTRACE_RULES_COMPARE_PRIVATE_H
#define STARTTRACE_RULES_COMPARE_PRIVATE_H

#include "rules/compare.h"

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

/* A line, and what became of it in the comparison. */
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

/* A comparison on its way. */
struct comparing {
	struct arena         *arena;
	struct view           views[2];
	struct compare_lines *result;
	size_t                room;
	bool                  renamed;  /* the client's name differs */
	bool                  failed;   /* out of memory, or of room for differences */
};

/* Lines of both vantages between two that both have. */
struct block {
	enum side side;
	size_t    from[2], to[2];
	bool      last;         /* nothing that both have comes behind it */
};

/* compare_parts.c: the lines of one vantage, each side's by themselves, as far as the other one can show them too: up
 * to TLS, or to bytes that were not captured.  False when out of memory. */
bool compare_view(struct arena *arena, const struct compare_said *said, struct view *view_r);

/* EHLO and its like; what asks for TLS, behind the tag of a command (RFC 9051, section 2.2.1) or what a request is
 * called in ASN.1; a keyword of a list that offers it; nothing but X's, as long as a command.  Any text may be asked
 * about. */
bool compare_is_naming(struct span text);
bool compare_is_asking(struct span text);
bool compare_is_offer(struct span text);
bool compare_is_blanked(struct span text);

/* compare_common.c: marks as found the longest run of lines that both have, in order.  Time and memory are the product
 * of the counts, which the caller bounds.  False when out of memory. */
bool compare_mark_common(struct arena *arena, struct spoken *one, size_t ones, struct spoken *other, size_t others);

/* compare_differences.c: adds to the result what differs in the block, in order.  More than there is room for makes
 * `failed`; what one vantage lacks because its capture ends there makes `broken_off` instead. */
void compare_tell_block(struct comparing *comparing, const struct block *block);

/* The same line missing here and there again was only moved: one difference instead of two. */
void compare_join_moved(struct compare_lines *result);

/* compare_nearer.c: 0 or 1, or -1 where no difference tells. */
int compare_nearer(const struct compare_lines *result);

#endif
