/* Frames into a pcapng file (draft-ietf-opsawg-pcapng), with a comment where there is something to say.  Time stamps
 * have nanoseconds; frames that differ in link type, snaplen or name of the interface get an interface each. */
#ifndef STARTTRACE_WIRE_PCAPNG_WRITE_H
#define STARTTRACE_WIRE_PCAPNG_WRITE_H

#include "base/status.h"
#include "wire/frame.h"

struct pcapng_writer;

/* Creates the file, which must not exist yet: no capture is ever written over.  "-" is standard output.  `comment` is
 * about the whole file, UTF-8; cut at 64 KiB, as every comment is. */
struct status pcapng_create(const char *path, const char *comment, struct pcapng_writer **writer_r);

/* Adds a frame; `snaplen` is that of the capture it comes from, `comment` empty or UTF-8 text. */
void pcapng_add(struct pcapng_writer *writer, const struct frame *frame, uint32_t snaplen,
	struct span comment);

/* Ends the file, and removes it again if it is not to be kept or anything failed since it was created. */
struct status pcapng_finish(struct pcapng_writer **writer, bool keep);

#endif
