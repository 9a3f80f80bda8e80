/* The files of schema/reports/, and what the comment at the head of each says of it. */
#include "report/header.h"

#include "base/table.h"

#include <stdint.h>
#include <stdlib.h>

static const char folder[] = "reports/";

/* Adds what stands behind "-- KEY: " in the leading comment, with the lines that continue it. */
static void
add_value(const char *sql, const char *key, struct buffer *value)
{
	struct span rest = span_of(sql), line;
	bool is_in = false;

	while (span_take_line(&rest, &line) && span_starts(line, "--")) {
		struct span text = span_trim(span_after(line, 2));
		bool continues = span_starts(line, "--   ");

		if (!continues)
			is_in = span_starts(text, key) &&
			        span_starts(span_after(text, strlen(key)), ":");
		if (!is_in)
			continue;
		buffer_add_text(value, continues ? " " : "");
		buffer_add(value, continues ? text : span_trim(span_after(text, strlen(key) + 1)));
	}
}

/* The number behind a key, 0 without one. */
static size_t
number_of(const char *sql, const char *key)
{
	struct buffer value = { 0 };
	size_t number;

	add_value(sql, key, &value);
	number = strtoul(buffer_text(&value), NULL, 10);
	buffer_free(&value);
	return number;
}

void
header_read(const char *sql, struct header *header_r)
{
	*header_r = (struct header){ 0 };
	add_value(sql, "title", &header_r->title);
	add_value(sql, "question", &header_r->question);
	add_value(sql, "columns", &header_r->columns);
	add_value(sql, "clauses", &header_r->clauses);
	add_value(sql, "limits", &header_r->limits);
	header_r->most = number_of(sql, "most");
}

void
header_free(struct header *header)
{
	struct buffer *const values[] = { &header->title, &header->question, &header->columns, &header->clauses,
		&header->limits };

	for (size_t i = 0; i < TABLE_LENGTH(values); i++)
		buffer_free(values[i]);
}

bool
header_has_remarks(struct header *header)
{
	return header->columns.len + header->clauses.len + header->limits.len > 0;
}

void
header_remarks(struct header *header, struct html *html)
{
	const struct {
		const char    *term;
		struct buffer *text;
	} remarks[] = {
		{ "Columns", &header->columns },
		{ "Clauses", &header->clauses },
		{ "Limits", &header->limits },
	};
	size_t most = html->most;

	/* the program's own words, however many */
	html->most = SIZE_MAX;
	for (size_t i = 0; i < TABLE_LENGTH(remarks); i++)
		if (remarks[i].text->len > 0)
			html_print(html, "<dt>%s</dt><dd>%s</dd>\n", remarks[i].term, buffer_text(remarks[i].text));
	html->most = most;
}

const struct schema_file *
header_next(const struct schema_file *file)
{
	for (file = file == NULL ? schema_files : file + 1; file->name != NULL; file++)
		if (strncmp(file->name, folder, strlen(folder)) == 0)
			return file;
	return NULL;
}

const char *
header_name(const struct schema_file *file)
{
	return file->name + strlen(folder);
}
