/* Which dissector reads a flow.
 *
 * A probe above SURE on either side decides.  Below it both sides must agree, since FTP greets like SMTP and
 * many protocols know QUIT.  A ClientHello waits for the first byte of the server: text there means that the
 * client began TLS where the server speaks first. */
#include "engine/identify.h"

#include "base/table.h"
#include "engine/preamble.h"

enum {
	SURE = 50,
	TOGETHER = 100,         /* both sides' probes, when neither is sure */
	HINTED = 40,            /* a probe that the port may confirm */
	HEAD_MOST = 1024,       /* undecided after this much: foreign */
};

#define DISSECTOR(name) extern const struct dissector name##_dissector;
#include "dissectors.def"
#undef DISSECTOR

static const struct dissector *const dissectors[] = {
#define DISSECTOR(name) &name##_dissector,
#include "dissectors.def"
#undef DISSECTOR
};

static const struct {
	uint16_t    number;
	const char *protocol;
	bool        implicit;
} ports[] = {
#define PORT(number, protocol, implicit) { number, protocol, implicit },
#include "engine/ports.def"
#undef PORT
};

/* NULL for a port that hints at nothing. */
static const char *
port_protocol(uint16_t number)
{
	for (size_t i = 0; i < TABLE_LENGTH(ports); i++)
		if (ports[i].number == number)
			return ports[i].protocol;
	return NULL;
}

static unsigned
probe(const struct dissector *dissector, enum side side, struct span head)
{
	return head.len > 0 ? dissector->probe(side, head) : 0;
}

static bool
is_hinted(const struct dissector *dissector, uint16_t server_port)
{
	const char *protocol = port_protocol(server_port);

	return protocol != NULL && span_is(span_of(protocol), dissector->name);
}

/* A text protocol, by its own probes. */
static enum identity
ask_text(const struct dissector *dissector, const struct first_bytes *first)
{
	unsigned client = probe(dissector, CLIENT, first->heads[CLIENT]);
	unsigned server = probe(dissector, SERVER, first->heads[SERVER]);
	bool hinted = is_hinted(dissector, first->ports[SERVER]);
	bool silent[2] = { first->heads[CLIENT].len == 0, first->heads[SERVER].len == 0 };

	if (server >= SURE || (client >= SURE && (server > 0 || silent[SERVER])))
		return IDENTITY_FOUND;
	if (client + server >= TOGETHER)
		return IDENTITY_FOUND;
	if (hinted && server >= HINTED && (!silent[CLIENT] || first->over) &&
	    (client == 0 || client + server >= SURE || first->over))
		return IDENTITY_FOUND;
	if (first->over && client + server > 0 && span_has(first->opinion, dissector->name))
		return IDENTITY_FOUND;
	if (first->over || (!silent[SERVER] && server == 0) ||
	    (!silent[CLIENT] && client == 0 && !hinted))
		return IDENTITY_FOREIGN;
	return IDENTITY_MORE;
}

/* TLS from the first byte: a session only where the port, or what the server says, tells of which protocol. */
static enum identity
ask_tls(const struct first_bytes *first, struct identified *identified_r)
{
	const char *protocol = port_protocol(first->ports[SERVER]);
	struct span server = first->heads[SERVER];

	if (protocol == NULL)
		return IDENTITY_FOREIGN;
	identified_r->dissector = &tls_dissector;
	identified_r->protocol = protocol;
	if (server.len == 0)
		return first->over ? IDENTITY_FOUND : IDENTITY_MORE;
	if (probe(&tls_dissector, SERVER, server) > 0 || span_equal(span_first(server, 1), span_of("\x15")))
		return IDENTITY_FOUND;
	for (size_t i = 0; i < TABLE_LENGTH(dissectors); i++)
		if (probe(dissectors[i], SERVER, server) > 0) {
			identified_r->dissector = dissectors[i];
			identified_r->protocol = dissectors[i]->name;
		}
	return IDENTITY_FOUND;
}

static enum identity
ask_all(const struct first_bytes *first, struct identified *identified_r)
{
	enum identity best = IDENTITY_FOREIGN;

	if (probe(&tls_dissector, CLIENT, first->heads[CLIENT]) >= SURE)
		return ask_tls(first, identified_r);
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
	if (best == IDENTITY_FOREIGN && !first->over &&
	    probe(&tls_dissector, CLIENT, first->heads[CLIENT]) > 0 &&
	    first->heads[CLIENT].len < 6 && port_protocol(first->ports[SERVER]) != NULL)
		return IDENTITY_MORE;   /* too few bytes to tell a ClientHello */
	return best;
}

static const struct dissector *
dissector_of(const char *protocol)
{
	size_t i = 0;

	while (strcmp(dissectors[i]->name, protocol) != 0)
		i++;
	return dissectors[i];
}

bool
identify_silent(uint16_t server_port, struct identified *identified_r)
{
	for (size_t i = 0; i < TABLE_LENGTH(ports); i++)
		if (ports[i].number == server_port) {
			*identified_r = (struct identified){
				.dissector = ports[i].implicit ? &tls_dissector : dissector_of(ports[i].protocol),
				.protocol = ports[i].protocol };
			return true;
		}
	return false;
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
		identified_r->turn = turned_round == IDENTITY_FOUND;
		if (turned_round != IDENTITY_FOREIGN)
			identity = turned_round;
	}
	if (identity == IDENTITY_MORE &&
	    (inner.heads[CLIENT].len > HEAD_MOST || inner.heads[SERVER].len > HEAD_MOST))
		return IDENTITY_FOREIGN;
	return identity;
}
