/* starttrace report: one question about all sessions, answered as a table. */
#include "cli/options.h"

#include <stdio.h>

int
command_report(int argc, char **argv)
{
	struct options options;
	struct query *query = NULL;
	struct status status = options_read(argc, argv, "dSUO", &options);
	const char *name = "findings";

	if (status_is_ok(&status) && options.help) {
		printf("usage: starttrace report [NAME] [-d DB] [--since T] [--until T] "
		       "[--format text|csv|json|html]\n\nReports:\n");
		report_list(stdout);
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && options.operand_count > 1)
		status = status_of(STATUS_USAGE, "usage: starttrace report [NAME] [-d DB] [--since T] "
			"[--until T] [--format text|csv|json|html]");
	if (status_is_ok(&status))
		status = query_open(options.database, &query);
	if (status_is_ok(&status) && options.operand_count == 1)
		name = options.operands[0];
	if (status_is_ok(&status))
		status = report_print(stdout, query, name, options.format, options.since, options.until);
	query_close(&query);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
