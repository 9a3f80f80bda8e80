/* What the outlets share: the queue and thread of each, and the contract of a kind of outlet. */
#ifndef STARTTRACE_SENSOR_OUTLET_PRIVATE_H
#define STARTTRACE_SENSOR_OUTLET_PRIVATE_H

#include "sensor/notice.h"

#include <pthread.h>
#include <sys/types.h>

enum {
	OUTLET_LINES_MOST = 4096,       /* that wait */
	OUTLET_BYTES_MOST = 8 << 20,
	OUTLET_RETRY_MS = 1000,         /* between attempts with what fails */
	OUTLET_GRACE_MS = 200,          /* for a thread to notice that it is over */
	OUTLET_NAME_SIZE = 64,
};

struct outlet;

/* How an attempt to write ended. */
enum delivery {
	DELIVERED,
	DELIVER_LATER,          /* the same line again, in a second or after a reopening */
	DELIVER_NEVER,          /* this line does not fit through */
	DELIVER_NO_MORE,        /* nothing will */
};

/* A kind of outlet.  `open` comes before the thread starts; `write`, `tick`, `reopen` and `close` are the thread's,
 * which may take its time in them as long as it waits with outlet_wait.  The others make lines, on whatever thread has
 * something to tell: they add to `out`, or nothing where there is nothing to say; NULL where this kind never says such
 * a thing. */
struct outlet_ways {
	struct status (*open)(struct outlet *outlet);
	enum delivery (*write)(struct outlet *outlet, struct span line);
	void          (*reopen)(struct outlet *outlet);
	void          (*close)(struct outlet *outlet);
	/* About once a second, and a last time with `over`. */
	void          (*tick)(struct outlet *outlet, struct buffer *out, bool over);

	void (*finding)(struct outlet *outlet, struct buffer *out, const struct notice *notice);
	void (*session)(struct outlet *outlet, struct buffer *out, const struct session *session);
	void (*tally)(struct outlet *outlet, struct buffer *out, const struct tally *tally);
	void (*say)(struct outlet *outlet, struct buffer *out, const char *action, struct span words);
	void (*drops)(struct outlet *outlet, struct buffer *out, uint64_t dropped);
};

struct letter {
	struct letter *next;
	size_t         len;
	bool           own;             /* the outlet's own words, which are not counted */
	uint8_t        line[];
};

struct outlet {
	const struct outlet_ways *ways;
	struct outlet_config      config;
	const struct outlet_origin *origin;
	struct outlets           *all;
	char                      name[OUTLET_NAME_SIZE];

	/* the thread's own, and before it starts that of outlets_open */
	pthread_t thread;
	bool      started;
	int       fd;                   /* -1: none */
	mode_t    type;                 /* S_IFMT of it */
	size_t    written;              /* of the line that is being written */
	bool      dead;
	void     *state;                /* of its kind */

	int wake, done;                 /* eventfds: something to see to; the thread has ended */

	/* between threads */
	pthread_mutex_t lock;
	struct letter  *first, *last;
	size_t          lines, bytes;   /* that wait */
	uint64_t        sent, dropped, unsaid;  /* unsaid: dropped, and not yet told */
	bool            working, closed;        /* closed: takes no more lines */
	bool            reopen, stopping;
	int64_t         deadline_ns;    /* by CLOCK_MONOTONIC, while stopping */
};

extern const struct outlet_ways outlet_terminal, outlet_json_stdout, outlet_json_file, outlet_json_socket;
extern const struct outlet_ways outlet_syslog, outlet_journal;

/* The queue and the thread (outlet_queue.c). ------------------------------------------------------ */

/* What the queue needs: false without memory or descriptors, and outlet_dispose gives back what there was.  Then the
 * thread: false when there can be none. */
bool outlet_prepare(struct outlet *outlet);
bool outlet_start(struct outlet *outlet);

/* Takes a copy of the line, or counts it as dropped; an empty one was never made, for want of memory. */
void outlet_push(struct outlet *outlet, struct span line);

/* Asks the thread to open its file anew. */
void outlet_reopen(struct outlet *outlet);

/* Asks the thread to end by then; waits for that, false where the thread is stuck; counts and forgets what waits. */
void     outlet_stop(struct outlet *outlet, int64_t deadline_ns);
bool     outlet_join(struct outlet *outlet);
uint64_t outlet_forget(struct outlet *outlet);
void     outlet_dispose(struct outlet *outlet);

/* For `write`: waits until the descriptor is ready.  False when the thread has something else to see to: the line is
 * DELIVER_LATER. */
bool outlet_wait(struct outlet *outlet, int fd, short events);

/* Tells, once, that it stopped working (`why`), or works again (NULL). */
void outlet_trouble(struct outlet *outlet, const char *why);

/* What others are told of it (outlet.c). */
void outlets_trouble(struct outlet *outlet, const char *words);

/* Descriptors (outlet_stream.c) and Unix sockets (outlet_socket.c). --------------------------------- */

/* The ways (struct outlet_ways) of what has a descriptor.  A file that cannot be opened anew is written as before, and
 * that is told; a line of which a part was written goes on with the next call. */
struct status stream_open_stdout(struct outlet *outlet);
struct status stream_open_file(struct outlet *outlet);
void          stream_reopen_file(struct outlet *outlet);
enum delivery stream_write(struct outlet *outlet, struct span line);
void          stream_close(struct outlet *outlet);

/* A path that is too long is a usage error; nobody there is trouble that passes. */
struct status socket_open(struct outlet *outlet, const char *path);
enum delivery socket_write(struct outlet *outlet, const char *path, struct span line);

#endif
