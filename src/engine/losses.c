/* When frames were lost. */
#include "engine/losses.h"

#include "base/clock.h"

#include <string.h>

/* Makes one of both.  What lies between them is taken for lossy as well: rather too little is called certain. */
static void
join(struct loss *into, const struct loss *loss)
{
	into->from_ns = loss->from_ns < into->from_ns ? loss->from_ns : into->from_ns;
	into->to_ns = loss->to_ns > into->to_ns ? loss->to_ns : into->to_ns;
	into->lost += loss->lost;
	into->seen += loss->seen;
}

/* The oldest goes into the next one of its capture, or, where there is none, is forgotten. */
static void
make_room(struct losses *losses)
{
	for (size_t i = 1; i < losses->count; i++)
		if (losses->list[i].capture == losses->list[0].capture) {
			join(&losses->list[i], &losses->list[0]);
			break;
		}
	losses->count--;
	memmove(losses->list, losses->list + 1, losses->count * sizeof(*losses->list));
}

/* Where much is lost, readings follow each other by less than a millisecond: those of a second are one. */
static bool
add_to_latest(struct losses *losses, const struct loss *loss)
{
	size_t i = losses->count;

	while (i > 0 && losses->list[i - 1].capture != loss->capture)
		i--;
	if (i == 0 || loss->to_ns - losses->list[i - 1].from_ns > NS_PER_SECOND)
		return false;
	join(&losses->list[i - 1], loss);
	return true;
}

void
losses_add(struct losses *losses, const struct loss *loss)
{
	if (loss->lost == 0 || add_to_latest(losses, loss))
		return;
	if (losses->count == LOSSES_MOST)
		make_room(losses);
	losses->list[losses->count++] = *loss;
}

/* What a loss takes from a session is not seen of it: one whose beginning or end nobody saw reaches as far beyond its
 * frames as it may have been silent. */
static bool
was_there(const struct losses *losses, const struct loss *loss, const struct session *session)
{
	int64_t unseen_before = session->midstream ? losses->idle_ns : 0;
	int64_t unseen_behind = session->end_seen ? 0 : losses->idle_ns;

	return clock_elapsed(loss->to_ns, session->first.time_ns) <= unseen_before &&
	       clock_elapsed(session->last.time_ns, loss->from_ns) <= unseen_behind;
}

static bool
concerns(const struct losses *losses, const struct loss *loss, const struct session *session, bool anywhere)
{
	return (anywhere || loss->capture == session->first.capture || loss->capture == session->last.capture) &&
	       was_there(losses, loss, session);
}

void
losses_tell(const struct losses *losses, struct session *session, bool anywhere)
{
	session->lost = session->lost_of = 0;
	for (size_t i = 0; i < losses->count; i++) {
		const struct loss *loss = &losses->list[i];

		if (!concerns(losses, loss, session, anywhere))
			continue;
		session->lost += loss->lost;
		session->lost_of += loss->lost + loss->seen;
	}
}
