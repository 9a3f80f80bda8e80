/* Whole IP packets, as the second opinion is shown them: it must bear what the engine has not
 * looked at. */
#include "fuzz.h"

#include "engine/opinion.h"
#include "wire/ip.h"

/* Loading the detection module takes longer than thousands of inputs, so it stays. */
static struct budget    module_budget = { .limit = SIZE_MAX / 2 };
static struct opinions *module;

/* As the engine does it: TCP with payload only. */
static void
show_all(struct opinion *opinion, struct ip *ip, struct cursor *in)
{
	struct frame frame = { 0 };
	struct segment segment;
	struct link link;

	while (fuzz_take_frame(in, &frame))
		if (link_decode(&frame, &link) == LINK_IP &&
		    ip_decode(ip, &frame, &link, &segment) == IP_SEGMENT && segment.payload.len > 0)
			opinion_packet(module, opinion, segment.packet, frame.at.time_ns);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(span_from(data, size));
	struct budget budget = fuzz_budget(0);
	struct buffer label = { 0 }, risks = { 0 };
	struct ip *ip = ip_new(&budget);
	struct opinion *opinion;

	if (module == NULL)
		module = opinions_new(&module_budget);
	fuzz_promise(ip != NULL && module != NULL, "the detection module loads");
	opinion = opinion_new(module);
	fuzz_promise(opinion != NULL, "there is memory");
	show_all(opinion, ip, &in);
	opinion_say(module, opinion, &label, &risks);
	fuzz_touch(buffer_span(&label));
	fuzz_touch(buffer_span(&risks));
	buffer_free(&label);
	buffer_free(&risks);
	opinion_free(module, &opinion);
	ip_free(&ip);
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
	fuzz_each_frame(path, add_frame, seed);
}
