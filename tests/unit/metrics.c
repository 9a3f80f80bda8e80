/* A sensor's numbers as Prometheus reads them. */
#include "shared/tally_sample.h"

#include "base/table.h"
#include "sensor/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* A strict reader of the text format ---------------------------------------------------------------- */

struct format {
	struct span family;             /* the one that HELP and TYPE began */
	bool        typed, counter;
	size_t      families, series;
};

static struct span
take_while(struct span *rest, bool (*fits)(uint8_t byte))
{
	struct span taken = { .at = rest->at };

	while (taken.len < rest->len && fits(rest->at[taken.len]))
		taken.len++;
	*rest = span_after(*rest, taken.len);
	return taken;
}

static bool
is_name_byte(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_';
}

static bool
take_text(struct span *rest, const char *text)
{
	if (!span_starts(*rest, text))
		return false;
	*rest = span_after(*rest, strlen(text));
	return true;
}

static bool
ends_in(struct span s, const char *end)
{
	return s.len >= strlen(end) && span_is(span_after(s, s.len - strlen(end)), end);
}

static bool
is_comment_in_order(struct format *f, struct span rest)
{
	struct span name;

	if (take_text(&rest, "HELP ")) {
		f->family = take_while(&rest, is_name_byte);
		f->typed = false;
		f->families++;
		return take_text(&rest, " ") && rest.len > 0 && f->family.len > 0 && ends_in(rest, ".");
	}
	if (!take_text(&rest, "TYPE "))
		return false;
	name = take_while(&rest, is_name_byte);
	f->counter = span_is(rest, " counter");
	f->typed = true;
	return span_equal(name, f->family) && (f->counter || span_is(rest, " gauge")) &&
		f->counter == ends_in(name, "_total");
}

/* Behind the opening quote; takes the closing one. */
static bool
take_label_value(struct span *rest)
{
	while (rest->len > 0 && rest->at[0] != '"') {
		if (rest->at[0] == '\\' && (rest->len < 2 || strchr("\\\"n", rest->at[1]) == NULL))
			return false;
		*rest = span_after(*rest, rest->at[0] == '\\' ? 2 : 1);
	}
	return take_text(rest, "\"");
}

static bool
is_number_byte(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || byte == '.';
}

static bool
is_series(struct format *f, struct span rest)
{
	struct span name = take_while(&rest, is_name_byte);

	f->series++;
	if (!f->typed || !span_equal(name, f->family))
		return false;
	if (take_text(&rest, "{") && (take_while(&rest, is_name_byte).len == 0 || !take_text(&rest, "=\"") ||
	                                     !take_label_value(&rest) || !take_text(&rest, "}")))
		return false;
	return take_text(&rest, " ") && take_while(&rest, is_number_byte).len > 0 && rest.len == 0;
}

static bool
stands_before(struct span text, struct span line)
{
	struct span key = line, other;

	while (key.len > 0 && key.at[key.len - 1] != ' ')
		key.len--;
	while (span_take_line(&text, &other) && other.at < line.at)
		if (other.len >= key.len && span_equal(span_first(other, key.len), key))
			return true;
	return false;
}

/* Every line is right, each family is described before its series, and no series is there twice. */
static struct format
assert_strict(struct span text)
{
	struct format f = { 0 };
	struct span rest = text, line;

	while (span_take_line(&rest, &line)) {
		struct span left = line;
		bool right = take_text(&left, "# ") ? is_comment_in_order(&f, left) : is_series(&f, left);

		if (!right || stands_before(text, line))
			fail_msg("not right: %.*s", (int)line.len, (const char *)line.at);
	}
	assert_int_equal(rest.len, 0);
	return f;
}

/* Tests -------------------------------------------------------------------------------------------- */

static void
assert_holds(const struct tally *tally, const char *line)
{
	struct buffer out = { 0 };
	char whole[300];

	metrics_write(&out, tally);
	assert_strict(buffer_span(&out));
	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (strstr(buffer_text(&out), whole) == NULL)
		fail_msg("%s is not in\n%s", line, buffer_text(&out));
	buffer_free(&out);
}

