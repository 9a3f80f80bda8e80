/* A line of the dialogue, or a part of it, kept as evidence. */
#ifndef STARTTRACE_MODEL_QUOTE_H
#define STARTTRACE_MODEL_QUOTE_H

#include "base/side.h"
#include "base/span.h"
#include "model/where.h"

struct quote {
	bool        seen;
	enum side   side;
	uint32_t    code;
	struct span text;               /* redacted, printable */
	struct where where;
};

#endif
