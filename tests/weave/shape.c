/* From a script to segments: sequence and acknowledgement numbers, times, and the shapes.  Each
 * segment acknowledges everything of the other side that precedes its turn in the text. */
#include "turn.h"

#include <stdlib.h>
#include <string.h>

struct loom {
	struct script *script;
	enum shape     shape;
	uint64_t       now_us;
	uint64_t       base_us;         /* when the first round of the present repeat began */
	uint32_t       random;          /* xorshift state of the lossy shape */
	struct output *out;
	unsigned       view;            /* the interface whose story is being told */
};

static const char *const shape_words[SHAPES] = {
	"woven", "bytes", "swap", "twice", "merged", "random", "lossy",
};

bool
shape_from_word(const char *word, enum shape *shape_r, uint32_t *seed_r)
{
	size_t len = strcspn(word, ":");

	for (size_t i = 0; i < SHAPES; i++) {
		if (strlen(shape_words[i]) != len || strncmp(word, shape_words[i], len) != 0)
			continue;
		*shape_r = (enum shape)i;
		*seed_r = word[len] == ':' ? (uint32_t)strtoul(word + len + 1, NULL, 10) : 1;
		return word[len] == '\0' || i == SHAPE_LOSSY || i == SHAPE_RANDOM;
	}
	return false;
}

