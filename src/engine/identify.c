/* Which dissector reads a flow.
 *
 * A probe above PROBE_SURE on either side decides.  Below it both sides must agree, since FTP greets like SMTP and
 * many protocols know QUIT.  A ClientHello waits for the first byte of the server: text there means that the
 * client began TLS where the server speaks first. */
#include "engine/identify.h"

#include "base/table.h"
#include "engine/opinion.h"
#include "engine/preamble.h"
#include "wire/ports.h"

enum {
	TOGETHER = 100,         /* both sides' probes, when neither is sure */
	HINTED = 40,            /* a probe that the port may confirm */
	SPOKEN = 60,            /* both sides' probes, when the port is the protocol's own */
	HELLO = 90,             /* a probe that only the first message of a side passes */
	HELLO_TOLD = 6,         /* octets of it that tell */
	WORD = 4,               /* a server's first bytes that are more than the beginning of a code */
	PUSH_PORT = 5223,       /* of XMPP, and of a push service that names itself in ALPN */
	HEAD_MOST = 2048,       /* undecided after this much: foreign */
	HELLO_MOST = 20000,     /* ... and where a ClientHello has begun, which may fill its record */
};

#define DISSECTOR(name) extern const struct dissector name##_dissector;
#include "dissectors.def"
#undef DISSECTOR

static const struct dissector *const dissectors[] = {
#define DISSECTOR(name) &name##_dissector,
#include "dissectors.def"
#undef DISSECTOR
};

static unsigned
probe(const struct dissector *dissector, enum side side, struct span head)
{
	return head.len > 0 ? dissector->probe(side, head) : 0;
}

static bool
is_hinted(const struct dissector *dissector, uint16_t server_port)
{
	const struct port *port = port_find(server_port);

	return port != NULL && span_is(span_of(port->protocol), dissector->name);
}

/* On its own port a protocol needs no words that nobody else has: a status and a command that go together will do, and
 * once the flow has ended, a status that no command answers. */
static bool
port_confirms(const struct first_bytes *first, unsigned client, unsigned server)
{
	if (server == 0 || first->heads[SERVER].len < WORD)
		return false;
	if (first->heads[CLIENT].len == 0)
		return first->over && first->roles_known;       /* not what trails behind another connection */
	return client > 0 && client + server >= SPOKEN;
}

static bool
opinion_confirms(const struct first_bytes *first, const struct dissector *dissector)
{
	return !dissector->seldom_asks && opinion_means(first->opinion, dissector->name);
}

/* A text protocol, by its own probes.  A capture that begins without the connection's SYN may begin in the middle of
 * what the server says: on the protocol's own port the client is waited for. */
static enum identity
ask_text(const struct dissector *dissector, const struct first_bytes *first)
{
	unsigned client = probe(dissector, CLIENT, first->heads[CLIENT]);
	unsigned server = probe(dissector, SERVER, first->heads[SERVER]);
	bool hinted = is_hinted(dissector, first->ports[SERVER]);
	bool joined = hinted && !first->roles_known;
	bool silent[2] = { first->heads[CLIENT].len == 0, first->heads[SERVER].len == 0 };

	if (server >= PROBE_SURE || (client >= PROBE_SURE && (server > 0 || silent[SERVER] || joined)))
		return IDENTITY_FOUND;
	if (client + server >= TOGETHER)
		return IDENTITY_FOUND;
	if (hinted && server >= HINTED && (!silent[CLIENT] || first->over) &&
	    (client == 0 || client + server >= PROBE_SURE || first->over))
		return IDENTITY_FOUND;
	if (hinted && port_confirms(first, client, server))
		return IDENTITY_FOUND;
	if (first->over && client + server > 0 && opinion_confirms(first, dissector))
		return IDENTITY_FOUND;
	if (first->over || (!silent[SERVER] && server == 0 && !joined) ||
	    (!silent[CLIENT] && client == 0 && !hinted))
		return IDENTITY_FOREIGN;
	return IDENTITY_MORE;
}

static const struct dissector *
find_dissector(const char *protocol)
{
	for (size_t i = 0; i < TABLE_LENGTH(dissectors); i++)
		if (strcmp(dissectors[i]->name, protocol) == 0)
			return dissectors[i];
	return NULL;
}

