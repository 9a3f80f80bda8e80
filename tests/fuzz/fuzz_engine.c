/* A whole file to judged sessions: everything but the second opinion and the database. */
#include "fuzz.h"

#include "engine/engine.h"
#include "model/rule.h"
#include "wire/capture.h"

/* Every word of a session can be shown, and every finding has the rule that made it. */
static void
take_session(void *user, struct session *session)
{
	size_t *sessions = user;

	++*sessions;
	fuzz_touch(buffer_span(&session->transcript));
	for (const struct note *note = session->notes; note != NULL; note = note->next)
		fuzz_touch(note->quote.text);
	for (const struct finding *finding = session->findings; finding != NULL;
	     finding = finding->next) {
		fuzz_promise(finding->rule != NULL && finding->count > 0, "findings are filled in");
		fuzz_touch(finding->evidence.text);
		fuzz_touch(finding->reasons);
	}
	session_free(&session);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct budget budget = fuzz_budget(0);
	struct engine_config config = engine_config_default();
	struct capture *capture;
	struct status status = capture_open(fuzz_path(span_from(data, size)), NULL, 0, &capture);
	struct engine *engine;
	struct frame frame;
	size_t sessions = 0;

	if (!status_is_ok(&status))
		return 0;
	config.second_opinion = false;
	config.flows.flows = 64;
	engine = engine_new(&config, &budget,
		&(struct sink){ .session = take_session, .user = &sessions });
	while (engine != NULL && capture_next(capture, &frame) == CAPTURE_FRAME)
		engine_frame(engine, &frame);
	engine_drain(engine, INT64_MIN);
	fuzz_promise(engine_counters(engine).sessions == sessions, "each session comes out once");
	engine_free(&engine);
	capture_close(&capture);
	fuzz_all_given_back(&budget);
	return 0;
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	fuzz_read_file(path, seed);
}
