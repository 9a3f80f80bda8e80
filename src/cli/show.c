/* starttrace show: the annotated dialogue of one session. */
#include "cli/options.h"
#include "cli/record.h"
#include "cli/usage.h"

#include "base/table.h"
#include "store/query.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *
paint(const char *code)
{
	return isatty(STDOUT_FILENO) ? code : "";
}

/* The word, what it says, and what the session alone would have got where other sessions changed it. */
static void
print_verdict(const struct query_record *record)
{
	const char *alone = query_cell(record, "alone");

	printf("%sverdict     %s%s", paint("\033[1m"), query_cell(record, "verdict"), paint("\033[0m"));
	if (*alone != '\0')
		printf(" in the light of other sessions; %s by itself", alone);
	printf("\n");
	record_print_wrapped("meaning", query_cell(record, "meaning"));
}

/* The facts of the session, in the order in which a reviewer asks for them. */
static void
print_session(const struct query_record *record)
{
	static const struct {
		const char *label, *column;
	} facts[] = {
		{ "capture", "capture" },
		{ "vantage", "vantage" },
		{ "started", "started_at" },
		{ "ended", "ended_at" },
		{ "complete", "complete" },
		{ "banner", "server_banner" },
		{ "client name", "client_name" },
		{ "offered", "starttls_offered" },
		{ "requested", "starttls_requested" },
		{ "reply", "starttls_reply" },
		{ "TLS", "tls_version" },
		{ "cipher", "tls_cipher" },
		{ "server name", "tls_sni" },
		{ "grade", "tls_grade" },
	};

	printf("Session %s: %s  %s port %s -> %s port %s\n", query_cell(record, "session_id"),
		query_cell(record, "protocol"), query_cell(record, "client_ip"), query_cell(record, "client_port"),
		query_cell(record, "server_ip"), query_cell(record, "server_port"));
	print_verdict(record);
	for (size_t i = 0; i < TABLE_LENGTH(facts); i++) {
		const char *text = query_cell(record, facts[i].column);

		if (strstr("offered requested", facts[i].label) != NULL)
			text = strcmp(text, "1") == 0 ? "yes" : strcmp(text, "0") == 0 ? "no" : "";
		record_print_wrapped(facts[i].label, text);
	}
	printf("%-12s%s to %s\n", "frames", query_cell(record, "first_frame"), query_cell(record, "last_frame"));
}

/* Time of day, frame, side, what was said, and what struck there. */
static void
print_line(const struct query_record *record)
{
	const char *at = query_cell(record, "at"), *findings = query_cell(record, "findings");
	const char *clock = strchr(at, 'T');
	bool client = strcmp(query_cell(record, "direction"), "client") == 0;
	const char *kind = query_cell(record, "kind");
	bool spoken = strcmp(kind, "command") == 0 || strcmp(kind, "answer") == 0 ||
	              strcmp(kind, "greeting") == 0 || strcmp(kind, "capability") == 0;

	printf("%.15s %6s  %s  %s", clock != NULL ? clock + 1 : at, query_cell(record, "frame"),
		client ? "C:" : "S:", spoken ? "" : "[");
	record_print(spoken ? query_cell(record, "text") : kind);
	if (!spoken) {
		printf("] ");
		record_print(query_cell(record, "text"));
	}
	printf("\n");
	if (*findings != '\0')
		printf("%*s%s<== %s%s\n", 28, "", paint("\033[31m"), findings, paint("\033[0m"));
}

static void
print_finding(const struct query_record *record)
{
	const char *filter = query_cell(record, "wireshark_filter");
	const char *sessions = query_cell(record, "sessions");
	char text[512];

	printf("\n%s%s%s  %s  (%s, score %s)\n", paint("\033[1m"), query_cell(record, "severity"),
		paint("\033[0m"), query_cell(record, "title"), query_cell(record, "confidence"),
		query_cell(record, "score"));
	record_print_wrapped("  kind", query_cell(record, "kind"));
	record_print_wrapped("  number", query_cell(record, "finding_id"));
	record_print_wrapped("  frame", query_cell(record, "frame"));
	record_print_wrapped("  evidence", query_cell(record, "evidence"));
	record_print_wrapped("  because", query_cell(record, "reasons"));
	record_print_wrapped("  accepted", query_cell(record, "accepted"));
	if (*sessions != '\0') {
		snprintf(text, sizeof(text), "what sessions %s showed", sessions);
		record_print_wrapped("  rests on", text);
	}
	if (*filter != '\0')    /* to be copied, so on one line */
		printf("  filter    %s\n", filter);
}

