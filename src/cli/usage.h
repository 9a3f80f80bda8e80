/* How each command is called, for the program's overview and for its own help and errors. */
#ifndef STARTTRACE_CLI_USAGE_H
#define STARTTRACE_CLI_USAGE_H

#define USAGE_READ    "read [OPTIONS] FILE|DIR|-..."
#define USAGE_WATCH   "watch -i IFACE [-i IFACE]... [OPTIONS]"
#define USAGE_SHOW    "show [-d DB] SESSION"
#define USAGE_REPORT  "report [NAME] [-d DB] [--since T] [--until T] [--vantage NAME] [--network NET] " \
	"[--framework NAME] [--format text|csv|json|html]"
#define USAGE_EXPORT  "export [-d DB] [--since T] [--until T] [--vantage NAME] [--network NET] " \
	"[--events sessions|findings|all]"
#define USAGE_CARVE   "carve [-d DB] SESSION|--finding ID -w FILE [CAPTURE...]"
#define USAGE_COMPARE "compare [-d DB] [--max-memory SIZE] [VANTAGE-A VANTAGE-B]"
#define USAGE_MERGE   "merge -d INTO.db FROM.db..."
#define USAGE_ACCEPT  "accept KIND [-d DB] [--network NET] [--service PORT|ADDRESS|ADDRESS:PORT] --by WHO " \
	"--reason WHY --until DATE"
#define USAGE_REVOKE  "accept --revoke NUMBER [-d DB] --by WHO --reason WHY"
#define USAGE_EXPLAIN "explain [FINDING|VERDICT]"

/* The line that tells it. */
#define USAGE(called) "usage: starttrace " called

#endif
