/* Who a client is, by what it calls itself. */
#ifndef STARTTRACE_RULES_CLIENT_KIND_H
#define STARTTRACE_RULES_CLIENT_KIND_H

#include "model/session.h"

/* Scanners and test tools, monitors, or neither: what the first two see says nothing about mail. */
enum client_kind client_kind_of(const struct session *session);

#endif