/* How much the signs of tampering weigh together, and what that is enough for. */
static void
print_interference(const struct query_record *record)
{
	bool decisive = strcmp(query_cell(record, "decisive"), "1") == 0;

	printf("\nSigns of tampering: %s points; %s\n", query_cell(record, "points"),
		decisive ? "one sign proves it" : "suspected from 30 on, likely from 60 on");
}

/* What it weighs, what it means, whence it is known, and where it was seen. */
static void
print_signal(const struct query_record *record)
{
	static const struct {
		const char *word, *says;
	} origins[] = {
		{ "session", "this session" },
		{ "history", "other sessions" },
		{ "comparison", "another vantage" },
	};
	const char *frame = query_cell(record, "frame"), *words = query_cell(record, "words");
	bool decisive = strcmp(query_cell(record, "decisive"), "1") == 0;
	const char *origin = query_cell(record, "origin");
	char label[32], text[512];

	for (size_t i = 0; i < TABLE_LENGTH(origins); i++)
		if (strcmp(origins[i].word, origin) == 0)
			origin = origins[i].says;
	snprintf(label, sizeof(label), "  %s", query_cell(record, "signal"));
	snprintf(text, sizeof(text), "%s points%s: %s%s%s (known from %s%s%s)", query_cell(record, "points"),
		decisive ? ", decisive" : "", query_cell(record, "meaning"), *words != '\0' ? ": " : "", words, origin,
		*frame != '\0' ? ", frame " : "", frame);
	record_print_wrapped(label, text);
}

static void
print_used(const struct query_record *record)
{
	char text[128];

	snprintf(text, sizeof(text), "%s of session %s", query_cell(record, "kind"), query_cell(record, "session"));
	record_print_wrapped("basis of", text);
}

static void
print_list_row(const struct query_record *record)
{
	for (size_t i = 0; i < record->count; i++) {
		if (record->cells[i] == NULL)
			continue;
		printf("%s%s", i == 0 ? "" : "  ", i == 0 ? "" : record->names[i]);
		printf("%s", i == 0 ? "" : " ");
		record_print(record->cells[i]);
	}
	printf("\n");
}

/* The rows come part by part; a part has room before it where it begins. */
struct shown {
	size_t rows;
	char   part[16];
};

static void
print_row(void *user, const struct query_record *record)
{
	static const struct {
		const char *part;
		bool        room;
		void      (*print)(const struct query_record *record);
	} parts[] = {
		{ "session",      false, print_session },
		{ "interference", false, print_interference },
		{ "signal",       false, print_signal },
		{ "line",         true,  print_line },
		{ "finding",      false, print_finding },
		{ "used",         true,  print_used },
	};
	const char *part = query_cell(record, "part");
	struct shown *shown = user;
	void (*print)(const struct query_record *record) = print_list_row;

	shown->rows++;
	for (size_t i = 0; i < TABLE_LENGTH(parts); i++) {
		if (strcmp(part, parts[i].part) != 0)
			continue;
		print = parts[i].print;
		if (parts[i].room && strcmp(shown->part, part) != 0)
			printf("\n");
	}
	snprintf(shown->part, sizeof(shown->part), "%s", part);
	print(record);
}

int
command_show(int argc, char **argv)
{
	struct options options;
	struct query *query = NULL;
	struct query_parameter parameter = { .name = ":session" };
	struct status status = options_read(argc, argv, FOR_SHOW, &options);
	uint64_t session = 0;
	struct shown shown = { 0 };

	if (status_is_ok(&status) && options.help) {
		printf(USAGE(USAGE_SHOW) "\n");
		return EXIT_DONE;
	}
	if (status_is_ok(&status) && (options.operand_count != 1 ||
	    !span_number(span_of(options.operands[0]), &session) || session > INT64_MAX))
		status = status_of(STATUS_USAGE, USAGE(USAGE_SHOW) ", a number that "
			"\"starttrace report\" lists");
	if (status_is_ok(&status))
		status = query_open(options.database, &query);
	parameter.number = (int64_t)session;
	if (status_is_ok(&status))
		status = query_run_file(query, "show", &parameter, 1, print_row, &shown);
	if (status_is_ok(&status) && shown.rows == 0)
		status = status_of(STATUS_USAGE, "%s: there is no session %s", options.database,
			options.operands[0]);
	query_close(&query);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
