/* The table of ports.def, and what is asked of it. */
#include "wire/ports.h"

#include "base/table.h"

#include <string.h>

static const struct port ports[] = {
#define PORT(number, protocol, implicit, submission, twin) { number, protocol, implicit, submission, twin },
#include "wire/ports.def"
#undef PORT
};

const struct port *
port_find(uint16_t number)
{
	for (size_t i = 0; i < TABLE_LENGTH(ports); i++)
		if (ports[i].number == number)
			return &ports[i];
	return NULL;
}

bool
port_is_implicit(uint16_t number)
{
	const struct port *port = port_find(number);

	return port != NULL && port->implicit;
}

bool
port_is_submission(uint16_t number)
{
	const struct port *port = port_find(number);

	return port != NULL && port->submission;
}

uint16_t
port_twin(uint16_t number)
{
	const struct port *port = port_find(number);

	return port != NULL ? port->twin : 0;
}

bool
port_has_protocol(const char *protocol)
{
	for (size_t i = 0; i < TABLE_LENGTH(ports); i++)
		if (strcmp(ports[i].protocol, protocol) == 0)
			return true;
	return false;
}
