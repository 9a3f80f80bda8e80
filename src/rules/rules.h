/* The questions themselves, declared from rules.def. */
#ifndef STARTTRACE_RULES_RULES_H
#define STARTTRACE_RULES_RULES_H

#include "model/rule.h"

#define RULE(name, id, severity, subject) \
	bool rule_##name(const struct session *session, struct finding *finding);
#include "rules/rules.def"
#undef RULE

#endif
