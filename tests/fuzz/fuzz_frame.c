/* Raw frames of any link type, through the whole engine: link headers, IP, fragments, flows and
 * what follows. */
#include "fuzz.h"

#include "engine/engine.h"

/* What a session quotes came with frames that there were. */
static void
take_session(void *user, struct session *session)
{
	size_t *sessions = user;

	++*sessions;
	fuzz_promise(session->first.frame > 0 && session->first.frame <= session->last.frame,
		"a session begins before it ends");
	for (const struct finding *f = session->findings; f != NULL; f = f->next) {
		const struct where *where = &f->evidence.where;

		fuzz_promise(!f->evidence.seen || (where->first.frame <= where->last.frame &&
			where->last.frame <= session->last.frame), "evidence came with a frame of its session");
	}
	session_free(&session);
}

/* The first byte chooses the budget; frames follow. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_from(data, size));
	struct budget budget = fuzz_budget((uint8_t)cursor_be(&in, 1));
	struct engine_config config = engine_config_default();
	struct engine *engine;
	struct frame frame = { 0 };
	size_t sessions = 0;

	config.second_opinion = false;
	config.flows.flows = 64;
	engine = engine_new(&config, &budget, &(struct sink){ .session = take_session, .user = &sessions });
	if (engine != NULL) {
		while (fuzz_take_frame(&in, &frame))
			engine_frame(engine, &frame);
		engine_drain(engine, INT64_MIN);
		fuzz_promise(engine_counters(engine).sessions == sessions, "each session comes out once");
		fuzz_promise(engine_counters(engine).frames == frame.at.frame, "each frame is counted");
	}
	engine_free(&engine);
	fuzz_all_given_back(&budget);
	return 0;
}

static void
add_frame(void *user, const struct frame *frame)
{
	fuzz_put_frame(user, frame);
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	buffer_add(seed, span_from("\0", 1));
	fuzz_each_frame(path, add_frame, seed);
}
