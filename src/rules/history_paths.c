/* Whether some networks see the offer and others do not, at the same time. */
#include "rules/chance.h"
#include "rules/history_asked.h"

enum {
	POINTS_SPLIT = 50,
	VLANS_MOST = 32,
};

static const double SPLIT_CHANCE = 0.001;

/* The two-by-two table: a group against all others. */
struct table {
	uint32_t group, group_lacking, all, all_lacking;
	uint32_t groups;                /* so large that they could be told apart */
};

static struct table
table_of_networks(struct asked *asked, const struct address *network, int64_t from)
{
	struct table table = { 0 };
	uint64_t stamp = ++asked->all->stamp;

	for (const struct sight *s = asked->at[KEY_BACKEND]->newest; s != NULL && s->at_ns >= from;
		s = s->older) {
		struct visitor *v = s->network;
		bool in_group = address_equal(&v->address, network);

		if (v->stamp != stamp) {
			v->stamp = stamp;
			v->tally_offered = 0;
		}
		table.groups += ++v->tally_offered == asked->all->thresholds.split_observations;
		table.all++;
		table.all_lacking += !s->offered;
		table.group += in_group;
		table.group_lacking += in_group && !s->offered;
	}
	return table;
}

static struct table
table_of_vlans(const struct asked *asked, uint32_t vlan, int64_t from)
{
	struct table table = { 0 };
	struct {
		uint32_t vlan, count;
	} vlans[VLANS_MOST];
	size_t known = 0, i;

	for (const struct sight *s = asked->at[KEY_BACKEND]->newest; s != NULL && s->at_ns >= from;
		s = s->older) {
		for (i = 0; i < known && vlans[i].vlan != s->vlan; i++)
			;
		if (i == known && known < VLANS_MOST) {
			vlans[known].vlan = s->vlan;
			vlans[known++].count = 0;
		}
		table.groups += i < known && ++vlans[i].count == asked->all->thresholds.split_observations;
		table.all++;
		table.all_lacking += !s->offered;
		table.group += s->vlan == vlan;
		table.group_lacking += s->vlan == vlan && !s->offered;
	}
	return table;
}

/* Corrected for how many groups were compared (Bonferroni). */
static bool
is_split(const struct asked *asked, const struct table *table)
{
	unsigned least = asked->all->thresholds.split_observations;

	if (table->group < least || table->all - table->group < least)
		return false;
	return table->groups * fisher_chance(table->group_lacking, table->group, table->all_lacking,
			       table->all) < SPLIT_CHANCE;
}

static void
tell_split(struct asked *asked, const struct table *table, const char *what)
{
	struct insight insight = {
		.kind = "downgrade-offer-path-split",
		.severity = SEVERITY_HIGH,
		.confidence = CONFIDENCE_LIKELY,
		.place = PLACE_LIST,
	};

	tell_signal(asked, "D-SPLIT", SIGNAL_HISTORY, POINTS_SPLIT, false, PLACE_LIST);
	insight_tell(asked->hindsight, &insight, &asked->at[KEY_BACKEND]->offered_by,
		"within %u hours %u of %u sessions of this %s lack the offer, and %u of %u others; assumed that "
		"the server does not itself hide it from some clients",
		asked->all->thresholds.split_hours, (unsigned)table->group_lacking, (unsigned)table->group, what,
		(unsigned)(table->all_lacking - table->group_lacking),
		(unsigned)(table->all - table->group));
}

void
judge_split(struct asked *asked)
{
	struct address network = address_network(&asked->foot->client.address);
	int64_t from = asked->foot->started_ns - asked->all->thresholds.split_hours * NS_PER_HOUR;
	const struct baseline *backend = asked->at[KEY_BACKEND];
	struct table table;

	if (!asked_lacks_offer(asked) || backend == NULL || backend->withdrawn || backend->list_ns < from)
		return;
	table = table_of_networks(asked, &network, from);
	if (is_split(asked, &table)) {
		tell_split(asked, &table, "network");
		return;
	}
	table = table_of_vlans(asked, asked->foot->vlan, from);
	if (is_split(asked, &table))
		tell_split(asked, &table, "VLAN");
}
