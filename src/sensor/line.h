/* JSON lines: what happens, one object a line, with names near those of the Elastic Common Schema and values as the
 * views of the database have them.  The manual page (JSON LINES) is the contract. */
#ifndef STARTTRACE_SENSOR_LINE_H
#define STARTTRACE_SENSOR_LINE_H

#include "sensor/notice.h"

enum {
	LINE_MOST = 65536,              /* bytes; no line is longer, its end included */
};

/* Each adds one line with its LF to `out`; the caller checks out->failed.  `now_ns` is the system's time. */
void line_finding(struct buffer *out, const struct outlet_origin *origin, const struct notice *notice);
void line_session(struct buffer *out, const struct outlet_origin *origin, const struct session *session);
void line_tally(struct buffer *out, const struct outlet_origin *origin, const struct tally *tally);

/* `action` is a constant: "started", "stopped", "drops", "trouble". */
void line_say(struct buffer *out, const struct outlet_origin *origin, int64_t now_ns, const char *action,
	struct span words);

/* This outlet dropped so many lines since it last said so. */
void line_drops(struct buffer *out, const struct outlet_origin *origin, int64_t now_ns, struct span outlet,
	uint64_t dropped);

#endif
