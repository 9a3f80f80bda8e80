/* What is told of sessions before they end.
 *
 * A session that goes on is judged in a copy that works in an arena of its own, so that nothing of it stays.  Looking
 * costs no more for a long session than for a short one: the lists of a session are bounded, and what was told is not
 * asked again. */
#include "engine/teller.h"

#include "base/clock.h"
#include "engine/flow_facts.h"
#include "engine/losses.h"

#include <stdlib.h>

static const int64_t SHOWN_AFTER_NS = 60 * NS_PER_SECOND;

/* The list ---------------------------------------------------------------------------------------- */

void
teller_begin(struct teller *teller, struct contact *contact, struct flow *flow, int64_t now_ns)
{
	struct told *told = &contact->told;

	told->flow = flow;
	told->since_ns = now_ns;
	told->older = teller->youngest;
	if (teller->youngest != NULL)
		teller->youngest->told.younger = contact;
	else
		teller->oldest = contact;
	teller->youngest = contact;
}

void
teller_leave(struct teller *teller, struct contact *contact)
{
	struct told *told = &contact->told;

	if (told->older == NULL && teller->oldest != contact)
		return;
	if (told->older != NULL)
		told->older->told.younger = told->younger;
	else
		teller->oldest = told->younger;
	if (told->younger != NULL)
		told->younger->told.older = told->older;
	else
		teller->youngest = told->older;
	told->older = told->younger = NULL;
}

/* Copies ------------------------------------------------------------------------------------------ */

/* False when the budget is spent, or when the session itself lacks something for want of memory, which a copy would
 * not know of. */
static bool
copy_session(const struct teller *teller, const struct contact *contact, struct session *copy_r)
{
	if (arena_spent(contact->session->arena))
		return false;
	*copy_r = *contact->session;
	copy_r->arena = arena_new(teller->budget);
	if (copy_r->arena == NULL)
		return false;
	flow_facts_take(copy_r, contact->told.flow);
	losses_tell(teller->losses, copy_r, contact->told.flow->mixed);
	copy_r->policy = teller->policy;
	copy_r->open = true;
	return true;
}

/* Findings ---------------------------------------------------------------------------------------- */

/* How a finding is graded, in a byte that is not 0. */
static uint8_t
grade_of(const struct finding *finding)
{
	return (uint8_t)(1 + finding->severity * 4 + finding->confidence);
}

/* False when the budget is spent: what cannot be remembered is not told before the end. */
static bool
can_remember(struct told *told, struct budget *budget)
{
	size_t count;

	if (told->grades != NULL)
		return true;
	rules_all(&count);
	if (!budget_take(budget, count))
		return false;
	told->grades = calloc(count, 1);
	if (told->grades == NULL)
		budget_give(budget, count);
	return told->grades != NULL;
}

static void
tell(const struct teller *teller, struct told *told, const struct session *session,
	const struct finding *finding)
{
	size_t count, index = (size_t)(finding->rule - rules_all(&count));
	uint8_t before = told->grades != NULL ? told->grades[index] : 0;

	if (before == grade_of(finding))
		return;
	if (told->grades != NULL)
		told->grades[index] = grade_of(finding);
	teller->sink.finding(teller->sink.user, session, finding, before == 0 ? TELLING_NEW : TELLING_CHANGED);
}

static void
tell_all(const struct teller *teller, struct told *told, const struct session *session)
{
	for (const struct finding *finding = session->findings; finding != NULL; finding = finding->next)
		tell(teller, told, session, finding);
}

static void
look_for_findings(struct teller *teller, struct contact *contact)
{
	struct told *told = &contact->told;
	struct session look;

	if (told->asked == contact->session->order || teller->sink.finding == NULL ||
	    !can_remember(told, teller->budget) || !copy_session(teller, contact, &look))
		return;
	look.ongoing = true;
	rules_look(&look, told->grades);
	if (!arena_spent(look.arena)) {
		told->asked = look.order;
		tell_all(teller, told, &look);
	}
	arena_free(&look.arena);
}

void
teller_end(struct teller *teller, struct contact *contact)
{
	teller_leave(teller, contact);
	if (teller->sink.finding != NULL)
		tell_all(teller, &contact->told, contact->session);
}

/* Snapshots --------------------------------------------------------------------------------------- */

/* As if the capture ended here. */
static void
show(struct teller *teller, struct contact *contact)
{
	struct session shown;

	if (!copy_session(teller, contact, &shown))
		return;
	rules_judge(&shown);
	shown.ongoing = true;
	teller->sink.snapshot(teller->sink.user, &shown);
	arena_free(&shown.arena);
	contact->session->shown = true;
}

static void
show_once(struct teller *teller, struct contact *contact)
{
	teller_leave(teller, contact);
	if (teller->sink.snapshot != NULL && !contact->session->shown)
		show(teller, contact);
}

void
teller_look(struct teller *teller, struct contact *contact)
{
	if (contact->session == NULL)
		return;
	look_for_findings(teller, contact);
	if (contact->dialogue != NULL && dialogue_is_settled(contact->dialogue) && !contact->session->shown)
		show_once(teller, contact);
}

void
teller_pass(struct teller *teller, int64_t now_ns)
{
	while (teller->oldest != NULL && now_ns - teller->oldest->told.since_ns >= SHOWN_AFTER_NS)
		show_once(teller, teller->oldest);
}
