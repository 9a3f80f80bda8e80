/* Rows that are woven many times: `repeat N [EVERY SECONDS]` ... `again`.  They are gathered as they stand and read
 * once a round, with the number of the round put in. */
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
	ROUNDS_MOST = 10000,
	ROW_MOST = 8192,
};

void
repeat_begin(struct reader *r, const char *rounds, const char *every)
{
	struct repeat *repeat = &r->repeat;
	char *end;

	if (repeat->rounds > 0)
		wrong(r, "a repeat inside a repeat");
	repeat->rounds = strtoul(rounds, &end, 10);
	if (*end != '\0' || repeat->rounds == 0 || repeat->rounds > ROUNDS_MOST)
		wrong(r, "'%s' is no number of rounds from 1 to %d", rounds, ROUNDS_MOST);
	repeat->every_us = every == NULL ? 0 : (uint64_t)(strtod(every, &end) * 1e6);
	if (every != NULL && (*end != '\0' || repeat->every_us == 0))
		wrong(r, "'%s' are no seconds", every);
	repeat->first_line = r->line + 1;
}

/* The number that stands for what is in the braces at `at`: {i}, {i:M} or {i+K}.  Anything else is text. */
static const char *
round_number(const struct reader *r, const char *at, unsigned long *number_r)
{
	unsigned long round = r->round, operand = 0;
	char sign = at[2], *end;

	if (at[1] != 'i')
		return NULL;
	*number_r = round;
	if (sign == '}')
		return at + 3;
	if ((sign != ':' && sign != '+') || !isdigit((unsigned char)at[3]))
		return NULL;
	operand = strtoul(at + 3, &end, 10);
	if (*end != '}')
		return NULL;
	if (sign == ':' && operand == 0)
		wrong(r, "{i:0} counts to nothing");
	*number_r = sign == ':' ? 1 + (round - 1) % operand : round + operand;
	return end + 1;
}

static void
row_of_round(const struct reader *r, const char *from, char *row)
{
	size_t len = 0;

	while (*from != '\0') {
		unsigned long value;
		const char *past = *from == '{' ? round_number(r, from, &value) : NULL;

		if (len + 24 > ROW_MOST)
			wrong(r, "a row of more than %d bytes", ROW_MOST);
		if (past == NULL) {
			row[len++] = *from++;
			continue;
		}
		len += (size_t)snprintf(row + len, ROW_MOST - len, "%lu", value);
		from = past;
	}
	row[len] = '\0';
}

static void
weave_round(struct reader *r, const struct repeat *repeat)
{
	char row[ROW_MOST];

	r->round_first = r->script->connection_count;
	for (size_t i = 0; i < repeat->row_count; i++) {
		r->line = repeat->first_line + (unsigned)i;
		row_of_round(r, repeat->rows[i], row);
		read_row(r, row);
	}
	if (r->script->connection_count == r->round_first)
		wrong(r, "a round without a session");
	if (r->open)
		finish_connection(r);
}

/* Sessions are of one round or of none, so that {i} tells them apart. */
void
repeat_again(struct reader *r)
{
	struct repeat repeat = r->repeat;
	unsigned line = r->line;

	if (repeat.rounds == 0)
		wrong(r, "again without a repeat");
	r->repeat = (struct repeat){ 0 };
	if (r->open)
		finish_connection(r);
	for (r->round = 1; r->round <= repeat.rounds; r->round++) {
		r->schedule = (struct schedule){
			.kind = repeat.every_us == 0 ? SCHEDULE_NONE : r->round == 1 ? SCHEDULE_BASE : SCHEDULE_ROUND,
			.after_us = (r->round - 1) * repeat.every_us,
		};
		weave_round(r, &repeat);
	}
	r->round = 0;
	r->round_first = 0;
	r->line = line;
	for (size_t i = 0; i < repeat.row_count; i++)
		free(repeat.rows[i]);
	free(repeat.rows);
}

bool
repeat_gathers(struct reader *r, const char *row)
{
	struct repeat *repeat = &r->repeat;
	size_t word = strcspn(row, " \t\n");

	if (repeat->rounds == 0 || (word == 5 && strncmp(row, "again", word) == 0))
		return false;
	if (word == 6 && strncmp(row, "repeat", word) == 0)
		wrong(r, "a repeat inside a repeat");
	repeat->rows = realloc(repeat->rows, (repeat->row_count + 1) * sizeof *repeat->rows);
	if (repeat->rows == NULL)
		abort();
	repeat->rows[repeat->row_count] = strdup(row);
	if (repeat->rows[repeat->row_count++] == NULL)
		abort();
	return true;
}
