/* starttrace report: one question about all sessions, answered as a table. */
#include "cli/options.h"
#include "cli/terminal.h"
#include "cli/usage.h"

#include <stdio.h>

static struct status
print_report(const struct options *options, struct query *query)
{
	struct network network;
	size_t most = 0;
	struct report_request request = {
		.most_r = &most,
		.name = options->operand_count == 1 ? options->operands[0] : NULL,
		.format = options->format,
		.width = terminal_width(),
	};
	struct status status = options_scope(options, &network, &request.scope);

	if (status_is_ok(&status))
		status = report_print(stdout, query, &request);
	/* a text says it itself; of a file that another program reads nobody sees the end */
	if (status_is_ok(&status) && most > 0 && options->format != REPORT_TEXT)
		fprintf(stderr,
			"starttrace: these are %zu rows, the most that this report lists; the view v_finding has all "
			"findings\n", most);
	return status;
}

int
command_report(int argc, char **argv)
{
	struct options options;
	struct query *query = NULL;
	struct status status = options_read(argc, argv, FOR_REPORT, &options);

	if (status_is_ok(&status) && options.help) {
		printf(USAGE(USAGE_REPORT) "\n\nReports:\n");
		report_list(stdout);
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && options.operand_count > 1)
		status = status_of(STATUS_USAGE, USAGE(USAGE_REPORT));
	if (status_is_ok(&status))
		status = query_open(options.database, &query);
	if (status_is_ok(&status))
		status = print_report(&options, query);
	query_close(&query);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
