/* A dialogue whose input chooses the dissector, who speaks and where the network cuts.  It is
 * told twice, the second time byte by byte (in sevens when it is long): both must be understood
 * alike. */
#include "fuzz.h"

#include "engine/dialogue.h"
#include "model/rule.h"
#include "wire/reassembly.h"
#include "x509_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISSECTOR(name) extern const struct dissector name##_dissector;
#include "dissectors.def"
#undef DISSECTOR

static const struct dissector *const dissectors[] = {
#define DISSECTOR(name) &name##_dissector,
#include "dissectors.def"
#undef DISSECTOR
};

enum {
	/* the first byte of an input: bits 0 to 3 choose the budget */
	SHORT_OF_MEMORY = 0x08,
	MIDSTREAM = 0x10,
	BY_RESET = 0x20,
	ACCOUNTS_SHIFT = 6,

	/* the head of a turn: bit 0 is the side, the rest the length; 0 in place of it tells of
	 * a loss */
	LENGTH_SHIFT = 1,
	TRICKLE_MOST = 2000,
	LENGTH_MOST = 127,
	CONFLICT = 0x80,        /* in the byte behind: nothing was lost, but it came again */
};

struct telling {
	struct budget           budget;
	struct session         *session;
	struct dialogue        *dialogue;
	uint64_t                offset[2];
	struct dialogue_common  common;
};

/* The name in the environment, or the second byte of the input, chooses. */
static const struct dissector *
choose(uint8_t choice)
{
	const char *name = getenv("DISSECTOR");

	for (size_t i = 0; name != NULL && i < TABLE_LENGTH(dissectors); i++)
		if (strcmp(dissectors[i]->name, name) == 0)
			return dissectors[i];
	return dissectors[choice % TABLE_LENGTH(dissectors)];
}

static bool
telling_begin(struct telling *telling, const struct dissector *dissector,
	struct x509_cache *certificates, uint8_t mode)
{
	static const enum account_mode accounts[] = { ACCOUNTS_FULL, ACCOUNTS_FULL, ACCOUNTS_HMAC,
		ACCOUNTS_NONE };

	*telling = (struct telling){
		.budget = fuzz_budget(mode & 0x0F),
		.common.privacy = {
			.accounts = accounts[mode >> ACCOUNTS_SHIFT],
			.key = span_of("a key"),
		},
		.common.certificates = certificates,
	};
	telling->session = session_new(&telling->budget);
	if (telling->session == NULL)
		return false;
	telling->session->protocol = dissector->name;
	telling->session->midstream = (mode & MIDSTREAM) != 0;
	telling->dialogue = dialogue_new(dissector, telling->session, &telling->common,
		!(mode & MIDSTREAM));
	return telling->dialogue != NULL;
}

static void
lose(struct telling *telling, enum side side, uint32_t what, const struct moment *at)
{
	uint64_t *offset = &telling->offset[side];
	uint64_t length = what % CONFLICT + 1;

	if (what & CONFLICT) {
		if (*offset > 0)
			dialogue_conflict(telling->dialogue, side, *offset - 1, span_of("a"),
				span_of("b"), at);
		return;
	}
	dialogue_gap(telling->dialogue, side, *offset, length, at);
	*offset += length;
}

static void
say(struct telling *telling, enum side side, struct span bytes, size_t piece,
	const struct moment *at)
{
	for (; bytes.len > 0; bytes = span_after(bytes, piece)) {
		struct span part = span_first(bytes, piece);

		dialogue_feed(telling->dialogue, side, telling->offset[side], part, at);
		telling->offset[side] += part.len;
	}
}

/* Pieces of at most `piece` bytes; all of them are of one frame, so that both tellings can be
 * compared. */
static void
tell(struct telling *telling, struct cursor in, size_t piece, uint8_t mode)
{
	static const struct moment at = { .frame = 1 };

	while (in.left > 1) {
		uint32_t head = cursor_be(&in, 1);
		enum side side = head & 1 ? SERVER : CLIENT;

		if (head >> LENGTH_SHIFT == 0)
			lose(telling, side, cursor_be(&in, 1), &at);
		else
			say(telling, side, cursor_take_up_to(&in, head >> LENGTH_SHIFT), piece,
				&at);
	}
	dialogue_end(telling->dialogue, mode & BY_RESET ? ENDING_RST : ENDING_FIN, &at);
	rules_judge(telling->session);
}

/* Comparing ------------------------------------------------------------------------------------ */

static void
compare_notes(const struct note *a, const struct note *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		fuzz_promise(a->kind == b->kind && a->count == b->count &&
			a->quote.side == b->quote.side && span_equal(a->quote.text, b->quote.text),
			"notes are the same, however the network cut");
	fuzz_promise(a == NULL && b == NULL, "as many notes, however the network cut");
}

static void
compare_findings(const struct finding *a, const struct finding *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		fuzz_promise(a->rule == b->rule && a->severity == b->severity &&
			a->confidence == b->confidence && a->score == b->score &&
			a->count == b->count && span_equal(a->evidence.text, b->evidence.text) &&
			span_equal(a->reasons, b->reasons),
			"findings are the same, however the network cut");
	fuzz_promise(a == NULL && b == NULL, "as many findings, however the network cut");
}

static void
show(const struct session *a, const struct session *b)
{
	fprintf(stderr, "%.*s\n%.*s\n", (int)a->transcript.len, (const char *)a->transcript.at,
		(int)b->transcript.len, (const char *)b->transcript.at);
}

/* Behind a loss one side waits for what is next of the other, whose pieces then matter; and pieces
 * that wait need memory, so that they matter too where it runs out. */
