/* A whole file, through the reader of captures: plain or compressed, of either format, damaged
 * anywhere. */
#include "fuzz.h"

#include "wire/capture.h"

#include <string.h>

/* Reads to the end.  An input of this size cannot hold more frames than bytes, were it not for
 * compression. */
static void
read_all(struct capture *capture)
{
	enum capture_result result;
	struct frame frame;
	uint64_t last = 0;

	while ((result = capture_next(capture, &frame)) == CAPTURE_FRAME) {
		fuzz_promise(frame.at.frame > last, "frames are numbered upwards");
		fuzz_promise(frame.at.capture == 7, "frames bear their capture's index");
		last = frame.at.frame;
		fuzz_touch(frame.bytes);
	}
	fuzz_promise((result == CAPTURE_DAMAGED) == (capture_damage(capture)[0] != '\0'),
		"damage is said in words");
	fuzz_promise(capture_next(capture, &frame) != CAPTURE_FRAME, "the end is the end");
	fuzz_promise(capture_frames(capture) >= last, "frames are counted");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture *capture = NULL;
	uint8_t whole[SHA256_SIZE], wanted[SHA256_SIZE];
	struct status status = capture_open(fuzz_path(span_from(data, size)),
		size % 2 == 1 ? "tcp port 25" : NULL, 7, &capture);

	if (!status_is_ok(&status)) {
		fuzz_promise(status.message[0] != '\0', "a failure has words");
		return 0;
	}
	read_all(capture);
	digest_sha256(span_from(data, size), wanted);
	status = capture_sha256(capture, whole);
	fuzz_promise(status_is_ok(&status) && memcmp(whole, wanted, sizeof(whole)) == 0,
		"the digest is that of the file");
	capture_close(&capture);
	return 0;
}

void
fuzz_seed(const char *path, struct buffer *seed)
{
	fuzz_read_file(path, seed);
}
