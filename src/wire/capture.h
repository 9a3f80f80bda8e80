/* Where frames come from: files of every kind that libpcap reads, plain, gzip or zstd, and standard
 * input.  Knows nothing of what is in a frame. */
#ifndef STARTTRACE_WIRE_CAPTURE_H
#define STARTTRACE_WIRE_CAPTURE_H

#include "base/digest.h"
#include "base/status.h"
#include "wire/frame.h"
#include "wire/loss.h"

struct capture;

/* Opens a file, or standard input for "-".  `filter` is a BPF expression or NULL.  `index` is stamped
 * on every frame.  The failure names the file and says what is wrong with it (not there, not readable, a
 * directory, empty, not a capture, bad filter); STATUS_NO_MEMORY says nothing of the file. */
struct status capture_open(const char *path, const char *filter, uint32_t index,
	struct capture **capture_r);
void          capture_close(struct capture **capture);

enum capture_result {
	CAPTURE_FRAME,
	CAPTURE_END,
	CAPTURE_DAMAGED,        /* nothing more can be read; capture_damage says why */
	CAPTURE_NO_MEMORY,      /* memory was short: another reading may come further */
};

/* The next frame, valid until the next call.  A filtered frame keeps its number: numbers are those that
 * Wireshark shows for the whole file. */
enum capture_result capture_next(struct capture *capture, struct frame *frame_r);

/* Why reading stopped before the end, damaged or for want of memory, in one line; "" when it did not. */
const char *capture_damage(const struct capture *capture);

/* Counters so far: frames read (filtered ones included), and bytes of the file as it lies on disk
 * consumed, with its whole size (0 where it cannot be known), for progress. */
uint64_t capture_frames(const struct capture *capture);
uint64_t capture_position(const struct capture *capture);
uint64_t capture_size(const struct capture *capture);

/* Link type (DLT_ value) and snaplen as the file states them. */
int      capture_link_type(const struct capture *capture);
uint32_t capture_snaplen(const struct capture *capture);

/* Frames that the file says were lost while it was written, at any time of it: loss_r covers the whole of it.  False
 * where it tells of none, and where it is not known: only pcapng files tell, and of those that are compressed, cut
 * short, or come by standard input, what stands at the end is not read. */
bool capture_loss(const struct capture *capture, struct loss *loss_r);

/* SHA-256 of the file as it lies on disk.  For a file this may be called at any time and reads it
 * through once more, beside the frames; for standard input it is the digest of what has been read, and
 * meaningful only when nothing more can be read. */
struct status capture_sha256(struct capture *capture, uint8_t out[SHA256_SIZE]);

/* The files behind the command line's names, in the order of their first frame: directories are walked
 * (names that begin with a dot left out, symbolic links in them not followed), and a file named twice is
 * listed once.  In a directory, files that are no capture are passed over silently; a file named on the
 * command line is always listed, so that opening it reports what is wrong.  "-" comes last. */
struct capture_list {
	char   **paths;
	size_t   count;
};

/* Fails without memory alone, and then the list is empty.  capture_list_free gives back the paths. */
struct status capture_list_new(char *const *names, size_t count, struct capture_list *list_r);
void          capture_list_free(struct capture_list *list);

#endif
