/* starttrace watch: interfaces in, judged sessions into the database, findings told at once.
 *
 * The order is the point: interfaces are opened first, because only that takes a privilege; then all privileges go, and
 * only an ordinary user opens the database and reads the first frame. */
#include "cli/options.h"
#include "cli/setup.h"
#include "cli/usage.h"

#include "base/table.h"
#include "sensor/privilege.h"
#include "sensor/sensor.h"

#include <stdio.h>
#include <unistd.h>

enum {
	OUTLETS_MOST = 6,
};

struct watching {
	const struct options *options;
	struct setup          setup;
	struct live          *live;
	struct store         *store;
	struct outlet_config  outlets[OUTLETS_MOST];
	size_t                outlet_count;
};

static void
add_outlet(struct watching *watching, enum outlet_kind kind, const char *path, enum severity least)
{
	watching->outlets[watching->outlet_count++] = (struct outlet_config){
		.kind = kind,
		.path = path,
		.least = least,
	};
}

/* Whoever reads JSON gets everything; a person and the log what is severe enough.  A service that tells the journal
 * need not tell it again as the text of its standard output. */
static void
choose_outlets(struct watching *watching)
{
	const struct options *options = watching->options;

	if (options->json_file != NULL)
		add_outlet(watching, OUTLET_JSON_FILE, options->json_file, SEVERITY_INFO);
	if (options->json_socket != NULL)
		add_outlet(watching, OUTLET_JSON_SOCKET, options->json_socket, SEVERITY_INFO);
	if (options->syslog)
		add_outlet(watching, OUTLET_SYSLOG, NULL, options->least);
	if (options->journal)
		add_outlet(watching, OUTLET_JOURNAL, NULL, options->least);
	if (options->json)
		add_outlet(watching, OUTLET_JSON_STDOUT, NULL, SEVERITY_INFO);
	else if (watching->outlet_count == 0 || isatty(STDOUT_FILENO))
		add_outlet(watching, OUTLET_TERMINAL, NULL, options->least);
}

static struct sensor_config
config_of(const struct watching *watching)
{
	const struct options *options = watching->options;

	return (struct sensor_config){
		.live = {
			.interfaces = (char *const *)options->interfaces,
			.count = options->interface_count,
			.filter = options->filter,
			.ring_bytes = options->ring_bytes,
			.snaplen = options->snaplen,
		},
		.version = STARTTRACE_VERSION,
		.vantage = options->vantage,
		.engine = setup_engine(&watching->setup, options),
		.engines = options->engines > 0 ? options->engines : 1,
		.max_memory = options->max_memory,
		.retain_ns = options->retain_ns,
		.outlets = watching->outlets,
		.outlet_count = watching->outlet_count,
		.metrics_file = options->metrics_file,
		.metrics_port = options->metrics_port,
	};
}

/* All that needs more rights than an ordinary user has; they are gone when it returns. */
static struct status
open_interfaces(struct watching *watching)
{
	const struct sensor_config config = config_of(watching);
	struct privilege_identity identity;
	struct status status = privilege_identity(watching->options->user, &identity);

	if (status_is_ok(&status))
		status = live_open(&config.live, &watching->live);
	if (status_is_ok(&status))
		status = privilege_drop(&identity);
	if (status_is_ok(&status) && identity.change)
		fprintf(stderr, "starttrace: goes on as user %s, who must be able to write the database\n",
			identity.name);
	return status;
}

static struct status
begin_run(struct watching *watching)
{
	struct status status = store_open(watching->options->database, &watching->store);

	if (status_is_ok(&status))
		status = store_begin(watching->store, STARTTRACE_VERSION);
	if (status_is_ok(&status))
		status = setup_policy(&watching->setup, watching->options, watching->store);
	return status;
}

static struct status
watch(struct watching *watching)
{
	struct sensor_config config;
	struct status closed, status = open_interfaces(watching);

	if (status_is_ok(&status))
		status = begin_run(watching);
	config = config_of(watching);
	if (status_is_ok(&status))
		status = sensor_register(&config, watching->live, watching->store);
	if (status_is_ok(&status))
		status = sensor_run(&config, watching->live, watching->store);
	closed = store_close(&watching->store);
	live_close(&watching->live);
	return status_is_ok(&status) ? closed : status;
}

static void
print_help(void)
{
	fputs(USAGE(USAGE_WATCH) "\n\n"
	      "  -i, --interface IFACE      capture here; \"any\" for all of them\n"
	      "  -d, --database DB          the database; starttrace.db by default\n"
	      "  -f, --filter BPF           only frames that pass this filter; by default all that may carry TCP\n"
	      "  -j, --jobs N               engines side by side\n"
	      "      --user NAME            whom to become once the interfaces are open\n"
	      "      --vantage NAME         where the interfaces are\n"
	      "      --json                 JSON lines on standard output, in place of lines for people\n"
	      "      --json-file FILE       JSON lines, appended; opened anew after SIGHUP\n"
	      "      --json-socket PATH     JSON lines into a Unix socket\n"
	      "      --syslog, --journal    findings for the system's log\n"
	      "      --least SEVERITY       what people and the log are told of; low by default\n"
	      "      --metrics-port PORT    Prometheus metrics over HTTP on 127.0.0.1\n"
	      "      --metrics-file FILE    the same as a file for the node exporter\n"
	      "      --retain DAYS          sessions older than this are deleted\n"
	      "      --buffer SIZE          of each interface's ring, with K, M or G\n"
	      "      --snaplen BYTES        of each frame that are captured\n"
	      "      --policy, --trust-store, --accounts, --fingerprint-key, --max-memory, --idle\n"
	      "                             as for read\n", stdout);
}

int
command_watch(int argc, char **argv)
{
	struct watching watching = { 0 };
	struct options options;
	struct status status = options_read(argc, argv, FOR_WATCH, &options);

	if (status_is_ok(&status) && options.help) {
		print_help();
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && (options.interface_count == 0 || options.operand_count > 0))
		status = status_of(STATUS_USAGE, USAGE(USAGE_WATCH) "; "
			"starttrace watch --help lists the options");
	if (status_is_ok(&status))
		status = setup_read(&watching.setup, &options);
	if (status_is_ok(&status)) {
		watching.options = &options;
		choose_outlets(&watching);
		status = watch(&watching);
	}
	setup_free(&watching.setup);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