static bool
can_compare(const struct telling *telling, uint8_t mode)
{
	return (mode & SHORT_OF_MEMORY) == 0 && !telling->session->gap_at.seen;
}

static void
compare(const struct session *a, const struct session *b)
{
	bool same = span_equal(buffer_span(&a->transcript), buffer_span(&b->transcript));

	if (!same)
		show(a, b);
	fuzz_promise(same, "the transcript is the same, however the network cut");
	fuzz_promise(a->order == b->order, "as many events, however the network cut");
	compare_notes(a->notes, b->notes);
	fuzz_promise(a->verdict == b->verdict && a->exposed == b->exposed &&
		a->tls_grade == b->tls_grade, "the verdict is the same, however the network cut");
	compare_findings(a->findings, b->findings);
}

/* Whether the dissector would be given a dialogue that begins like this.  One that it would not
 * be given may be misunderstood in as many ways as it is cut. */
static bool
is_its_own(const struct dissector *dissector, struct cursor in)
{
	uint32_t head = cursor_be(&in, 1);
	struct span first = cursor_take_up_to(&in, head >> LENGTH_SHIFT);

	return first.len > 0 && dissector->probe(head & 1 ? SERVER : CLIENT, first) > 0;
}

static void
telling_end(struct telling *telling)
{
	dialogue_free(&telling->dialogue);
	session_free(&telling->session);
	fuzz_all_given_back(&telling->budget);
}

static void
tell_twice(struct cursor in, const struct dissector *dissector, struct x509_cache *certificates,
	uint8_t mode)
{
	struct telling once, trickled;

	if (telling_begin(&once, dissector, certificates, mode)) {
		tell(&once, in, LENGTH_MOST, mode);
		if (telling_begin(&trickled, dissector, certificates, mode)) {
			tell(&trickled, in, in.left > TRICKLE_MOST ? 7 : 1, mode);
			if (is_its_own(dissector, in) && can_compare(&once, mode))
				compare(once.session, trickled.session);
		}
		telling_end(&trickled);
	}
	telling_end(&once);
}

/* What the first telling left in the cache serves the second one. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_from(data, size));
	uint8_t mode = (uint8_t)cursor_be(&in, 1);
	const struct dissector *dissector = choose((uint8_t)cursor_be(&in, 1));
	struct budget budget = fuzz_budget(mode & 0x0F);
	struct x509_cache *certificates = x509_cache_new(&budget);

	tell_twice(in, dissector, certificates, mode);
	x509_cache_free(&certificates);
	fuzz_all_given_back(&budget);
	return 0;
}

/* Seeds ---------------------------------------------------------------------------------------- */

/* The first flow of a capture; another one would be another dialogue. */
struct writer {
	struct buffer     *out;
	struct flow_table *flows;
	struct reassembly *reassembly;
	const struct flow *flow;
};

static void
put(struct buffer *out, size_t octet)
{
	buffer_add(out, span_from(&(uint8_t){ (uint8_t)octet }, 1));
}

static void
write_bytes(void *user, struct flow *flow, enum side side, uint64_t offset, struct span bytes,
	const struct moment *at)
{
	struct writer *writer = user;

	(void)offset;
	(void)at;
	if (writer->flow == NULL) {
		writer->flow = flow;
		put(writer->out, 0);
		put(writer->out, bytes.at[0] == 0x16 ? 1 : 0);
	}
	for (; bytes.len > 0 && writer->flow == flow; bytes = span_after(bytes, LENGTH_MOST)) {
		struct span part = span_first(bytes, LENGTH_MOST);

		put(writer->out, part.len << LENGTH_SHIFT | (side == SERVER));
		buffer_add(writer->out, part);
	}
}

static void
write_gap(void *user, struct flow *flow, enum side side, uint64_t offset, uint64_t lost,
	const struct moment *at)
{
	struct writer *writer = user;

	(void)offset;
	(void)at;
	if (writer->flow != flow)
		return;
	put(writer->out, side == SERVER);
	put(writer->out, lost < CONFLICT ? (size_t)lost - 1 : CONFLICT - 1);
}

static void
write_conflict(void *user, struct flow *flow, enum side side, uint64_t offset, struct span first,
	struct span second, const struct moment *at)
{
	struct writer *writer = user;

	(void)offset;
	(void)first;
	(void)second;
	(void)at;
	if (writer->flow != flow)
		return;
	put(writer->out, side == SERVER);
	put(writer->out, CONFLICT);
}

static void
write_segment(void *user, const struct segment *segment)
{
	struct writer *writer = user;
	enum side side;
	struct flow *flow = flow_table_find(writer->flows, segment, &side);

	if (flow != NULL)
		reassembly_segment(writer->reassembly, flow, side, segment);
}

static void
flow_is_over(void *user, struct flow *flow, enum flow_end why)
{
	struct writer *writer = user;

	(void)why;
	reassembly_flush(writer->reassembly, flow);
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	static const struct stream_listener listener = { write_bytes, write_gap, write_conflict };
	struct flow_limits limits = { .flows = 1024, .idle_ns = INT64_MAX };
	struct budget budget = fuzz_budget(0);
	struct writer writer = { .out = seed };

	writer.flows = flow_table_new(&limits, &budget, flow_is_over, &writer);
	writer.reassembly = reassembly_new(NULL, &budget, &listener, &writer);
	fuzz_each_segment(path, write_segment, &writer);
	flow_table_drain(writer.flows, INT64_MIN);
	flow_table_free(&writer.flows);
	reassembly_free(&writer.reassembly);
}
