/* One of the interfaces that are listened to: opening it, and what it is up to since.  For live.c only. */
#ifndef STARTTRACE_WIRE_LIVE_PRIVATE_H
#define STARTTRACE_WIRE_LIVE_PRIVATE_H

#include "wire/drops.h"
#include "wire/live.h"

enum {
	BLOCK_MS = 100,                 /* a block of the ring is handed over when full, or after so long */
	WORDS_SIZE = 256,               /* as many as libpcap has words */
};

struct pcap;                            /* libpcap's pcap_t */

enum presence {
	PRESENT,
	DOWN,           /* not up, or in some other trouble; may come back */
	GONE,           /* the device is no more; one of its name may come */
};

struct interface {
	char                *name;
	struct pcap         *pcap;
	int                  descriptor;
	int64_t              unit_ns;           /* of the fraction in time stamps */
	bool                 promiscuous;
	struct frame         frame;
	bool                 held;              /* frame waits for its turn */
	enum presence        presence;
	bool                 failed;            /* its descriptor would wake at once, for nothing */
	int64_t              empty_at_ns;       /* when it last had nothing to give, by the real clock */
	int64_t              retry_at_ns;       /* by the steady clock, while not PRESENT */
	struct live_counters counted;
	struct drops        *drops;
	char                 warning[WORDS_SIZE], words[WORDS_SIZE];
};

/* The name that stands for every interface. */
bool interface_is_any(const char *name);

/* *i is zeroed before.  interface_close gives back all that it has, after a failure too.  The failure names the
 * interface and says what is wrong with it. */
struct status interface_open(struct interface *i, const char *name, const struct live_config *config, uint32_t snaplen);
void          interface_close(struct interface *i);

/* Holds its next frame, of an interface that holds none, or notes that it had none at `now_ns`, by the real clock.
 * True where it went down, came back or has other trouble than before. */
bool interface_read(struct interface *i, int64_t now_ns);

#endif
