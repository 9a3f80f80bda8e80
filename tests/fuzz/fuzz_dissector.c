/* A dialogue whose input chooses the dissector, who speaks and where the network cuts.  It is
 * told twice, the second time byte by byte (in sevens when it is long): both must be understood
 * alike.  Between the dialogue and the dissector stands a watcher, who knows what a step promises. */
#include "telling.h"

#include "x509_cache.h"

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
	/* the head of a turn: bit 0 is the side, the rest the length; 0 in place of it tells of
	 * a loss */
	LENGTH_SHIFT = 1,
	TRICKLE_MOST = 2000,
	LENGTH_MOST = 127,
	CONFLICT = 0x80,        /* in the byte behind: nothing was lost, but it came again */
};

/* The second byte of an input that asks for a dissector: of its name, so that an input keeps its meaning when one is
 * added to them. */
static uint8_t
key_of(const struct dissector *dissector)
{
	uint32_t sum = 5381;

	for (const char *c = dissector->name; *c != '\0'; c++)
		sum = sum * 33 + (uint8_t)*c;
	return (uint8_t)(sum ^ sum >> 8);
}

/* The name in the environment chooses, or the dissector whose key is next. */
static const struct dissector *
choose(uint8_t choice)
{
	const char *name = getenv("DISSECTOR");
	const struct dissector *nearest = dissectors[0];

	for (size_t i = 0; i < TABLE_LENGTH(dissectors); i++) {
		if (name != NULL && strcmp(dissectors[i]->name, name) == 0)
			return dissectors[i];
		if ((uint8_t)(key_of(dissectors[i]) - choice) < (uint8_t)(key_of(nearest) - choice))
			nearest = dissectors[i];
	}
	return nearest;
}

/* Watching a dissector ------------------------------------------------------------------------- */

/* Who is watched, and the dissector that takes his place. */
static struct {
	const struct dissector *real;
	const struct session   *session;
	struct dissector        shown;
} watched;

/* A unit that is not whole is shown again with more bytes, or with none. */
static void
show_again(struct dialogue *d, enum side side, struct span in)
{
	uint32_t order = watched.session->order;
	uint64_t used = 0;

	fuzz_promise(watched.real->step(d, side, in, &used) == STEP_MORE,
		"an unfinished unit stays so until more of it comes");
	fuzz_promise(watched.session->order == order, "an unfinished unit tells nothing when it is shown again");
}

static enum step
watched_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	enum step step;

	fuzz_promise(in.len > 0 && *used_r == 0, "a step is given bytes, and nothing used");
	step = watched.real->step(d, side, in, used_r);
	switch (step) {
	case STEP_MORE:
		show_again(d, side, in);
		break;
	case STEP_TAKEN:
	case STEP_HOLD:
	case STEP_UPGRADE:
	case STEP_SETTLED:
		fuzz_promise(*used_r > 0, "what is taken has a length");
		break;
	case STEP_NOT_MINE:
		fuzz_promise(*used_r == 0, "what is not mine is not taken");
		break;
	}
	return step;
}

/* TLS is its own: the dialogue knows it by its address. */
static const struct dissector *
watch(const struct dissector *dissector)
{
	if (strcmp(dissector->name, "tls") == 0)
		return dissector;
	watched.real = dissector;
	watched.shown = *dissector;
	watched.shown.step = watched_step;
	return &watched.shown;
}

/* Telling -------------------------------------------------------------------------------------- */

/* Pieces of at most `piece` bytes. */
static void
tell(struct telling *telling, struct cursor in, size_t piece, uint8_t mode)
{
	watched.session = telling->session;
	while (in.left > 1) {
		uint32_t head = cursor_be(&in, 1);
		enum side side = head & 1 ? SERVER : CLIENT;
		uint32_t what;

		if (head >> LENGTH_SHIFT > 0) {
			telling_say(telling, side, cursor_take_up_to(&in, head >> LENGTH_SHIFT), piece);
			continue;
		}
		what = cursor_be(&in, 1);
		if (what & CONFLICT)
			telling_contradict(telling, side);
		else
			telling_lose(telling, side, what % CONFLICT + 1);
	}
	telling_close(telling, mode);
}

/* Whether the dissector would be given a dialogue that begins like this.  One that it would not
 * be given may be misunderstood in as many ways as it is cut. */
static bool
is_its_own(const struct dissector *dissector, struct cursor in)
{
	uint32_t head = cursor_be(&in, 1);
	struct span first = cursor_take_up_to(&in, head >> LENGTH_SHIFT);

	unsigned sure = first.len > 0 ? dissector->probe(head & 1 ? SERVER : CLIENT, first) : 0;

	fuzz_promise(sure <= PROBE_MOST, "a probe is no surer than sure");
	return sure > 0;
}

static void
tell_twice(struct cursor in, const struct dissector *dissector, struct x509_cache *certificates,
	uint8_t mode)
{
	struct telling once, trickled;
	const struct dissector *seen = watch(dissector);

	if (telling_begin(&once, seen, certificates, mode)) {
		tell(&once, in, LENGTH_MOST, mode);
		if (telling_begin(&trickled, seen, certificates, mode)) {
			tell(&trickled, in, in.left > TRICKLE_MOST ? 7 : 1, mode);
			if (is_its_own(dissector, in) && telling_can_compare(&once, mode))
				telling_compare(&once, &trickled);
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

/* Who is surest that a dialogue which begins like this is his. */
static const struct dissector *
likeliest(const struct stretch *first)
{
	const struct dissector *best = dissectors[0];

	for (size_t i = 1; i < TABLE_LENGTH(dissectors) && first->bytes.len > 0; i++)
		if (dissectors[i]->probe(first->side, first->bytes) > best->probe(first->side, first->bytes))
			best = dissectors[i];
	return best;
}

static void
write_stretch(void *user, const struct stretch *stretch)
{
	struct buffer *out = user;
	struct span bytes = stretch->bytes;

	if (out->len == 0) {
		fuzz_put(out, 0, 1);
		fuzz_put(out, key_of(likeliest(stretch)), 1);
	}
	for (; bytes.len > 0; bytes = span_after(bytes, LENGTH_MOST)) {
		struct span part = span_first(bytes, LENGTH_MOST);

		fuzz_put(out, part.len << LENGTH_SHIFT | (stretch->side == SERVER), 1);
		buffer_add(out, part);
	}
	if (stretch->bytes.len > 0)
		return;
	fuzz_put(out, stretch->side == SERVER, 1);
	size_t kind = stretch->lost < CONFLICT ? (size_t)stretch->lost - 1 : CONFLICT - 1;

	fuzz_put(out, stretch->conflict ? CONFLICT : kind, 1);
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	fuzz_each_stretch(path, write_stretch, seed);
}
