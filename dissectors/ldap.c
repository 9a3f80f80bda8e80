/* LDAP (RFC 4511): messages in BER, taken one by one; requests and answers are told by their ID apart from all others.
 *
 * A message says by itself where it ends, so it is passed over whatever is in it: filters and values are never looked
 * at.  Once a SASL mechanism protects what follows (RFC 4513, section 5.2.1.6), nothing more is read.  LDAP without
 * connections, over UDP, is left out. */
#include "ldap_names.h"
#include "ldap_probe.h"
#include "ldap_state.h"
#include "lines.h"

#include "base/table.h"

#include <stdio.h>

enum {
	MESSAGE_MOST = 32 * 1024,       /* of a message, this much is read, the rest passed over */
	LENGTH_MOST = 16 * 1024 * 1024, /* more than servers take: a length that lies */
	WRAP_HEADER = 4,                /* length of a protected buffer (RFC 4422, section 3.7) */
};

struct operation {
	uint8_t     tag;
	enum side   side;
	const char *name;               /* as RFC 4511, section 4.2 and following, name it */
	enum step (*seen)(struct dialogue *d, const struct message *m, const char *name);
};

static enum step plain_request(struct dialogue *d, const struct message *m, const char *name);
static enum step unbind(struct dialogue *d, const struct message *m, const char *name);
static enum step abandon(struct dialogue *d, const struct message *m, const char *name);

static const struct operation operations[] = {
	{ 0x60, CLIENT, "bindRequest", ldap_bind },
	{ 0x42, CLIENT, "unbindRequest", unbind },
	{ 0x63, CLIENT, "searchRequest", ldap_search },
	{ 0x66, CLIENT, "modifyRequest", ldap_write },
	{ 0x68, CLIENT, "addRequest", ldap_write },
	{ 0x4A, CLIENT, "delRequest", plain_request },
	{ 0x6C, CLIENT, "modDNRequest", plain_request },
	{ 0x6E, CLIENT, "compareRequest", ldap_compare },
	{ 0x50, CLIENT, "abandonRequest", abandon },
	{ 0x77, CLIENT, "extendedReq", ldap_extended },
	{ 0x61, SERVER, "bindResponse", ldap_bound },
	{ 0x64, SERVER, "searchResEntry", ldap_entry },
	{ 0x73, SERVER, "searchResRef", ldap_reference },
	{ 0x65, SERVER, "searchResDone", ldap_done },
	{ 0x67, SERVER, "modifyResponse", ldap_answered },
	{ 0x69, SERVER, "addResponse", ldap_answered },
	{ 0x6B, SERVER, "delResponse", ldap_answered },
	{ 0x6D, SERVER, "modDNResponse", ldap_answered },
	{ 0x6F, SERVER, "compareResponse", ldap_answered },
	{ 0x78, SERVER, "extendedResp", ldap_answered },
	{ 0x79, SERVER, "intermediateResponse", ldap_reference },
};

static const struct operation *
find_operation(uint8_t tag, enum side side)
{
	for (size_t i = 0; i < TABLE_LENGTH(operations); i++)
		if (operations[i].tag == tag && operations[i].side == side)
			return &operations[i];
	return NULL;
}

/* What waits for an answer ----------------------------------------------------------------------- */

struct waiting *
ldap_find(struct ldap *s, uint32_t id)
{
	for (size_t i = 0; i < WAITING_MOST; i++)
		if (s->waiting[i].kind != WAITS_NOTHING && s->waiting[i].id == id)
			return &s->waiting[i];
	return NULL;
}

/* A search is given up before a login or the request for TLS, on whose answer more depends. */
static struct waiting *
free_place(struct ldap *s)
{
	for (unsigned kind = WAITS_NOTHING; kind <= WAITS_SEARCH; kind++)
		for (size_t i = 0; i < WAITING_MOST; i++) {
			size_t place = (s->next + i) % WAITING_MOST;

			if (s->waiting[place].kind != kind)
				continue;
			s->next = (place + 1) % WAITING_MOST;
			return &s->waiting[place];
		}
	s->next = (s->next + 1) % WAITING_MOST;
	return &s->waiting[s->next];
}

struct waiting *
ldap_wait(struct ldap *s, uint32_t id, enum ldap_waits kind)
{
	struct waiting *waiting = ldap_find(s, id);

	if (waiting == NULL)
		waiting = free_place(s);
	*waiting = (struct waiting){ .id = id, .kind = (uint8_t)kind };
	return waiting;
}

/* Messages ---------------------------------------------------------------------------------------- */

void
ldap_tell(struct dialogue *d, const struct message *m, enum event_kind kind, uint32_t code, const char *name,
	struct span rest)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "#%u %s%s", (unsigned)m->id, name, rest.len > 0 ? " " : "");
	buffer_add(&text, rest);
	dialogue_event(d, kind == EVENT_ANSWER ? SERVER : CLIENT, kind, code, buffer_span(&text));
	buffer_free(&text);
}

static enum step
plain_request(struct dialogue *d, const struct message *m, const char *name)
{
	ldap_wait(dialogue_state(d), m->id, WAITS_OTHER);
	ldap_tell(d, m, EVENT_COMMAND, 0, name, (struct span){ 0 });
	ldap_tell(d, m, EVENT_APPLICATION, 0, name, (struct span){ 0 });
	return STEP_TAKEN;
}

static enum step
unbind(struct dialogue *d, const struct message *m, const char *name)
{
	ldap_tell(d, m, EVENT_COMMAND, 0, name, (struct span){ 0 });
	dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of(name));
	return STEP_TAKEN;
}

