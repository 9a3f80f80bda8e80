/* The Community ID of a TCP connection (version 1, seed 0): the name by which other network monitors know the same
 * one. */
#ifndef STARTTRACE_WIRE_COMMUNITY_H
#define STARTTRACE_WIRE_COMMUNITY_H

#include "wire/frame.h"

enum {
	COMMUNITY_ID_SIZE = 32,         /* "1:", 28 characters of base64, a NUL */
};

/* Writes it and returns `out`; which end comes first does not matter. */
const char *community_id(const struct endpoint *one, const struct endpoint *other, char out[COMMUNITY_ID_SIZE]);

#endif
