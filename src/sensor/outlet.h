/* Where a sensor tells what it sees: the terminal, JSON lines into a file, standard output or a Unix socket, syslog, the
 * journal.  Each outlet has a bounded queue and a thread of its own: whoever tells never waits, and what does not fit is
 * dropped and counted. */
#ifndef STARTTRACE_SENSOR_OUTLET_H
#define STARTTRACE_SENSOR_OUTLET_H

#include "base/status.h"
#include "model/sink.h"
#include "rules/history.h"
#include "sensor/tally.h"

struct outlets;

enum outlet_kind {
	OUTLET_TERMINAL,        /* a line a finding, for people, on standard output */
	OUTLET_JSON_STDOUT,
	OUTLET_JSON_FILE,       /* appended to; made anew after outlets_reopen */
	OUTLET_JSON_SOCKET,     /* a Unix stream or datagram socket; connected again when it breaks */
	OUTLET_SYSLOG,          /* /dev/log, RFC 3164 as syslog(3) writes it */
	OUTLET_JOURNAL,         /* with fields of their own */
};

struct outlet_config {
	enum outlet_kind kind;
	const char      *path;          /* of a file or socket */
	enum severity    least;         /* findings below are left out; JSON outlets usually take all */
};

/* What the lines say of where they come from. */
struct outlet_origin {
	const char *version;            /* of the program; NULL: left out */
	const char *sensor;             /* the host's name */
	const char *vantage;
	char *const *interfaces;        /* by index of the capture */
	size_t       interface_count;
	const char *(*title)(void *user, const char *kind);     /* of a finding kind, from the catalogue; "" when unknown */
	void        *user;
};

/* Opens all outlets, without their threads: so that it can come before a sandbox, and outlets_start inside it.  Strings
 * of both configs are borrowed until outlets_free. */
struct status outlets_open(const struct outlet_config *configs, size_t count, const struct outlet_origin *origin,
	struct outlets **outlets_r);
struct status outlets_start(struct outlets *outlets);

/* Writes what waits, for at most `patience_ms`, and frees them. */
void outlets_free(struct outlets **outlets, int patience_ms);

/* From any thread; never wait. */
void outlets_finding(struct outlets *outlets, const struct session *session, const struct finding *finding,
	enum telling telling);
void outlets_insight(struct outlets *outlets, const struct footprint *footprint, const struct insight *insight);
void outlets_session(struct outlets *outlets, const struct session *session);   /* over, or ongoing */
void outlets_say(struct outlets *outlets, const char *action, const char *words);       /* started, stopped, drops, trouble */
void outlets_tally(struct outlets *outlets, const struct tally *tally);

/* After SIGHUP: files are opened again under their names. */
void outlets_reopen(struct outlets *outlets);

/* Fills in tally->outlets. */
void outlets_count(struct outlets *outlets, struct tally *tally);

#endif
