/* Which service usually listens on a port (ports.def): a hint, never a proof.  Stands so low because who is the server
 * of a connection without a SYN is guessed from it too. */
#ifndef STARTTRACE_WIRE_PORTS_H
#define STARTTRACE_WIRE_PORTS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	PORT_RELAY = 25,                /* mail between servers */
};

struct port {
	uint16_t    number;
	const char *protocol;           /* as session.protocol has it */
	bool        implicit;           /* begins with TLS */
	bool        submission;         /* users send their mail here */
	uint16_t    twin;               /* where the same service begins the other way; 0 for none that matters */
};

/* NULL for a port that hints at nothing. */
const struct port *port_find(uint16_t number);

/* False, and 0, for a port that hints at nothing. */
bool     port_is_implicit(uint16_t number);
bool     port_is_submission(uint16_t number);
uint16_t port_twin(uint16_t number);

/* Whether a port is named after the protocol. */
bool port_has_protocol(const char *protocol);

#endif