/* Which request is meant tells nothing that matters; it gets no answer any more (section 4.11). */
static enum step
abandon(struct dialogue *d, const struct message *m, const char *name)
{
	ldap_tell(d, m, EVENT_COMMAND, 0, name, (struct span){ 0 });
	return STEP_TAKEN;
}

/* An ID and an operation, and behind it nothing or controls (RFC 4511, section 4.1.1). */
static bool
read_message(struct span inside, bool cut, struct message *m_r)
{
	struct cursor c = cursor_of(inside);
	struct ber_header header;

	*m_r = (struct message){ .id = ber_number(&c, BER_INTEGER), .cut = cut };
	if (c.failed || ber_read_header(cursor_rest(&c), &header) != BER_WHOLE)
		return false;
	cursor_take(&c, header.size);
	if (header.length > c.left && !cut)
		return false;
	m_r->tag = header.tag;
	m_r->body = cursor_take_up_to(&c, header.length);
	return true;
}

static enum step
take_message(struct dialogue *d, enum side side, struct span inside, bool cut)
{
	const struct operation *operation;
	struct message m;

	if (!read_message(inside, cut, &m)) {
		dialogue_event(d, side, EVENT_TEXT, 0, span_of("<malformed>"));
		dialogue_note(d, side, NOTE_MALFORMED, span_of("a message without an ID or an operation"));
		return STEP_TAKEN;
	}
	operation = find_operation(m.tag, side);
	if (operation != NULL)
		return operation->seen(d, &m, operation->name);
	ldap_tell(d, &m, side == CLIENT ? EVENT_COMMAND : EVENT_ANSWER, 0, "<unrecognised>", (struct span){ 0 });
	dialogue_note(d, side, side == CLIENT ? NOTE_UNKNOWN_VERB : NOTE_REPLY_MALFORMED, (struct span){ 0 });
	return STEP_TAKEN;
}

/* Where messages begin ---------------------------------------------------------------------------- */

/* Behind a hole: on to what looks like a message of this side, or like TLS. */
static enum step
look_for_message(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct ldap *s = dialogue_state(d);

	for (size_t i = 0; i < in.len; i++) {
		struct span rest = span_after(in, i);
		enum tls_guess tls = rest.at[0] == 0x16 ? lines_guess_tls(rest) : TLS_GUESS_NO;
		enum ber_read message = ldap_looks(side, rest);

		if (tls == TLS_GUESS_NO && message == BER_BAD)
			continue;
		if (tls == TLS_GUESS_YES || message == BER_WHOLE)
			s->unsure[side] = false;
		*used_r = i;
		dialogue_unit(d, side, i);
		return i > 0 || !s->unsure[side] ? STEP_TAKEN : STEP_MORE;
	}
	*used_r = in.len;
	return STEP_TAKEN;
}

static enum step
lose_place(struct dialogue *d, enum side side, uint64_t *used_r)
{
	struct ldap *s = dialogue_state(d);

	*used_r = 1;
	dialogue_unit(d, side, 1);
	dialogue_event(d, side, EVENT_TEXT, 0, span_of("<malformed>"));
	dialogue_note(d, side, NOTE_DESYNC, span_of("no LDAP message where one is due"));
	s->unsure[side] = true;
	return STEP_TAKEN;
}

/* Four octets of length, the first of them 0, in place of a message's tag. */
static enum step
protected_buffer(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	if (in.len < WRAP_HEADER)
		return STEP_MORE;
	*used_r = WRAP_HEADER;
	dialogue_unit(d, side, WRAP_HEADER);
	dialogue_event(d, side, EVENT_TEXT, 0, span_of("SASL security layer from here on"));
	return STEP_SETTLED;
}

static enum step
ldap_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct ldap *s = dialogue_state(d);
	struct ber_header header;
	enum step step;
	uint64_t total;
	size_t wanted;

	if (s->unsure[side]) {
		step = look_for_message(d, side, in, used_r);
		if (step != STEP_TAKEN || *used_r > 0)
			return step;    /* else one begins right here */
	}
	if (in.at[0] == 0 && s->may_wrap)
		return protected_buffer(d, side, in, used_r);
	if (in.at[0] != BER_SEQUENCE)
		switch (lines_guess_tls(in)) {
		case TLS_GUESS_YES: return STEP_NOT_MINE;
		case TLS_GUESS_SHORT: return STEP_MORE;
		case TLS_GUESS_NO: return lose_place(d, side, used_r);
		}
	switch (ber_read_header(in, &header)) {
	case BER_SHORT: return STEP_MORE;
	case BER_BAD: return lose_place(d, side, used_r);
	case BER_WHOLE: break;
	}
	if (header.length > LENGTH_MOST)
		return lose_place(d, side, used_r);
	total = (uint64_t)header.size + header.length;
	wanted = total < MESSAGE_MOST ? (size_t)total : MESSAGE_MOST;
	*used_r = wanted;
	if (in.len < wanted)
		return STEP_MORE;
	*used_r = total;
	dialogue_unit(d, side, wanted);
	return take_message(d, side, span_after(span_first(in, wanted), header.size), total > wanted);
}

/* Answers are told by their ID, so a hole costs none but those in it. */
static void
ldap_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct ldap *s = dialogue_state(d);

	if (lost == 0)
		return;
	s->unsure[side] = true;
	if (side == CLIENT)
		sasl_taint(&s->bind);
}

const struct dissector ldap_dissector = {
	.name = "ldap",
	.state_size = sizeof(struct ldap),
	.client_begins = true,
	.probe = ldap_probe,
	.step = ldap_step,
	.gap = ldap_gap,
};
