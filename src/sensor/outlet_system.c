/* The system's logs: syslog and the journal.
 *
 * Messages to syslog are written here rather than by syslog(3), which is one for the whole program, blocks while
 * /dev/log is full, and never says whether anything arrived: what is dropped could neither be counted nor said.  The
 * facility is daemon: mail is what the servers themselves log to, and what reads it counts their lines. */
#include "sensor/outlet_private.h"

#include "base/table.h"
#include "base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#define SYSLOG_PATH  "/dev/log"
#define JOURNAL_PATH "/run/systemd/journal/socket"

enum {
	MESSAGE_MOST = 900,             /* with its head below the 1024 bytes of RFC 3164, section 4.1 */
	FIELDS_MOST = 16,
};

static const int priorities[] = {
	[SEVERITY_INFO] = LOG_INFO,
	[SEVERITY_LOW] = LOG_NOTICE,
	[SEVERITY_MEDIUM] = LOG_WARNING,
	[SEVERITY_HIGH] = LOG_ERR,
	[SEVERITY_CRITICAL] = LOG_CRIT,
};

/* What a sensor says of itself: that it lost something is a warning. */
static int
priority_of_action(const char *action)
{
	static const char *const warnings[] = { "drops", "trouble" };

	for (size_t i = 0; i < TABLE_LENGTH(warnings); i++)
		if (strcmp(action, warnings[i]) == 0)
			return LOG_WARNING;
	return LOG_NOTICE;
}

static void
add_message(struct buffer *out, struct span words)
{
	struct span shown = text_first(words, MESSAGE_MOST);

	if (text_is_printable(shown))
		buffer_add(out, shown);
	else
		text_quote(out, shown, shown.len);
	if (shown.len < words.len)
		buffer_add_text(out, "...");
}

static void
add_drops(struct buffer *out, uint64_t dropped)
{
	buffer_printf(out, "drops: %" PRIu64 " lines were dropped: this log was too slow, or did not work", dropped);
}

/* "high cred-in-clear: 192.0.2.10 -> ..." */
static void
add_finding(struct buffer *out, const struct notice *notice)
{
	struct buffer words = { 0 };

	buffer_printf(&words, "%s %s: ", severity_word(notice->severity), notice->kind);
	notice_write(&words, notice);
	add_message(out, buffer_span(&words));
	out->failed |= words.failed;
	buffer_free(&words);
}

static void
add_saying(struct buffer *out, const char *action, struct span words)
{
	struct buffer whole = { 0 };

	buffer_printf(&whole, "%s: ", action);
	buffer_add(&whole, words);
	add_message(out, buffer_span(&whole));
	out->failed |= whole.failed;
	buffer_free(&whole);
}

/* Syslog ---------------------------------------------------------------------------------------- */

/* "<27>May  1 12:00:00 starttrace[77]: ", in local time, without a host: as syslog(3) writes it. */
static void
add_head(struct buffer *out, int priority)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct",
		"Nov", "Dec" };
	time_t now = time(NULL);
	struct tm local = { 0 };

	localtime_r(&now, &local);
	buffer_printf(out, "<%d>%s %2d %02d:%02d:%02d starttrace[%ld]: ", LOG_DAEMON | priority, months[local.tm_mon],
		local.tm_mday, local.tm_hour, local.tm_min, local.tm_sec, (long)getpid());
}

static void
syslog_finding(struct outlet *outlet, struct buffer *out, const struct notice *notice)
{
	(void)outlet;
	add_head(out, priorities[notice->severity]);
	add_finding(out, notice);
}

static void
syslog_say(struct outlet *outlet, struct buffer *out, const char *action, struct span words)
{
	(void)outlet;
	add_head(out, priority_of_action(action));
	add_saying(out, action, words);
}

static void
syslog_drops(struct outlet *outlet, struct buffer *out, uint64_t dropped)
{
	(void)outlet;
	add_head(out, LOG_WARNING);
	add_drops(out, dropped);
}

static const char *
syslog_path(const struct outlet *outlet)
{
	return outlet->config.path != NULL ? outlet->config.path : SYSLOG_PATH;
}

