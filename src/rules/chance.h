/* Whether chance alone explains how two kinds of sessions fall into two groups. */
#ifndef STARTTRACE_RULES_CHANCE_H
#define STARTTRACE_RULES_CHANCE_H

#include <stdint.h>

/* How likely it is, by chance alone, that at least `lacking` of the `group` fall among the `all_lacking` of `all`
 * (Fisher's exact test, one-sided). */
double fisher_chance(uint32_t lacking, uint32_t group, uint32_t all_lacking, uint32_t all);

#endif
