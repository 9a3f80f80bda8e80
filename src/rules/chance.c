/* Fisher's exact test, by logarithms: the ways to choose outgrow any number. */
#include "rules/chance.h"

#include <math.h>

static double
log_ways(uint32_t all, uint32_t chosen)
{
	int sign;

	return lgamma_r(all + 1.0, &sign) - lgamma_r(chosen + 1.0, &sign) -
	       lgamma_r(all - chosen + 1.0, &sign);
}

double
fisher_chance(uint32_t lacking, uint32_t group, uint32_t all_lacking, uint32_t all)
{
	uint32_t most = group < all_lacking ? group : all_lacking;
	double chance = 0, total = log_ways(all, group);

	for (uint32_t x = lacking; x <= most; x++)
		if (group - x <= all - all_lacking)
			chance += exp(log_ways(all_lacking, x) +
				      log_ways(all - all_lacking, group - x) - total);
	return chance < 1 ? chance : 1;
}
