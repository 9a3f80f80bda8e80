/* The SQL files of schema/, compiled in as text (schema/embed.sh makes the definitions). */
#ifndef STARTTRACE_STORE_SCHEMA_H
#define STARTTRACE_STORE_SCHEMA_H

struct schema_file {
	const char *name;       /* path below schema/, without ".sql": "tables", "reports/findings" */
	const char *sql;
};

/* Sorted by name; ends with a row whose name is NULL. */
extern const struct schema_file schema_files[];

#endif