/* The server answers a ClientHello in text: the client began TLS where that has to be asked for.  Several may know
 * such a greeting: the one that it looks like most reads it, and of equals the one that the port speaks for. */
static enum identity
ask_in_clear(const struct first_bytes *first, struct identified *identified_r)
{
	bool hinted = port_find(first->ports[SERVER]) != NULL;
	enum identity identity = IDENTITY_FOREIGN;
	unsigned most = 0;

	for (size_t i = 0; i < TABLE_LENGTH(dissectors); i++) {
		unsigned sure = probe(dissectors[i], SERVER, first->heads[SERVER]);
		unsigned weight = 2 * sure + is_hinted(dissectors[i], first->ports[SERVER]);

		if (sure >= PROBE_SURE || (sure > 0 && hinted)) {
			identity = IDENTITY_FOUND;
			if (weight <= most)
				continue;
			most = weight;
			identified_r->dissector = dissectors[i];
			identified_r->protocol = dissectors[i]->name;
		} else if (sure > 0 && !first->over && identity == IDENTITY_FOREIGN) {
			identity = IDENTITY_MORE;
		}
	}
	return identity;
}

/* What TLS from the first byte carries: as the client says, else by the port, else as the name of the host suggests:
 * one host may serve several protocols.  A name in ALPN that nobody knows takes no port of mail from its service, and
 * the web on one is worth telling.  A capture that begins behind the handshake shows none of what would tell that a
 * port of TLS is used for what it is meant for; on a port that begins in clear, TLS was asked for.  Else NULL. */
static const char *
carried_protocol(const struct first_bytes *first, const struct port *port, bool *more_r)
{
	const char *guess, *said = tls_dissector.carries(first->heads[CLIENT], &guess, more_r);

	if (port != NULL && port->implicit && span_starts(first->heads[CLIENT], "\x17") &&
	    probe(&tls_dissector, SERVER, first->heads[SERVER]) < HELLO)
		return NULL;
	if (said != NULL && port_has_protocol(said))
		return said;
	if (port == NULL)
		return said == NULL ? guess : NULL;
	return said == NULL || said[0] != '\0' || port->number != PUSH_PORT ? port->protocol : NULL;
}

/* TLS from the first byte: a session only where something tells of which protocol. */
static enum identity
ask_tls(const struct first_bytes *first, struct identified *identified_r)
{
	const struct port *port = port_find(first->ports[SERVER]);
	struct span server = first->heads[SERVER];
	bool answered = probe(&tls_dissector, SERVER, server) > 0 || span_starts(server, "\x15"), more;
	const char *protocol = carried_protocol(first, port, &more);
	enum identity in_clear = server.len > 0 && !answered ? ask_in_clear(first, identified_r) : IDENTITY_FOREIGN;

	if (in_clear != IDENTITY_FOREIGN)
		return in_clear;
	if (protocol == NULL && port == NULL && more && !first->over)
		return IDENTITY_MORE;
	if (protocol == NULL)
		return IDENTITY_FOREIGN;
	identified_r->dissector = &tls_dissector;
	identified_r->protocol = protocol;
	if (first->over || server.len > 0 || (!more && first->heads[CLIENT].len > HEAD_MOST))
		return IDENTITY_FOUND;
	return IDENTITY_MORE;
}

/* A ServerHello without the hello that it answers: the capture began behind that, lacks it, or shows one side.  The
 * port alone can tell what it carries. */
static enum identity
ask_hello(const struct first_bytes *first, struct identified *identified_r)
{
	const struct port *port = port_find(first->ports[SERVER]);

	if (port == NULL || (first->over && !first->roles_known))
		return IDENTITY_FOREIGN;        /* also what trails behind another connection */
	identified_r->dissector = &tls_dissector;
	identified_r->protocol = port->protocol;
	return first->over || first->heads[SERVER].len > HEAD_MOST ? IDENTITY_FOUND : IDENTITY_MORE;
}

/* Too few bytes to tell. */
static bool
may_become_hello(const struct first_bytes *first)
{
	const struct span *heads = first->heads;

	if (heads[CLIENT].len > 0)
		return heads[CLIENT].len < HELLO_TOLD && probe(&tls_dissector, CLIENT, heads[CLIENT]) > 0;
	return heads[SERVER].len < HELLO_TOLD && probe(&tls_dissector, SERVER, heads[SERVER]) > 0 &&
	       port_find(first->ports[SERVER]) != NULL;
}

