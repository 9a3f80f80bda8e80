/* What the fuzz targets share.  A target is LLVMFuzzerTestOneInput, bytes in and nothing out,
 * and fuzz_seed, which makes an input of a capture; replay.c has the rest: the helpers below,
 * and a plain main that runs files through the target, for any compiler. */
#ifndef STARTTRACE_TESTS_FUZZ_H
#define STARTTRACE_TESTS_FUZZ_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/cursor.h"
#include "base/table.h"
#include "wire/frame.h"

/* A target's own. ------------------------------------------------------------------------------ */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Makes an input for this target out of the capture at `path`; leaves `seed` empty when there is
 * nothing in it for this target. */
void fuzz_seed(const char *path, struct buffer *seed);

/* Memory --------------------------------------------------------------------------------------- */

/* A budget of a size that the input chooses: plenty, or so little that everybody runs out of it. */
struct budget fuzz_budget(uint8_t choice);

/* Ends the program when something is left on the budget: it was not given back. */
void fuzz_all_given_back(const struct budget *budget);

/* Ends the program, with words, unless `holds`: a promise was broken. */
void fuzz_promise(bool holds, const char *promise);

/* Reads every byte, so that a sanitizer sees what cannot be read. */
void fuzz_touch(struct span bytes);

/* Frames --------------------------------------------------------------------------------------- */

/* Takes the next frame off an input of frames.  *frame is carried from one call to the next,
 * zero at first: numbers go up, and the input says how time goes on.  False at the end. */
bool fuzz_take_frame(struct cursor *in, struct frame *frame);

/* Adds a frame to an input of frames. */
void fuzz_put_frame(struct buffer *out, const struct frame *frame);

/* Capture time goes on by one of eight steps, one of them backwards; the step that comes next to
 * an interval. */
int64_t fuzz_step_ns(unsigned choice);
unsigned fuzz_step_choice(int64_t interval_ns);

/* Captures ------------------------------------------------------------------------------------- */

/* Puts the bytes into a file in memory and gives its path, valid until the next call. */
const char *fuzz_path(struct span bytes);

/* Adds the content of a file. */
void fuzz_read_file(const char *path, struct buffer *out);

/* Calls `take` with every frame, or every TCP segment, of a capture. */
void fuzz_each_frame(const char *path, void (*take)(void *user, const struct frame *frame),
	void *user);
void fuzz_each_segment(const char *path, void (*take)(void *user, const struct segment *segment),
	void *user);

/* What is heard of one side of a flow: bytes, or how many are lost, or that some came again as others. */
struct stretch {
	enum side   side;
	struct span bytes;
	uint64_t    lost;
	bool        conflict;
};

/* Calls `take` with all that is heard of the first flow of a capture. */
void fuzz_each_stretch(const char *path, void (*take)(void *user, const struct stretch *stretch), void *user);

/* Adds a number of so many bytes. */
void fuzz_put(struct buffer *out, size_t number, size_t size);

#endif
