/* The program: finds the command and hands over to it. */
#include "cli/options.h"
#include "cli/usage.h"

#include "base/table.h"

#include <stdio.h>
#include <string.h>

static const struct command {
	const char *name;
	const char *usage;
	const char *says;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "read", USAGE_READ, "read captures, judge their sessions, store them", command_read },
	{ "watch", USAGE_WATCH, "the same for what passes an interface, and tell findings at once", command_watch },
	{ "show", USAGE_SHOW, "the annotated dialogue of one session", command_show },
	{ "report", USAGE_REPORT, "answer one question about all sessions", command_report },
	{ "export", USAGE_EXPORT, "sessions and findings as JSON lines, as a sensor tells them", command_export },
	{ "carve", USAGE_CARVE, "the frames of a session as a capture of their own, commented", command_carve },
	{ "compare", USAGE_COMPARE, "the same sessions at two vantages, and every line that differs", command_compare },
	{ "merge", USAGE_MERGE, "the databases of many sensors or jobs into one", command_merge },
	{ "accept", USAGE_ACCEPT,
		"answer for findings until a day: they are shown apart, and --fail-on lets them pass", command_accept },
	{ "explain", USAGE_EXPLAIN, "what a finding means, which clauses it touches, how to fix it", command_explain },
};

static void
print_usage(FILE *out)
{
	fprintf(out, "starttrace judges how mail sessions in packet captures are protected.\n\n");
	for (size_t i = 0; i < TABLE_LENGTH(commands); i++)
		fprintf(out, "  starttrace %s\n        %s\n", commands[i].usage, commands[i].says);
	fprintf(out, "\nExit status: 0 done, 1 some input failed, 2 usage error, 3 --fail-on was met.\n"
		     "Everything else is in the manual page, starttrace(1).\n");
}

static int
run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < TABLE_LENGTH(commands); i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (strcmp(name, "--version") == 0) {
		printf("starttrace %s\n", STARTTRACE_VERSION);
		return EXIT_DONE;
	}
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
		print_usage(stdout);
		return EXIT_DONE;
	}
	if (*name != '\0')
		fprintf(stderr, "starttrace: no such command: %s\n\n", name);
	print_usage(stderr);
	return EXIT_USAGE;
}

/* What did not reach standard output must not end as if it had: half a dialogue in a file would read as a whole one.
 * A command that failed has told why. */
int
main(int argc, char **argv)
{
	int ended = run(argc, argv);
	bool is_written = fflush(stdout) == 0 && !ferror(stdout);
	struct status status;

	if (is_written || ended == EXIT_INPUT || ended == EXIT_USAGE)
		return ended;
	status = status_of(STATUS_STORE, "standard output could not be written: what is there is not whole");
	complain(&status);
	return ended == EXIT_DONE ? EXIT_INPUT : ended;
}
