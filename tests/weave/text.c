/* Reads a dialogue text.  One directive or one line of dialogue a row; the format is told in
 * tests/README.md.  A mistake in the text ends the program: a test that is not what it says is
 * worthless. */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	START_TIME = 1764936000,        /* 2025-12-05 12:00:00 UTC */
	CLIENT_PORT_DEFAULT = 40001,
	SERVER_PORT_DEFAULT = 25,
};

void
wrong(const struct reader *r, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%u: ", r->path, r->line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	putc('\n', stderr);
	exit(1);
}

/* Room for one more in a growing list, which doubles whenever its count reaches a power of two. */
static void *
grown(void *list, size_t count, size_t size)
{
	void *more = list;

	if ((count & (count - 1)) == 0)
		more = realloc(list, (count == 0 ? 1 : 2 * count) * size);
	if (more == NULL)
		abort();
	return more;
}

struct piece *
add_piece(struct reader *r, enum act act, enum side side)
{
	struct script *script = r->script;
	bool is_edge = act == ACT_OPEN || act == ACT_CLOSE;
	struct piece *piece;

	script->pieces = grown(script->pieces, script->piece_count, sizeof *script->pieces);
	piece = &script->pieces[script->piece_count++];
	*piece = (struct piece){
		.act = act, .side = side, .connection = r->present,
		.ttl = { r->ttl[CLIENT], r->ttl[SERVER] }, .views = is_edge ? BOTH_VIEWS : r->views,
		.pause_us = r->pause_us,
		.schedule = r->schedule,
	};
	r->pause_us = 0;
	r->schedule = (struct schedule){ SCHEDULE_NONE, 0 };
	if (is_edge)
		return piece;
	piece->odd = r->odd;
	r->odd = (struct oddities){ 0 };
	return piece;
}

void
connect_if_needed(struct reader *r)
{
	struct script *script = r->script;

	if (r->open)
		return;
	script->connections = grown(script->connections, script->connection_count,
		sizeof *script->connections);
	r->present = script->connection_count++;
	script->connections[r->present] = r->next;
	r->open = true;
	add_piece(r, ACT_OPEN, CLIENT);
	r->next.port[CLIENT]++;
	r->next.opening = OPENING_SYN;
	r->next.closing = CLOSING_FIN;
	r->next.closer = CLIENT;
	memset(r->next.unseen, 0, sizeof r->next.unseen);
}

void
finish_connection(struct reader *r)
{
	connect_if_needed(r);
	if (r->script->connections[r->present].closing != CLOSING_NONE)
		add_piece(r, ACT_CLOSE, CLIENT);
	r->script->connections[r->present].closed = true;
	r->open = false;
}

static bool
is_speech(const char *row)
{
	return (row[0] == 'C' || row[0] == 'S') && row[1] != '\0'
		&& strchr(":;.=<", row[1]) != NULL;
}

static void
speak(struct reader *r, enum act act, const char *row)
{
	struct piece *piece;

	connect_if_needed(r);
	piece = add_piece(r, act, row[0] == 'C' ? CLIENT : SERVER);
	piece->missing = r->missing;
	r->missing = false;
	piece->urgent = r->urgent;
	r->urgent = false;
	add_bytes(r, &piece->bytes, row[1], row + 2);
	if (piece->bytes.len == 0)
		wrong(r, "nothing to send");
}

static void
speak_on(struct reader *r, const char *row)
{
	struct script *script = r->script;
	struct piece *last = NULL;

	if (!is_speech(row))
		wrong(r, "+ needs a line of dialogue");
	if (script->piece_count > 0)
		last = &script->pieces[script->piece_count - 1];
	if (last == NULL || !r->open || last->connection != r->present
		|| last->side != (row[0] == 'C' ? CLIENT : SERVER)
		|| (last->act != ACT_SEND && last->act != ACT_RESEND))
		wrong(r, "nothing of this side to join");
	add_bytes(r, &last->bytes, row[1], row + 2);
}

/* The same bytes once more, or, with a line of dialogue behind it, other bytes in their place. */
static void
say_again(struct reader *r, const char *row)
{
	const struct piece *last;
	struct piece *copy;

	if (is_speech(row)) {
		speak(r, ACT_RESEND, row);
		return;
	}
	if (*row != '\0' || r->script->piece_count == 0)
		wrong(r, "resend stands alone or before a line of dialogue");
	last = &r->script->pieces[r->script->piece_count - 1];
	if (last->act != ACT_SEND && last->act != ACT_RESEND)
		wrong(r, "nothing to send again");
	copy = add_piece(r, ACT_RESEND, last->side);
	last = copy - 1;
	for (size_t i = 0; i < last->bytes.len; i++)
		add_octet(r, &copy->bytes, last->bytes.at[i]);
}

/* A row may begin with the interface that alone shows it. */
static char *
take_view(struct reader *r, char *row)
{
	r->views = BOTH_VIEWS;
	for (unsigned view = 0; view < 2; view++) {
		const char *name = r->script->interfaces[view];
		size_t word = strlen(name);

		if (word == 0 || strncmp(row, name, word) != 0 || row[word] != ' ')
			continue;
		r->views = 1u << view;
		return row + word + 1;
	}
	return row;
}

void
read_row(struct reader *r, char *row)
{
	row[strcspn(row, "\n")] = '\0';
	if (repeat_gathers(r, row))
		return;
	row = take_view(r, row);
	if (row[0] == '#')
		return;
	if (is_speech(row))
		speak(r, ACT_SEND, row);
	else if (row[0] == '+')
		speak_on(r, row + 1);
	else if (strncmp(row, "resend", 6) == 0)
		say_again(r, row + 6 + strspn(row + 6, " "));
	else
		direct(r, row);
}

static void
finish_all(struct reader *r)
{
	if (r->open || r->script->connection_count == 0)
		finish_connection(r);
	for (size_t i = 0; i < r->script->connection_count; i++) {
		const struct connection *c = &r->script->connections[i];

		if (c->closed || c->closing == CLOSING_NONE)
			continue;
		r->present = i;
		r->open = true;
		finish_connection(r);
	}
}

void
script_read(struct script *script, const char *path)
{
	struct reader r = {
		.script = script, .path = path, .ttl = { 64, 64 }, .views = BOTH_VIEWS,
		.next = {
			.address = { { 192, 0, 2, 10 }, { 192, 0, 2, 20 } },
			.port = { CLIENT_PORT_DEFAULT, SERVER_PORT_DEFAULT },
		},
	};
	FILE *file = fopen(path, "r");
	char *row = NULL;
	size_t room = 0;

	if (file == NULL)
		wrong(&r, "cannot read it");
	*script = (struct script){
		.start_us = (uint64_t)START_TIME * 1000000, .snaplen = SNAPLEN_DEFAULT,
	};
	for (r.line = 1; getline(&row, &room, file) >= 0; r.line++)
		read_row(&r, row);
	free(row);
	fclose(file);
	if (r.repeat.rounds > 0)
		wrong(&r, "a repeat without its again");
	finish_all(&r);
}

void
script_free(struct script *script)
{
	for (size_t i = 0; i < script->piece_count; i++)
		free(script->pieces[i].bytes.at);
	free(script->pieces);
	free(script->connections);
}
