/* What was asked for on the command line. */
#ifndef STARTTRACE_CLI_OPTIONS_H
#define STARTTRACE_CLI_OPTIONS_H

#include "base/status.h"
#include "engine/engine.h"
#include "report/export.h"
#include "report/report.h"
#include "wire/live.h"

#define STARTTRACE_VERSION "0.1"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_INPUT = 1,         /* some input failed; the rest was analysed */
	EXIT_USAGE = 2,
	EXIT_GATE = 3,          /* --fail-on was met */
};

struct options {
	const char          *database;
	const char          *vantage;           /* NULL: of any; never so where captures are read */
	const char          *filter;            /* BPF, or NULL */
	size_t               engines;           /* 0: not asked for */
	bool                 json;
	bool                 gate;
	enum severity        fail_on;
	enum account_mode    accounts;
	const char          *key_file;          /* or NULL */
	const char          *trust_store;       /* file or folder, or NULL */
	const char          *policy_file;       /* or NULL: the one that the database keeps */
	size_t               max_memory;
	int64_t              idle_ns;
	const char          *since, *until;
	enum report_format   format;
	const char          *network;           /* or NULL */
	const char          *framework;         /* or NULL */
	const char          *service;           /* or NULL, as the next three */
	const char          *by, *reason;
	const char          *revoke;            /* the number of an acceptance */
	bool                 list, history;     /* of acceptances */
	enum export_events   events;
	const char          *output;            /* file to write, or NULL */
	const char          *finding;           /* its number, or NULL */
	char                *interfaces[LIVE_INTERFACES_MOST];
	size_t               interface_count;
	size_t               ring_bytes;        /* 0: not asked for */
	uint32_t             snaplen;           /* likewise */
	const char          *json_file;         /* or NULL */
	const char          *json_socket;       /* or NULL */
	bool                 syslog, journal;
	enum severity        least;             /* of what is told to people */
	const char          *metrics_file;      /* or NULL */
	uint16_t             metrics_port;      /* 0: none */
	int64_t              retain_ns;         /* 0: all stays */
	const char          *user;              /* whom to become, or NULL */
	bool                 help;
	char               **operands;
	size_t               operand_count;
};

/* For whom options are read. */
enum option_taker {
	FOR_READ = 1 << 0,
	FOR_WATCH = 1 << 1,
	FOR_SHOW = 1 << 2,
	FOR_REPORT = 1 << 3,
	FOR_EXPORT = 1 << 4,
	FOR_CARVE = 1 << 5,
	FOR_COMPARE = 1 << 6,
	FOR_MERGE = 1 << 7,
	FOR_ACCEPT = 1 << 8,
	FOR_EXPLAIN = 1 << 9,
	FOR_ALL = (1 << 10) - 1,
};

/* Reads the options of one command, `argv[0]` being its name.  One that the table in options.c does not have for it is
 * a usage error. */
struct status options_read(int argc, char **argv, enum option_taker taker, struct options *options_r);

/* The scope of a report or an export, as the options name it; *network_r is what it points to where there is one. */
struct status options_scope(const struct options *options, struct network *network_r, struct scope *scope_r);

/* Prints one line on standard error. */
void complain(const struct status *status);

/* Behind a command that is told to a person: " -d DB", where that is not the database that commands take without it. */
void print_database_option(const char *database);

/* One line on standard error when history forgot something for want of room. */
void say_forgotten(uint64_t forgotten);

/* The commands. */
int command_read(int argc, char **argv);
int command_watch(int argc, char **argv);
int command_show(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_report(int argc, char **argv);
int command_export(int argc, char **argv);
int command_carve(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_accept(int argc, char **argv);

#endif
