/* What the capture lacks.  None of this is judged: it says where silence proves nothing. */
#include "rules/rules.h"

#include "rules/evidence.h"

enum {
	COPIES_LEAST = 2,
	WRONG_LEAST = 3,                /* a single damaged packet is no habit */
};

bool
rule_capture_gap(const struct session *session, struct finding *finding)
{
	if (!session->gap)
		return false;
	finding_because(session, finding,
		"%llu bytes of the client and %llu of the server are missing",
		(unsigned long long)session->gap_bytes[CLIENT],
		(unsigned long long)session->gap_bytes[SERVER]);
	return finding_at(finding, &session->gap_at);
}

/* The kernel or the interface gave frames up before they were captured, of which flow is not known. */
bool
rule_capture_drops(const struct session *session, struct finding *finding)
{
	return session->lost > 0 &&
	       finding_because(session, finding, "%llu of %llu frames were lost while the session lasted%s",
		       (unsigned long long)session->lost, (unsigned long long)session->lost_of,
		       loss_matters(session) ? "" : ": too few to matter");
}

bool
rule_capture_snaplen(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_SNAPLEN);
}

bool
rule_capture_one_sided(const struct session *session, struct finding *finding)
{
	return session->one_sided &&
	       finding_because(session, finding, "only the %s was captured",
		       session->bytes[CLIENT] > 0 ? "client's side" : "server's side");
}

bool
rule_capture_midstream(const struct session *session, struct finding *finding)
{
	return session->midstream && !session->greeting.seen &&
	       finding_because(session, finding, "the connection began before the capture");
}

bool
rule_capture_tail_open(const struct session *session, struct finding *finding)
{
	return session->open &&
	       finding_because(session, finding, "the capture ended before the connection");
}

bool
rule_capture_limits_hit(const struct session *session, struct finding *finding)
{
	if (session->lines_left_out > 0)
		return finding_because(session, finding, "%u lines of the dialogue were not stored",
			(unsigned)session->lines_left_out);
	if (arena_spent(session->arena))
		return finding_because(session, finding, "the memory limit was reached");
	return finding_note(session, finding, NOTE_TRUNCATED) ||
	       finding_note(session, finding, NOTE_LONG_LINE) ||
	       (session->truncated && session_find_note(session, NOTE_SNAPLEN) == NULL);
}

bool
rule_capture_ip_fragments(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_FRAGMENTS);
}

bool
rule_capture_classifier_disagrees(const struct session *session, struct finding *finding)
{
	return session->opinion.disagrees &&
	       finding_because(session, finding, "identified by its content as %s, by nDPI as %.*s",
		       session->protocol, WORDS(session->opinion.protocol));
}

bool
rule_capture_parser_desync(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_DESYNC);
}

/* What the other side acknowledged was sent and arrived: the capture alone lacks it. */
bool
rule_capture_acked_unseen(const struct session *session, struct finding *finding)
{
	if (session->one_sided || session->acked_unseen[CLIENT] + session->acked_unseen[SERVER] == 0)
		return false;
	finding_because(session, finding,
		"%llu bytes of the client and %llu of the server were acknowledged and never captured",
		(unsigned long long)session->acked_unseen[CLIENT],
		(unsigned long long)session->acked_unseen[SERVER]);
	return finding_at(finding, &session->gap_at);
}

/* The same packet, not the same bytes sent again: a host numbers or stamps a repetition anew.  Where it does not, only
 * the router that one of two copies has passed tells them apart. */
static bool
is_copy(const struct shape *first, const struct shape *second)
{
	bool numbered = first->is_v4 && first->ip_id != 0;

	return first->side == second->side && first->flags == second->flags &&
	       first->sequence == second->sequence && first->length == second->length &&
	       first->acked == second->acked && first->ip_id == second->ip_id &&
	       first->has_timestamp == second->has_timestamp && first->ts_value == second->ts_value &&
	       first->checksum == second->checksum &&
	       (numbered || first->hop_limit != second->hop_limit);
}

static bool
has_copy_before(const struct session *session, const struct shape *shape)
{
	for (const struct shape *s = session->shapes; s != shape; s = s->next)
		if (is_copy(s, shape))
			return true;
	return false;
}

bool
rule_capture_duplicates(const struct session *session, struct finding *finding)
{
	uint32_t all = 0, copies = 0;

	for (const struct shape *s = session->shapes; s != NULL; s = s->next) {
		all++;
		copies += has_copy_before(session, s);
	}
	if (copies < COPIES_LEAST || copies * 100 <= all)
		return false;
	finding->count = copies;
	return finding_because(session, finding, "the same packets were captured twice");
}

/* The sending host leaves checksums to its network card, behind the place where it captures. */
bool
rule_capture_offload(const struct session *session, struct finding *finding)
{
	uint32_t known[2] = { 0 }, wrong[2] = { 0 };

	for (const struct shape *s = session->shapes; s != NULL; s = s->next) {
		known[s->side] += s->checksum != UNKNOWN;
		wrong[s->side] += s->checksum == NO;
	}
	for (enum side side = CLIENT; side <= SERVER; side++)
		if (wrong[side] >= WRONG_LEAST && wrong[side] * 2 > known[side]) {
			finding->count = wrong[side];
			return finding_because(session, finding, "%s's checksums are wrong: it was captured there, "
				"and its network card computes them",
				side == CLIENT ? "the client" : "the server");
		}
	return false;
}

bool
rule_capture_reordered(const struct session *session, struct finding *finding)
{
	return finding_note(session, finding, NOTE_TIME_REGRESS);
}
