/* starttrace export: what a database holds, as the events that a sensor would have told. */
#include "cli/options.h"
#include "cli/usage.h"
#include "report/export.h"

#include <signal.h>
#include <stdio.h>

static struct status
print_events(const struct options *options, struct query *query)
{
	struct network network;
	struct scope scope;
	struct status status = options_scope(options, &network, &scope);

	return status_is_ok(&status) ? export_print(stdout, query, &scope, options->events) : status;
}

int
command_export(int argc, char **argv)
{
	struct options options;
	struct query *query = NULL;
	struct status status = options_read(argc, argv, FOR_EXPORT, &options);

	if (status_is_ok(&status) && options.help) {
		printf(USAGE(USAGE_EXPORT) "\n");
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && options.operand_count > 0)
		status = status_of(STATUS_USAGE, USAGE(USAGE_EXPORT));
	/* who reads the lines may stop before the last one: this ends as any filter does, also below a parent that
	 * ignores the signal */
	signal(SIGPIPE, SIG_DFL);
	if (status_is_ok(&status))
		status = query_open(options.database, &query);
	if (status_is_ok(&status))
		status = print_events(&options, query);
	query_close(&query);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