static void
all_numbers_are_there(void **state)
{
	static const char *const lines[] = {
		"starttrace_build_info{version=\"9.9\"} 1",
		"starttrace_start_time_seconds 1795255200.250",
		"starttrace_frames_total{interface=\"eth1\"} 999000",
		"starttrace_frames_total{interface=\"eth2\"} 5",
		"starttrace_captured_bytes_total{interface=\"eth2\"} 400",
		"starttrace_kernel_drops_total{interface=\"eth1\"} 1000",
		"starttrace_interface_drops_total{interface=\"eth1\"} 7",
		"starttrace_segments_total 900000",
		"starttrace_frames_other_total 90",
		"starttrace_frames_unknown_total 8",
		"starttrace_frames_malformed_total 2",
		"starttrace_fragments_total 4",
		"starttrace_fragment_overlaps_total 1",
		"starttrace_flows_total 500",
		"starttrace_flows_foreign_total 300",
		"starttrace_flows_evicted_total 6",
		"starttrace_flows_refused_total 3",
		"starttrace_sessions_total{verdict=\"protected-starttls\"} 140",
		"starttrace_sessions_total{verdict=\"downgraded-proven\"} 0",
		"starttrace_findings_total{severity=\"critical\"} 3",
		"starttrace_findings_total{severity=\"high\"} 0",
		"starttrace_findings_by_kind_total{kind=\"tls-ech\"} 1",
		"starttrace_store_sessions_total 150",
		"starttrace_store_lost_total 11",
		"starttrace_store_pruned_total 12",
		"starttrace_history_forgotten 14",
		"starttrace_store_waiting 13",
		"starttrace_store_waiting_bytes 2048",
		"starttrace_store_failures_total 2",
		"starttrace_store_failing 0",
		"starttrace_outlet_sent_total{outlet=\"terminal\"} 20",
		"starttrace_outlet_dropped_total{outlet=\"json /var/log/st.jsonl\"} 1",
		"starttrace_outlet_working{outlet=\"terminal\"} 1",
		"starttrace_outlet_working{outlet=\"json /var/log/st.jsonl\"} 0",
		"starttrace_memory_bytes 512",
		"starttrace_memory_limit_bytes 1073741824",
	};
	struct tally tally = tally_sample();

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(lines); i++)
		assert_holds(&tally, lines[i]);
	tally.writer.failing = true;
	assert_holds(&tally, "starttrace_store_failing 1");
}

static void
nothing_seen_is_still_right(void **state)
{
	const struct tally tally = { 0 };
	struct buffer out = { 0 };
	struct format format;

	(void)state;
	metrics_write(&out, &tally);
	format = assert_strict(buffer_span(&out));
	assert_true(format.families > 25);
	assert_true(format.series >= VERDICTS + SEVERITY_CRITICAL + 1);
	assert_false(span_has(buffer_span(&out), "build_info"));
	buffer_free(&out);
}

static void
odd_names_are_escaped(void **state)
{
	static const struct {
		const char *name, *line;
	} cases[] = {
		{ "a\"b", "starttrace_outlet_sent_total{outlet=\"a\\\"b\"} 0" },
		{ "a\\b", "starttrace_outlet_sent_total{outlet=\"a\\\\b\"} 0" },
		{ "a\nb", "starttrace_outlet_sent_total{outlet=\"a\\\\x0ab\"} 0" },
		{ "a\xFF" "b", "starttrace_outlet_sent_total{outlet=\"a\\\\xffb\"} 0" },
		{ "gr\xC3\xBC\xC3\x9F", "starttrace_outlet_sent_total{outlet=\"gr\xC3\xBC\xC3\x9F\"} 0" },
		{ "", "starttrace_outlet_sent_total{outlet=\"\"} 0" },
	};

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct tally tally = { .outlet_count = 1 };

		snprintf(tally.outlets[0].name, sizeof(tally.outlets[0].name), "%s", cases[i].name);
		assert_holds(&tally, cases[i].line);
	}
}

static void
same_names_are_told_apart(void **state)
{
	const struct tally tally = { .outlet_count = 3, .outlets = { { "json /a", 1, 0, true },
		{ "syslog", 2, 0, true }, { "json /a", 3, 0, true } } };

	(void)state;
	assert_holds(&tally, "starttrace_outlet_sent_total{outlet=\"json /a\"} 1");
	assert_holds(&tally, "starttrace_outlet_sent_total{outlet=\"json /a (2)\"} 3");
}

/* Files -------------------------------------------------------------------------------------------- */