/* The zone's file is read once, here, where it still can be. */
static struct status
syslog_open(struct outlet *outlet)
{
	tzset();
	return socket_open(outlet, syslog_path(outlet));
}

static enum delivery
syslog_write(struct outlet *outlet, struct span line)
{
	return socket_write(outlet, syslog_path(outlet), line);
}

const struct outlet_ways outlet_syslog = {
	.open = syslog_open,
	.write = syslog_write,
	.close = stream_close,
	.finding = syslog_finding,
	.say = syslog_say,
	.drops = syslog_drops,
};

/* The journal: a line is fields "NAME=text", each with a NUL behind it ---------------------------- */

static void
end_field(struct buffer *out)
{
	buffer_add(out, span_from("", 1));
}

static void
begin_fields(struct buffer *out, int priority)
{
	buffer_printf(out, "PRIORITY=%d", priority);
	end_field(out);
	buffer_printf(out, "SYSLOG_FACILITY=%d", LOG_FAC(LOG_DAEMON));
	end_field(out);
	buffer_add_text(out, "SYSLOG_IDENTIFIER=starttrace");
	end_field(out);
	buffer_add_text(out, "MESSAGE=");
}

static void
add_field(struct buffer *out, const char *name, const char *text)
{
	buffer_printf(out, "%s=%s", name, text);
	end_field(out);
}

static void
journal_finding(struct outlet *outlet, struct buffer *out, const struct notice *notice)
{
	struct buffer server = { 0 };
	char client[ADDRESS_TEXT_SIZE];

	(void)outlet;
	begin_fields(out, priorities[notice->severity]);
	add_finding(out, notice);
	end_field(out);
	add_field(out, "STARTTRACE_KIND", notice->kind);
	add_field(out, "STARTTRACE_SEVERITY", severity_word(notice->severity));
	add_field(out, "STARTTRACE_CONFIDENCE", confidence_word(notice->confidence));
	add_field(out, "STARTTRACE_SESSION", notice->parties.identity);
	add_field(out, "STARTTRACE_CLIENT", address_text(&notice->parties.client.address, client));
	endpoint_write(&server, &notice->parties.server);
	add_field(out, "STARTTRACE_SERVER", buffer_text(&server));
	buffer_free(&server);
}

static void
journal_say(struct outlet *outlet, struct buffer *out, const char *action, struct span words)
{
	(void)outlet;
	begin_fields(out, priority_of_action(action));
	add_saying(out, action, words);
	end_field(out);
	add_field(out, "STARTTRACE_ACTION", action);
}

static void
journal_drops(struct outlet *outlet, struct buffer *out, uint64_t dropped)
{
	(void)outlet;
	begin_fields(out, LOG_WARNING);
	add_drops(out, dropped);
	end_field(out);
	add_field(out, "STARTTRACE_ACTION", "drops");
}

/* libsystemd is silent where there is no journal: that would look as if all had arrived. */
static bool
journal_is_there(struct outlet *outlet)
{
	if (access(JOURNAL_PATH, F_OK) == 0)
		return true;
	outlet_trouble(outlet, strerror(errno));
	return false;
}

static struct status
journal_open(struct outlet *outlet)
{
	journal_is_there(outlet);
	return status_ok();
}

static enum delivery
journal_write(struct outlet *outlet, struct span line)
{
	struct iovec fields[FIELDS_MOST];
	int count = 0, result;

	if (!journal_is_there(outlet))
		return DELIVER_LATER;
	while (line.len > 0 && count < FIELDS_MOST) {
		size_t len = strnlen((const char *)line.at, line.len);
		union {
			const uint8_t *from;
			void          *to;
		} field = { .from = line.at };

		fields[count++] = (struct iovec){ .iov_base = field.to, .iov_len = len };
		line = span_after(line, len + 1);
	}
	result = sd_journal_sendv(fields, count);
	if (result >= 0)
		return DELIVERED;
	outlet_trouble(outlet, strerror(-result));
	return DELIVER_LATER;
}

static void
journal_close(struct outlet *outlet)
{
	(void)outlet;
}

const struct outlet_ways outlet_journal = {
	.open = journal_open,
	.write = journal_write,
	.close = journal_close,
	.finding = journal_finding,
	.say = journal_say,
	.drops = journal_drops,
};
