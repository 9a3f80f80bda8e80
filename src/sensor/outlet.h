/* Where a sensor tells what it sees: the terminal, JSON lines into a file, standard output or a Unix socket, syslog,
 * the journal.  Each outlet has a bounded queue and a thread of its own: whoever tells never waits, and what does not
 * fit is dropped and counted. */
#ifndef STARTTRACE_SENSOR_OUTLET_H
#define STARTTRACE_SENSOR_OUTLET_H

#include "base/status.h"
#include "engine/hindsight.h"
#include "model/sink.h"
#include "sensor/tally.h"

struct outlets;

enum outlet_kind {
	OUTLET_TERMINAL,        /* a line a finding, for people, on standard output */
	OUTLET_JSON_STDOUT,
	OUTLET_JSON_FILE,       /* appended to, mode 0640; made anew after outlets_reopen */
	OUTLET_JSON_SOCKET,     /* a Unix stream or datagram socket; connected again when it breaks */
	OUTLET_SYSLOG,          /* /dev/log or another path, RFC 3164 as syslog(3) writes it, facility daemon */
	OUTLET_JOURNAL,         /* with fields of their own */
};

struct outlet_config {
	enum outlet_kind kind;
	const char      *path;          /* of a file or socket */
	enum severity    least;         /* findings below are left out; JSON outlets usually take all */
	bool             plain;         /* the terminal: never in colour */
};

/* What the lines say of where they come from. */
struct outlet_origin {
	const char *version;            /* of the program; NULL: left out */
	const char *sensor;             /* the host's name */
	const char *vantage;
	char *const *interfaces;        /* by index of the capture */
	size_t       interface_count;
	/* Of a finding kind, from the catalogue; "" when unknown; NULL where nobody knows.  On any thread. */
	const char *(*title)(void *user, const char *kind);
	/* An outlet stopped working, or works again: one line for a person.  On any thread; NULL for nobody.  The other
	 * outlets are told anyway. */
	void       (*trouble)(void *user, const char *words);
	void        *user;
};

/* Opens all outlets (TALLY_OUTLETS_MOST at most), without their threads: so that it can come before a sandbox, and
 * outlets_start inside it.  Strings of both configs are borrowed until outlets_free, `origin` is copied.  Files are
 * made by who calls this: they are opened again by who runs later.  A file that cannot be opened fails; a socket,
 * syslog or journal where nobody listens yet is trouble that may pass. */
struct status outlets_open(const struct outlet_config *configs, size_t count, const struct outlet_origin *origin,
	struct outlets **outlets_r);
struct status outlets_start(struct outlets *outlets);

/* Writes what waits, for at most `patience_ms`, and frees them; returns how many lines were given up.  An outlet that
 * hangs in the system for longer is left alone, with its memory.  Nobody may tell anything any more. */
uint64_t outlets_free(struct outlets **outlets, int patience_ms);

/* From any thread; never wait. */

/* Findings go to the terminal, JSON, syslog and journal; equal ones (kind, client, server) within a minute are counted
 * on the terminal and said once. */
void outlets_finding(struct outlets *outlets, const struct session *session, const struct finding *finding,
	enum telling telling);
void outlets_insight(struct outlets *outlets, const struct footprint *footprint, const struct hindsight_word *word);

/* A session that is over, or one that goes on (session->ongoing): to JSON. */
void outlets_session(struct outlets *outlets, const struct session *session);

/* About the sensor: to JSON, syslog and journal.  `action` is one of "started", "stopped", "drops", "trouble". */
void outlets_say(struct outlets *outlets, const char *action, const char *words);

/* The counters, to JSON. */
void outlets_tally(struct outlets *outlets, const struct tally *tally);

/* After SIGHUP: files are opened again under their names.  What waits is written to the new ones. */
void outlets_reopen(struct outlets *outlets);

/* Fills in tally->outlets. */
void outlets_count(struct outlets *outlets, struct tally *tally);

#endif