struct folder {
	char path[64], file[96], beside[128];
};

static int
make_folder(void **state)
{
	static struct folder folder;

	snprintf(folder.path, sizeof(folder.path), "/tmp/starttrace-metrics.XXXXXX");
	if (mkdtemp(folder.path) == NULL)
		return -1;
	snprintf(folder.file, sizeof(folder.file), "%s/st.prom", folder.path);
	snprintf(folder.beside, sizeof(folder.beside), "%s.tmp", folder.file);
	*state = &folder;
	return 0;
}

static int
remove_folder(void **state)
{
	struct folder *folder = *state;

	unlink(folder->file);
	unlink(folder->beside);
	rmdir(folder->beside);
	return rmdir(folder->path);
}

static void
assert_file(const struct folder *folder, const struct tally *tally)
{
	struct buffer want = { 0 };
	static char got[64 * 1024];
	struct stat facts;
	int file = open(folder->file, O_RDONLY);
	ssize_t len;

	assert_true(file >= 0);
	len = read(file, got, sizeof(got));
	assert_int_equal(fstat(file, &facts), 0);
	close(file);
	metrics_write(&want, tally);
	assert_int_equal(len, want.len);
	assert_memory_equal(got, want.at, want.len);
	assert_int_equal(facts.st_mode & 07777, 0644);
	assert_int_equal(access(folder->beside, F_OK), -1);
	buffer_free(&want);
}

static void
a_file_is_replaced_at_once(void **state)
{
	const struct folder *folder = *state;
	struct tally tally = tally_sample();
	struct status status;
	mode_t mask = umask(077);
	struct stat facts;
	int old;

	status = metrics_file(folder->file, &tally);
	umask(mask);
	assert_string_equal(status.message, "");
	assert_file(folder, &tally);
	/* whoever reads the old one goes on reading it */
	old = open(folder->file, O_RDONLY);
	tally.memory_used = 1;
	status = metrics_file(folder->file, &tally);
	assert_true(status_is_ok(&status));
	assert_file(folder, &tally);
	assert_int_equal(fstat(old, &facts), 0);
	assert_int_equal(facts.st_nlink, 0);
	assert_true(facts.st_size > 1000);
	close(old);
}

static void
leftovers_are_no_trap(void **state)
{
	const struct folder *folder = *state;
	struct tally tally = tally_sample();
	struct status status;

	/* somebody else's link must not be followed */
	assert_int_equal(symlink("elsewhere", folder->beside), 0);
	status = metrics_file(folder->file, &tally);
	assert_true(status_is_ok(&status));
	assert_file(folder, &tally);
}

static void
a_failure_leaves_the_old_file(void **state)
{
	const struct folder *folder = *state;
	const struct tally tally = tally_sample(), other = { 0 };
	struct status status = metrics_file(folder->file, &tally);
	char path[200];

	assert_true(status_is_ok(&status));
	assert_int_equal(mkdir(folder->beside, 0700), 0);
	status = metrics_file(folder->file, &other);
	assert_false(status_is_ok(&status));
	assert_true(span_has(span_of(status.message), folder->file));
	assert_true(span_has(span_of(status.message), "metrics cannot be written"));
	rmdir(folder->beside);
	assert_file(folder, &tally);
	snprintf(path, sizeof(path), "%s/no/such/st.prom", folder->path);
	status = metrics_file(path, &tally);
	assert_true(span_has(span_of(status.message), "No such file"));
}

/* A file that must not grow stands for a disk that is full. */
static void
no_room_leaves_the_old_file(void **state)
{
	const struct folder *folder = *state;
	const struct tally tally = tally_sample(), other = { 0 };
	struct status status = metrics_file(folder->file, &tally);
	struct rlimit before, small;

	assert_true(status_is_ok(&status));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = before;
	small.rlim_cur = 100;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	status = metrics_file(folder->file, &other);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_true(span_has(span_of(status.message), "File too large"));
	assert_file(folder, &tally);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_numbers_are_there),
		cmocka_unit_test(nothing_seen_is_still_right),
		cmocka_unit_test(odd_names_are_escaped),
		cmocka_unit_test(same_names_are_told_apart),
		cmocka_unit_test_setup_teardown(a_file_is_replaced_at_once, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(leftovers_are_no_trap, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(a_failure_leaves_the_old_file, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(no_room_leaves_the_old_file, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
