/* The two ends of a connection.  Everything that is kept per direction is an array of two, indexed by
 * the side that spoke. */
#ifndef STARTTRACE_BASE_SIDE_H
#define STARTTRACE_BASE_SIDE_H

enum side {
	CLIENT,
	SERVER,
};

static inline enum side
side_other(enum side side)
{
	return side == CLIENT ? SERVER : CLIENT;
}

#endif