static enum identity
ask_all(const struct first_bytes *first, struct identified *identified_r)
{
	enum identity best = IDENTITY_FOREIGN;

	if (probe(&tls_dissector, CLIENT, first->heads[CLIENT]) >= PROBE_SURE)
		return ask_tls(first, identified_r);
	if (first->heads[CLIENT].len == 0 && probe(&tls_dissector, SERVER, first->heads[SERVER]) >= HELLO)
		return ask_hello(first, identified_r);
	for (size_t i = 0; i < TABLE_LENGTH(dissectors); i++) {
		enum identity identity;

		if (dissectors[i] == &tls_dissector)
			continue;
		identity = ask_text(dissectors[i], first);
		if (identity == IDENTITY_FOUND) {
			identified_r->dissector = dissectors[i];
			identified_r->protocol = dissectors[i]->name;
			return IDENTITY_FOUND;
		}
		if (identity == IDENTITY_MORE)
			best = IDENTITY_MORE;
	}
	if (best == IDENTITY_FOREIGN && !first->over && may_become_hello(first))
		return IDENTITY_MORE;
	return best;
}

bool
identify_has_companions(const char *protocol)
{
	const struct dissector *dissector = find_dissector(protocol);

	return dissector != NULL && dissector->has_companions;
}

bool
identify_silent(uint16_t server_port, struct identified *identified_r)
{
	const struct port *port = port_find(server_port);

	if (port == NULL)
		return false;
	*identified_r = (struct identified){
		.dissector = port->implicit ? &tls_dissector : find_dissector(port->protocol),
		.protocol = port->protocol };
	return true;
}

static struct first_bytes
turned(const struct first_bytes *first)
{
	struct first_bytes other = *first;

	other.heads[CLIENT] = first->heads[SERVER];
	other.heads[SERVER] = first->heads[CLIENT];
	other.ports[CLIENT] = first->ports[SERVER];
	other.ports[SERVER] = first->ports[CLIENT];
	return other;
}

/* What some protocols say in the middle of a dialogue looks alike from both ends: then the port tells which is
 * which. */
static bool
port_keeps_roles(const struct first_bytes *first, const struct dissector *dissector)
{
	return is_hinted(dissector, first->ports[SERVER]) && !is_hinted(dissector, first->ports[CLIENT]) &&
	       probe(dissector, CLIENT, first->heads[CLIENT]) >= PROBE_SURE;
}

static bool
is_too_long(struct span head)
{
	return head.len > HEAD_MOST && (head.len > HELLO_MOST || probe(&tls_dissector, CLIENT, head) < HELLO);
}

enum identity
identify(const struct first_bytes *first, struct identified *identified_r)
{
	struct first_bytes inner = *first, other;
	enum identity identity, turned_round;
	enum preamble found;

	*identified_r = (struct identified){ 0 };
	found = preamble_find(first->heads, identified_r->preamble, &identified_r->preamble_name);
	if (found == PREAMBLE_SHORT && !first->over && first->heads[CLIENT].len <= HEAD_MOST)
		return IDENTITY_MORE;
	if (found != PREAMBLE_FOUND) {          /* what never became a whole one is none */
		identified_r->preamble[CLIENT] = identified_r->preamble[SERVER] = 0;
		identified_r->preamble_name = NULL;
	}
	for (size_t side = CLIENT; side <= SERVER; side++)
		inner.heads[side] = span_after(first->heads[side], identified_r->preamble[side]);
	identity = ask_all(&inner, identified_r);
	if (identity != IDENTITY_FOUND && !first->roles_known && identified_r->preamble_name == NULL) {
		other = turned(first);
		turned_round = ask_all(&other, identified_r);
		identified_r->turn = turned_round == IDENTITY_FOUND &&
		                     !port_keeps_roles(first, identified_r->dissector);
		if (turned_round != IDENTITY_FOREIGN)
			identity = turned_round;
	}
	if (identity == IDENTITY_MORE && (is_too_long(inner.heads[CLIENT]) || is_too_long(inner.heads[SERVER])))
		return IDENTITY_FOREIGN;
	return identity;
}
