/* The transcript of a session: its logged events as one growing JSON array, drawn on the budget. */
#include "model/session_private.h"

#include "base/text.h"

enum {
	FIRST_ROOM = 1000,              /* what a short session comes to */
	LINES_MOST = 4000,
	TRANSCRIPT_MOST = 512 * 1024,
};

/* One element of the array: [microseconds since the session began, frame, side, kind, text], and where the frame is
 * of another capture than the session's first, its number behind that. */
void
session_log(struct session *session, const struct event *event)
{
	struct buffer *out = &session->transcript;
	size_t before = out->len;
	int64_t since = (int64_t)((uint64_t)event->where.last.time_ns - (uint64_t)session->first.time_ns) / 1000;

	if (session->lines >= LINES_MOST || out->len >= TRANSCRIPT_MOST) {
		session->lines_left_out++;
		session->truncated = true;
		return;
	}
	if (session->lines == 0)
		buffer_reserve(out, FIRST_ROOM);
	buffer_add_text(out, session->lines == 0 ? "[[" : ",[");
	if (since < 0)
		buffer_add_text(out, "-");
	buffer_add_number(out, since < 0 ? 0 - (uint64_t)since : (uint64_t)since);
	buffer_add_text(out, ",");
	buffer_add_number(out, event->where.last.frame);
	buffer_add_text(out, event->side == CLIENT ? ",\"C\",\"" : ",\"S\",\"");
	buffer_add_text(out, event_word(event->kind));
	buffer_add_text(out, "\",");
	text_json(out, event->text);
	if (event->where.last.capture != session->first.capture) {
		buffer_add_text(out, ",");
		buffer_add_number(out, event->where.last.capture);
	}
	buffer_add_text(out, "]");
	if (out->failed || !budget_take(session->budget, out->len - before)) {
		out->len = before;
		out->failed = false;
		session->lines_left_out++;
		session->truncated = true;
		return;
	}
	session->charged += out->len - before;
	session->lines++;
}
