/* The questions themselves, declared from rules.def.  What each may read and fill, and leave behind when it says no, is
 * said at `applies` in model/rule.h. */
#ifndef STARTTRACE_RULES_RULES_H
#define STARTTRACE_RULES_RULES_H

#include "model/rule.h"

#define RULE(name, id, severity, subject) \
	bool rule_##name(const struct session *session, struct finding *finding);
#include "rules/rules.def"
#undef RULE

#endif
