/* What a pcapng file says about frames that it lacks: the statistics of its interfaces (draft-ietf-opsawg-pcapng,
 * section 4.6).  For capture only. */
#ifndef STARTTRACE_WIRE_PCAPNG_LOSS_H
#define STARTTRACE_WIRE_PCAPNG_LOSS_H

#include "wire/loss.h"
#include "wire/source.h"

/* Reads the statistics behind the last frame of the file, where those who write them put them, without moving the
 * reader's place.  False when they tell of no loss, or when there are none: in a file that is cut short, or cannot be
 * read twice.  Fills lost and seen, nothing else. */
bool pcapng_loss(const struct source *source, struct loss *loss_r);

#endif
