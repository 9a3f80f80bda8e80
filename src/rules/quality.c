/* What the capture lacks.  None of this is judged: it says where silence proves nothing. */
#include "rules/rules.h"

#include "rules/evidence.h"

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
