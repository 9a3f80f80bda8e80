/* What the line-based protocols share. */
#include "lines.h"

#include <stdio.h>
#include <string.h>

static enum step
skip_tail(struct lines *lines, enum side side, struct span in, uint64_t *used_r)
{
	const uint8_t *lf = memchr(in.at, '\n', in.len);

	lines->skipping[side] = lf == NULL;
	*used_r = lf == NULL ? in.len : (size_t)(lf - in.at) + 1;
	return STEP_TAKEN;
}

enum step
lines_take(struct lines *lines, struct dialogue *d, enum side side, struct span in,
	struct span *line_r, bool *is_line_r, uint64_t *used_r)
{
	struct span rest = span_first(in, LINE_MOST);

	*is_line_r = false;
	if (lines->skipping[side])
		return skip_tail(lines, side, in, used_r);
	if (!span_take_line(&rest, line_r)) {
		if (in.len < LINE_MOST)
			return STEP_MORE;
		*line_r = rest;
		*used_r = LINE_MOST;
		lines->skipping[side] = true;
		dialogue_unit(d, side, *used_r);
		if (!lines->long_is_usual[side])
			dialogue_note(d, side, NOTE_LONG_LINE,
				span_of("a line above the limit of 12288 bytes"));
	} else {
		*used_r = span_first(in, LINE_MOST).len - rest.len;
		lines->bare_lf[side] = *used_r - line_r->len == 1;
		dialogue_unit(d, side, *used_r);
		if (lines->bare_lf[side])
			dialogue_note(d, side, NOTE_BARE_LF, (struct span){ 0 });
	}
	*is_line_r = true;
	return STEP_TAKEN;
}

/* 16 03 0x length handshake-type, or 15 03 0x 00 02 for an alert. */
static enum tls_guess
guess_record(struct span in)
{
	static const uint8_t handshake_types[] = { 1, 2 };

	if (in.len > 1 && in.at[1] != 3)
		return TLS_GUESS_NO;
	if (in.len > 2 && in.at[2] > 4)
		return TLS_GUESS_NO;
	if (in.len < 6)
		return TLS_GUESS_SHORT;
	if (in.at[0] == 0x15)
		return in.at[3] == 0 && in.at[4] == 2 ? TLS_GUESS_YES : TLS_GUESS_NO;
	return memchr(handshake_types, in.at[5], sizeof(handshake_types)) != NULL ? TLS_GUESS_YES
	                                                                          : TLS_GUESS_NO;
}

/* SERVER-HELLO: whether a session is taken up again, the type of the certificate, and the version's first half. */
static enum tls_guess
guess_ssl2_server(struct span in)
{
	static const uint8_t most[] = { 1, 1, 0 };
	struct span fields = span_first(span_after(in, 3), sizeof(most));

	for (size_t i = 0; i < fields.len; i++)
		if (fields.at[i] > most[i])
			return TLS_GUESS_NO;
	return fields.len < sizeof(most) ? TLS_GUESS_SHORT : TLS_GUESS_YES;
}

/* Two bytes of length with the top bit set, message type 1 and a version, or type 4 (draft-hickman-netscape-ssl-00). */
static enum tls_guess
guess_ssl2(struct span in)
{
	if (in.len > 2 && in.at[2] == 4)
		return guess_ssl2_server(in);
	if (in.len > 2 && in.at[2] != 1)
		return TLS_GUESS_NO;
	if (in.len > 3 && in.at[3] != 0 && in.at[3] != 3)
		return TLS_GUESS_NO;
	if (in.len < 5)
		return TLS_GUESS_SHORT;
	return in.at[3] == 3 ? in.at[4] <= 4 ? TLS_GUESS_YES : TLS_GUESS_NO
	       : in.at[4] == 2 ? TLS_GUESS_YES
	                       : TLS_GUESS_NO;
}

enum tls_guess
lines_guess_tls(struct span in)
{
	if (in.len == 0)
		return TLS_GUESS_SHORT;
	if (in.at[0] == 0x16 || in.at[0] == 0x15)
		return guess_record(in);
	if (in.at[0] >= 0x80 && in.at[0] < 0xC0)
		return guess_ssl2(in);
	return TLS_GUESS_NO;
}

enum step
lines_begin(struct span in)
{
	switch (lines_guess_tls(in)) {
	case TLS_GUESS_YES: return STEP_NOT_MINE;
	case TLS_GUESS_SHORT: return STEP_MORE;
	case TLS_GUESS_NO: break;
	}
	return STEP_TAKEN;
}

bool
lines_end(const struct lines *lines, enum side side, struct span rest)
{
	return rest.len > 0 && !lines->skipping[side] && lines_guess_tls(rest) == TLS_GUESS_NO;
}

bool
lines_client_is_ahead(const struct lines *lines, const struct dialogue *d)
{
	return lines->skipping[CLIENT] || dialogue_pending(d, CLIENT) > 0;
}

static void
note_held(const struct lines *lines, struct dialogue *d, const char *behind, enum note_kind kind)
{
	if (dialogue_held(d, CLIENT) > 0 && !lines->skipping[CLIENT])
		dialogue_note(d, CLIENT, kind, span_of(behind));
}

void
lines_note_hasty(const struct lines *lines, struct dialogue *d, const char *behind)
{
	note_held(lines, d, behind, NOTE_PIPELINED_EARLY);
}

void
lines_release(const struct lines *lines, struct dialogue *d, const char *behind, bool last_in_group)
{
	note_held(lines, d, behind, last_in_group ? NOTE_PIPELINED_EARLY : NOTE_PIPELINED_UNOFFERED);
	dialogue_release(d, CLIENT);
}

void
lines_keep_early(struct dialogue *d, struct span *early, bool certain, struct span word)
{
	if (early->len == 0 && certain && dialogue_from_start(d))
		*early = arena_copy(dialogue_arena(d), word);
}

void
lines_note_early(struct dialogue *d, struct span *early)
{
	if (early->len > 0)
		dialogue_note(d, CLIENT, NOTE_EARLY_TALKER, *early);
	*early = (struct span){ 0 };
}

void
lines_note_unsent(struct dialogue *d, enum side side, enum ending ending)
{
	uint64_t unsent = dialogue_skipping(d, side);
	char text[64];

	if (unsent == 0 || ending == ENDING_CAPTURE)
		return;
	snprintf(text, sizeof(text), "%llu bytes that were announced never came", (unsigned long long)unsent);
	dialogue_note(d, side, NOTE_BAD_SIZE, span_of(text));
}
