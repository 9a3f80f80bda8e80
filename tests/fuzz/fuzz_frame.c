/* Raw frames of any link type, through the whole engine: link headers, IP, fragments, flows and
 * what follows. */
#include "fuzz.h"

#include "engine/engine.h"

static void
take_session(void *user, struct session *session)
{
	(void)user;
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

	config.second_opinion = false;
	config.flows.flows = 64;
	engine = engine_new(&config, &budget, &(struct sink){ .session = take_session });
	if (engine != NULL) {
		while (fuzz_take_frame(&in, &frame))
			engine_frame(engine, &frame);
		engine_drain(engine, INT64_MIN);
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