static enum side
other(enum side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

static void
emit(struct loom *loom, struct connection *c, const struct packet *packet)
{
	int times = loom->shape == SHAPE_TWICE ? 2 : 1;

	if (c->unseen[packet->from])
		return;
	for (int i = 0; i < times; i++)
		pcap_packet(loom->out, c, packet);
}

/* How long the network takes before this side's turn: the capture is made where the client is. */
static uint64_t
turn_us(const struct connection *c, enum side side)
{
	if (c->rtt_us == 0)
		return TURN_US;
	return side == SERVER ? c->rtt_us : STEP_US;
}

/* The present time, or that of a packet which comes when it should not. */
static void
pass(struct loom *loom, uint64_t usual_us, const struct piece *piece)
{
	loom->now_us += piece->odd.set & ODD_DELAY ? piece->odd.delay_us : usual_us;
}

/* A segment without payload, at the present time. */
static void
emit_bare(struct loom *loom, struct connection *c, enum side from, uint8_t flags, uint32_t sequence,
	const struct piece *piece)
{
	emit(loom, c, &(struct packet){
		.from = from, .sequence = sequence, .acknowledgement = c->next[other(from)],
		.flags = flags, .ttl = piece->ttl[from], .time_us = loom->now_us, .odd = piece->odd,
	});
}

/* The SYN.  With it, if TCP Fast Open is tried, what the client says first; it comes again behind the handshake. */
static void
emit_syn(struct loom *loom, struct connection *c, const struct piece *piece)
{
	const struct piece *end = loom->script->pieces + loom->script->piece_count, *first = piece + 1;
	struct packet syn = {
		.from = CLIENT, .sequence = c->next[CLIENT], .flags = TCP_SYN,
		.ttl = piece->ttl[CLIENT], .time_us = loom->now_us, .odd = piece->odd,
	};

	if (c->opening == OPENING_FAST && first < end && first->act == ACT_SEND && first->side == CLIENT) {
		syn.payload = first->bytes.at;
		syn.len = first->bytes.len < SEGMENT_MOST ? first->bytes.len : SEGMENT_MOST;
	}
	emit(loom, c, &syn);
}

static void
open_connection(struct loom *loom, struct connection *c, const struct piece *piece)
{
	uint32_t nth = (uint32_t)piece->connection;

	c->next[CLIENT] = 0x10000000u + nth * 0x01000193u + c->sequence;
	c->next[SERVER] = 0xfffffe00u + nth * 0x01000193u + c->sequence;        /* wraps early */
	c->latest[CLIENT] = c->next[CLIENT] + 1;
	c->latest[SERVER] = c->next[SERVER] + 1;
	if (c->opening == OPENING_SYN_AGAIN) {
		emit_bare(loom, c, CLIENT, TCP_SYN, c->next[CLIENT] - 77777, piece);
		loom->now_us += STEP_US;
	}
	if (c->opening != OPENING_MIDSTREAM) {
		emit_syn(loom, c, piece);
		c->next[CLIENT]++;
		loom->now_us += turn_us(c, SERVER);
		emit_bare(loom, c, SERVER, TCP_SYN | TCP_ACK, c->next[SERVER], piece);
		c->next[SERVER]++;
		emit_bare(loom, c, CLIENT, TCP_ACK, c->next[CLIENT], piece);
	}
	if (c->rtt_us == 0)
		loom->now_us += TURN_US;
}

static void
close_connection(struct loom *loom, struct connection *c, const struct piece *piece)
{
	enum side first = c->closer;
	enum side last = other(first);

	loom->now_us += turn_us(c, first);
	if (c->closing == CLOSING_RST) {
		emit_bare(loom, c, first, TCP_RST | TCP_ACK, c->next[first], piece);
		return;
	}
	if (c->closing != CLOSING_UNSEEN)
		emit_bare(loom, c, first, TCP_FIN | TCP_ACK, c->next[first], piece);
	c->next[first]++;
	loom->now_us += turn_us(c, last);
	if (c->closing != CLOSING_HALF)
		emit_bare(loom, c, last, TCP_FIN | TCP_ACK, c->next[last], piece);
	c->next[last]++;
	emit_bare(loom, c, first, TCP_ACK, c->next[first], piece);
}

/* The probe repeats one old octet of no meaning; the other side answers with what it has (RFC 1122,
 * section 4.2.3.6). */
static void
keep_alive(struct loom *loom, struct connection *c, const struct piece *piece)
{
	static const uint8_t garbage;

	loom->now_us += TURN_US;
	emit(loom, c, &(struct packet){
		.from = piece->side, .sequence = c->next[piece->side] - 1,
		.acknowledgement = c->next[other(piece->side)], .flags = TCP_ACK,
		.ttl = piece->ttl[piece->side], .time_us = loom->now_us,
		.payload = &garbage, .len = 1,
	});
	emit_bare(loom, c, other(piece->side), TCP_ACK, c->next[other(piece->side)], piece);
}

static void
reset(struct loom *loom, struct connection *c, const struct piece *piece)
{
	pass(loom, STEP_US, piece);
	emit_bare(loom, c, piece->side, TCP_RST | TCP_ACK, c->next[piece->side] + piece->ahead, piece);
}

/* Never cut, packed or doubled, whatever the shape: one repetition stays one. */
static void
resend(struct loom *loom, struct connection *c, const struct piece *piece)
{
	pass(loom, STEP_US, piece);
	if (c->unseen[piece->side] || piece->missing)
		return;
	pcap_packet(loom->out, c, &(struct packet){
		.from = piece->side, .sequence = c->latest[piece->side],
		.acknowledgement = c->next[other(piece->side)], .flags = TCP_PSH | TCP_ACK,
		.ttl = piece->ttl[piece->side], .time_us = loom->now_us, .odd = piece->odd,
		.payload = piece->bytes.at, .len = piece->bytes.len,
	});
}

/* One piece, in segments of at most `most` bytes. */
static void
turn_add_piece(struct turn *turn, const struct piece *piece, uint32_t sequence, size_t most,
	uint64_t time_us)
{
	for (size_t done = 0; done < piece->bytes.len; done += most) {
		size_t left = piece->bytes.len - done;

		*turn_add(turn) = (struct cut){
			.at = piece->bytes.at + done, .len = left < most ? left : most,
			.sequence = sequence + (uint32_t)done, .missing = piece->missing,
			.urgent = (uint16_t)(!piece->urgent ? 0 : left < UINT16_MAX ? left : UINT16_MAX),
			.time_us = time_us, .ttl = piece->ttl[piece->side], .odd = piece->odd,
		};
	}
}

/* Packs neighbours of the same fate into one segment. */
static void
turn_pack(struct turn *turn)
{
	size_t total = 0, kept = 0;
	uint8_t *to;

	for (size_t i = 0; i < turn->count; i++)
		total += turn->cuts[i].len;
	turn->packed.at = to = malloc(total + 1);
	if (to == NULL)
		abort();
	for (size_t i = 0; i < turn->count; i++) {
		struct cut cut = turn->cuts[i];
		struct cut *last = kept > 0 ? &turn->cuts[kept - 1] : NULL;

		memcpy(to, cut.at, cut.len);
		cut.at = to;
		to += cut.len;
		if (last != NULL && last->missing == cut.missing && last->ttl == cut.ttl
			&& last->urgent == 0 && cut.urgent == 0 && last->odd.set == 0 && cut.odd.set == 0
			&& last->len + cut.len <= PACKED_MOST)
			last->len += cut.len;
		else
			turn->cuts[kept++] = cut;
	}
	turn->count = kept;
}

static void
turn_swap(struct turn *turn)
{
	for (size_t i = 0; i + 1 < turn->count; i += 2) {
		struct cut first = turn->cuts[i];

		turn->cuts[i] = turn->cuts[i + 1];
		turn->cuts[i + 1] = first;
	}
}

/* True for a tenth of the calls. */
static bool
lost(struct loom *loom)
{
	return chance(&loom->random) % 10 == 0;
}

static void
turn_emit(struct loom *loom, struct connection *c, enum side side, const struct turn *turn)
{
	for (size_t i = 0; i < turn->count; i++) {
		const struct cut *cut = &turn->cuts[i];

		if (cut->missing || (loom->shape == SHAPE_LOSSY && lost(loom)))
			continue;
		if (cut->time_us > loom->now_us)
			loom->now_us = cut->time_us;
		emit(loom, c, &(struct packet){
			.from = side, .sequence = cut->sequence,
			.acknowledgement = c->next[other(side)],
			.flags = TCP_PSH | TCP_ACK | (cut->urgent > 0 ? TCP_URG : 0),
			.ttl = cut->ttl, .urgent = cut->urgent, .time_us = loom->now_us,
			.payload = cut->at, .len = cut->len, .odd = cut->odd,
		});
	}
}

static bool
is_shown(const struct loom *loom, const struct piece *piece)
{
	return piece->views & 1u << loom->view;
}

/* Sometimes something that was said lately comes once more, or its end: its sender missed that it had arrived. */
static void
send_again(struct loom *loom, struct connection *c, size_t next)
{
	size_t back = 1 + chance(&loom->random) % 8, from;
	const struct piece *said = &loom->script->pieces[back <= next ? next - back : next];
	const struct piece *latest = &loom->script->pieces[next - 1];

	if (chance(&loom->random) % 4 > 0 || back > next || said->act != ACT_SEND || said->bytes.len == 0 ||
	    &loom->script->connections[said->connection] != c || said->missing || said->urgent || said->odd.set != 0 ||
	    said->ttl[said->side] != latest->ttl[said->side])
		return;
	from = chance(&loom->random) % said->bytes.len;
	emit(loom, c, &(struct packet){
		.from = said->side, .sequence = said->sequence + (uint32_t)from,
		.acknowledgement = c->next[other(said->side)], .flags = TCP_PSH | TCP_ACK,
		.ttl = said->ttl[said->side], .time_us = loom->now_us,
		.payload = said->bytes.at + from,
		.len = said->bytes.len - from < SEGMENT_MOST ? said->bytes.len - from : SEGMENT_MOST,
	});
}

/* Sends one turn, beginning with pieces[first]; returns how many pieces it had. */
static size_t
send_turn(struct loom *loom, struct connection *c, size_t first)
{
	struct piece *pieces = loom->script->pieces;
	size_t count = loom->script->piece_count;
	enum side side = pieces[first].side;
	size_t most = loom->shape == SHAPE_BYTES ? 1 : SEGMENT_MOST;
	struct turn turn = { 0 };
	size_t i = first;

	pass(loom, turn_us(c, side), &pieces[first]);
	do {
		if (is_shown(loom, &pieces[i])) {
			c->latest[side] = pieces[i].sequence = c->next[side];
			turn_add_piece(&turn, &pieces[i], c->next[side], most,
				loom->now_us + (i - first) * STEP_US);
			c->next[side] += (uint32_t)pieces[i].bytes.len;
		}
		i++;
	} while (i < count && pieces[i].act == ACT_SEND && pieces[i].side == side
		&& pieces[i].connection == pieces[first].connection && pieces[i].pause_us == 0
		&& !(pieces[i].odd.set & ODD_DELAY));
	if (loom->shape == SHAPE_MERGED || (loom->shape == SHAPE_RANDOM && chance(&loom->random) % 3 == 0))
		turn_pack(&turn);
	if (loom->shape == SHAPE_SWAP)
		turn_swap(&turn);
	if (loom->shape == SHAPE_RANDOM)
		turn_scatter(&turn, c->opening != OPENING_MIDSTREAM, &loom->random);
	turn_emit(loom, c, side, &turn);
	free(turn.cuts);
	free(turn.packed.at);
	if (loom->shape == SHAPE_RANDOM)
		send_again(loom, c, i);
	return i - first;
}

/* A round that comes due while the one before it still goes on begins behind it: the capture's clock runs forward. */
static void
wait_for_round(struct loom *loom, const struct schedule *schedule)
{
	uint64_t due_us = loom->base_us + schedule->after_us;

	if (schedule->kind == SCHEDULE_BASE)
		loom->base_us = loom->now_us;
	else if (schedule->kind == SCHEDULE_ROUND && due_us > loom->now_us)
		loom->now_us = due_us;
}

static size_t
weave_from(struct loom *loom, size_t i)
{
	const struct piece *piece = &loom->script->pieces[i];
	struct connection *c = &loom->script->connections[piece->connection];

	wait_for_round(loom, &piece->schedule);
	loom->now_us += piece->pause_us;
	if (piece->act != ACT_SEND && !is_shown(loom, piece))
		return 1;
	switch (piece->act) {
	case ACT_OPEN:
		open_connection(loom, c, piece);
		break;
	case ACT_SEND:
		return send_turn(loom, c, i);
	case ACT_RESEND:
		resend(loom, c, piece);
		break;
	case ACT_KEEPALIVE:
		keep_alive(loom, c, piece);
		break;
	case ACT_RESET:
		reset(loom, c, piece);
		break;
	case ACT_CLOSE:
		close_connection(loom, c, piece);
		break;
	}
	return 1;
}

static void
weave_view(struct script *script, enum shape shape, uint32_t seed, struct output *out, unsigned view)
{
	struct loom loom = {
		.script = script, .shape = shape, .now_us = script->start_us,
		.random = seed * 2654435761u | 1, .out = out, .view = view,
	};

	for (size_t i = 0; i < script->connection_count; i++) {
		memset(script->connections[i].ip_id, 0, sizeof script->connections[i].ip_id);
		memset(script->connections[i].ts_latest, 0, sizeof script->connections[i].ts_latest);
	}
	output_view(out, view);
	for (size_t i = 0; i < script->piece_count;)
		i += weave_from(&loom, i);
}

void
script_weave(struct script *script, enum shape shape, uint32_t seed, FILE *file)
{
	struct output *out = output_begin(file, script);

	weave_view(script, shape, seed, out, 0);
	if (script->interfaces[1][0] != '\0')
		weave_view(script, shape, seed, out, 1);
	output_end(&out);
}
