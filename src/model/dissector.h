/* The contract of a dissector: it turns the bytes of one protocol into events and judges nothing.
 *
 * The dialogue (engine) owns the bytes.  It calls `step` with everything one side has sent and the dissector has
 * not taken yet; a step takes one whole unit (a line, a record) or nothing, so a dissector keeps protocol
 * state only, never half a line.  How the network cut the bytes is invisible here. */
#ifndef STARTTRACE_MODEL_DISSECTOR_H
#define STARTTRACE_MODEL_DISSECTOR_H

#include "base/arena.h"
#include "model/event.h"

struct dialogue;

enum step {
	STEP_MORE,              /* no whole unit yet; *used_r may hold the length waited for */
	STEP_TAKEN,             /* *used_r bytes were one unit */
	/* Taken, and this side now waits for the other's answer.  Lifted by dialogue_release and by an upgrade; and,
	 * with a call of the other side's `gap` for 0 bytes, where that answer will not be seen: the other side never
	 * spoke (unless the client begins), bytes of this one went missing, 64 KiB wait or there is no memory for them,
	 * the connection ended. */
	STEP_HOLD,
	STEP_UPGRADE,           /* taken, and both sides speak TLS from the next byte on */
	STEP_SETTLED,           /* taken, and nothing that follows needs more than counting */
	STEP_NOT_MINE,          /* these bytes are another protocol */
};

/* What a probe may say. */
enum {
	PROBE_SURE = 50,        /* from here on the other side need not be asked */
	PROBE_MOST = 100,
};

enum ending {
	ENDING_FIN,
	ENDING_RST,
	ENDING_CAPTURE,         /* the capture ended, or the flow was given up */
};

struct dissector {
	const char *name;
	size_t      state_size;         /* zeroed state, one per dialogue */

	/* The server says nothing before it is asked: its silence is no sign of a hole. */
	bool        client_begins;

	/* Most of what goes by this name never turns to TLS: what nDPI says of it is no proof. */
	bool        seldom_asks;

	/* What it moves goes over connections of their own, between the same two hosts. */
	bool        has_companions;

	/* 0 to PROBE_MOST: how sure that bytes beginning like this, spoken by this side, are this protocol.  `first`
	 * may be any length from 1 on; 0 means "cannot be".  Below PROBE_SURE the other side is asked too. */
	unsigned (*probe)(enum side side, struct span first);

	/* What the client's first bytes say of the protocol that is carried by this one: its name, "" for one that
	 * nobody here knows, NULL when they do not say.  *guess_r: what the name of the host that is asked for
	 * suggests, or NULL.  *more_r: further bytes may say.  NULL where nothing is carried. */
	const char *(*carries)(struct span first, const char **guess_r, bool *more_r);

	/* Takes one unit off the front of `in`, which is not empty.  *used_r is preset to 0.  *used_r may
	 * exceed in.len: the rest is passed over as it arrives, unseen. */
	enum step (*step)(struct dialogue *d, enum side side, struct span in, uint64_t *used_r);

	/* `lost` bytes of this side are missing at this place.  A half-taken unit is gone with them. */
	void (*gap)(struct dialogue *d, enum side side, uint64_t lost);

	/* This side sends no more; bytes of an unfinished unit are in `rest`.  NULL if it does not matter. */
	void (*end)(struct dialogue *d, enum side side, struct span rest, enum ending ending);
};

/* What a dissector may ask of its dialogue. ------------------------------------------------------- */

/* Its zeroed state. */
void *dialogue_state(struct dialogue *d);

/* For what must outlive a step; dies with the session.  Allocation may give NULL. */
struct arena *dialogue_arena(struct dialogue *d);

/* Tells an event.  Where event->where.length is 0 the unit being taken is meant.  `text` is wire text that
 * the caller has redacted; it is made printable here and cut at 512 bytes. */
void dialogue_tell(struct dialogue *d, const struct event *event);

/* The same for the common case. */
void dialogue_event(struct dialogue *d, enum side side, enum event_kind kind, uint32_t code,
	struct span text);

/* Reports something odd; judged by nobody here.  `quote` is redacted wire text. */
void dialogue_note(struct dialogue *d, enum side side, enum note_kind kind, struct span quote);

/* Says that what the flow carries goes by this name, not by the dissector's.  It lives as long as the program. */
void dialogue_is_called(struct dialogue *d, const char *protocol);

/* Lifts the hold of a side that waits after STEP_HOLD: its bytes go on to the same dissector. */
void dialogue_release(struct dialogue *d, enum side side);

/* How many bytes of a side wait behind its hold. */
size_t dialogue_held(const struct dialogue *d, enum side side);

/* Whether the unit being taken was sent before the agreement on TLS that it should have waited for. */
bool dialogue_was_held(const struct dialogue *d);

/* Whether `in`, which a side says in place of a TLS record, goes on with the dialogue that agreed on TLS: a line in
 * clear, or what its dissector knows, of the client, and then all that the server says.  STEP_NOT_MINE undoes it. */
bool dialogue_goes_on(const struct dialogue *d, enum side side, struct span in);

/* How many bytes of a side that were taken ahead (see step) have not come yet. */
uint64_t dialogue_skipping(const struct dialogue *d, enum side side);

/* They are to be read after all, and so is a unit whose length was waited for: the other side did not take them for
 * what was announced. */
void dialogue_stop_skipping(struct dialogue *d, enum side side);

/* Says how long the unit being taken is, so that events told in the same step know the frame that
 * completed it.  Without it, all bytes given count. */
void dialogue_unit(struct dialogue *d, enum side side, uint64_t length);

/* How many bytes of a side have come and are not taken, held or not; 0 once it speaks TLS. */
size_t dialogue_pending(const struct dialogue *d, enum side side);

/* Where the unit being taken stands. */
struct where dialogue_where(const struct dialogue *d, enum side side);

/* Whether the first byte was seen from the start of the connection (no midstream start). */
bool dialogue_from_start(const struct dialogue *d);

/* Whether this is the address of that end of the connection. */
bool dialogue_is_end(const struct dialogue *d, enum side side, const struct address *address);

/* The certificate chains that the engine has read already, or NULL. */
struct x509_cache;
struct x509_cache *dialogue_certificates(const struct dialogue *d);

/* What it has read of clients' hellos already, or NULL. */
struct tls_hello_cache;
struct tls_hello_cache *dialogue_hellos(const struct dialogue *d);

/* A number for a login that begins: one more than the one before has, the first has 1. */
uint32_t dialogue_login(struct dialogue *d);

/* A user name as --accounts allows it to be kept: whole, as a keyed digest, or empty.  The keyed digest of a
 * secret under --fingerprint-key, or empty.  Both live in the arena. */
struct span dialogue_account(struct dialogue *d, struct span name);
struct span dialogue_fingerprint(struct dialogue *d, struct span secret);

#endif
