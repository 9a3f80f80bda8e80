/* The writer: sessions and what was read, into SQLite.  One writer per database; whoever calls it
 * does so from one thread at a time.  The only room, with query and report, that includes
 * sqlite3.h. */
#ifndef STARTTRACE_STORE_STORE_H
#define STARTTRACE_STORE_STORE_H

#include "base/digest.h"
#include "base/status.h"
#include "model/rule.h"
#include "store/rowset.h"

struct store;

/* Creates the database or opens it, brings an older one up to date, and takes the writer's lock.
 * Each failure says in one line what is wrong with `path` and what to do: not a database, not one
 * of ours, newer than this program, locked by another run, not writable, disk full. */
struct status store_open(const char *path, struct store **store_r);

/* Commits what is pending and closes.  The status tells of a commit that failed. */
struct status store_close(struct store **store);

/* Closes without what is pending: the database stays as it was. */
struct status store_give_up(struct store **store);

/* What is known of a capture before it is read. */
struct store_capture {
	const char *path;
	const char *vantage;
	uint64_t    size;               /* bytes on disk; 0 for standard input */
	int         link_type;
	uint32_t    snaplen;
	bool        live;               /* an interface: what a killed run stored of it stays */
};

/* Whether a capture of this size was completely read before under this vantage: only then can its
 * digest be known, and is worth computing first. */
bool store_may_know(struct store *store, const struct store_capture *capture);

/* Whether this very capture was completely read before. */
bool store_knows(struct store *store, const uint8_t sha256[SHA256_SIZE], const char *vantage);

/* Begins one call's work.  What an earlier, killed run stored stays: of an interface for good, of a
 * file until that file is read again. */
struct status store_begin(struct store *store, const char *tool_version);

/* Registers a capture of this run under its run-wide index (moment.capture).  What a killed run left of the same
 * file (path, size and vantage) is removed, so that the same command completes it without duplicates. */
struct status store_capture(struct store *store, uint32_t index, const struct store_capture *capture);

/* What killed runs left and nobody has read again. */
struct store_unfinished {
	uint64_t captures, sessions;
};

/* Counts them: those of interfaces and of this run left out. */
struct status store_unfinished(struct store *store, struct store_unfinished *left_r);

/* From here on the finished sessions are kept apart until history has judged them (past.h). */
void store_live(struct store *store);

/* Writes one judged session with all that belongs to it.  One that was ongoing when it was written is replaced, under
 * the same id.  Commits by itself every so many sessions. */
struct status store_rowset(struct store *store, const struct rowset *rowset);

/* Commits what is pending: for live work, when nothing follows for a while. */
struct status store_commit(struct store *store);

/* Whether something is pending. */
bool store_is_pending(const struct store *store);

/* After a failure of the disk: forgets it, with all that was not committed, so that the same rowsets can be given
 * again.  While there is no room, giving them fails again. */
struct status store_recover(struct store *store);

/* What one minute of a live capture came to. */
struct store_minute {
	int64_t  minute_ns;             /* its begin */
	uint64_t frames, bytes, kernel_drops, interface_drops;
};

/* Adds to what is there of this minute. */
struct status store_minute(struct store *store, uint32_t index, const struct store_minute *minute);

/* Deletes sessions that ended before, the oldest first and at most `most`, with what belongs to them; *gone_r: how many
 * went.  When fewer than `most` are left, older minutes, and captures and runs without sessions, go as well.  Findings
 * of newer sessions stay as they were judged, also those that rest on what went.  Never those that are still ongoing.
 * Commits nothing. */
struct status store_prune(struct store *store, int64_t before_ns, size_t most, size_t *gone_r);

/* What the reading of one capture came to. */
struct store_result {
	uint8_t     sha256[SHA256_SIZE];        /* all zero: none, as of an interface */
	uint64_t    frames, bytes;              /* bytes: captured, summed over frames */
	int64_t     first_ns, last_ns;
	const char *damage;                     /* "" or why reading stopped early */
	uint64_t    frames_other, frames_unknown, frames_malformed;     /* not TCP; not decoded; lying */
};

/* The capture was read, to its end or as far as its damage allowed. */
struct status store_capture_read(struct store *store, uint32_t index,
	const struct store_result *result);

/* Forgets a capture of this run and its sessions again: its digest, known only now, was there
 * already. */
struct status store_capture_forget(struct store *store, uint32_t index);

/* All sessions of this run are there: of captures with the same bytes only the first stays.  What is written from here
 * to store_finish is in the database together with it, or not at all. */
struct status store_settle(struct store *store);

/* Whether sessions came or went in this run. */
bool store_has_changed(const struct store *store);

/* Ends this call's work: all its captures count as read from now on, but for files without a digest, which nobody could
 * know again: those are replaced when they are read again. */
struct status store_finish(struct store *store);

/* What the user says about his networks is kept with the run, and with the later ones until another text, or an empty
 * one, takes its place. */
struct status store_policy_keep(struct store *store, const uint8_t sha256[SHA256_SIZE], struct span text);

/* Adds the text that is in force; nothing when there is none. */
struct status store_policy_text(struct store *store, struct buffer *out);

#endif
