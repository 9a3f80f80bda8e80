-- Everything about one session, :session, for a person to read.  Several questions; the first column
-- tells which one a row answers.  No row at all: there is no such session.

SELECT 'session' AS part, v.*,
	(SELECT sentence FROM verdict_kind WHERE word = v.verdict) AS meaning,
	(SELECT nullif(s.verdict, v.verdict) FROM session AS s WHERE s.id = :session) AS alone
FROM v_session AS v
WHERE v.session_id = :session;

-- What its signals add up to, and each of them.
SELECT 'interference' AS part, points, decisive
FROM v_interference
WHERE session_id = :session;

SELECT 'signal' AS part, s.signal, s."group", s.points, s.decisive, s.origin, s.frame, s.words,
	(SELECT meaning FROM v_signal_kind AS k WHERE k.signal = s.signal) AS meaning
FROM v_signal AS s
WHERE s.session_id = :session
ORDER BY s.decisive DESC, s.points DESC, s.signal, s.origin;

-- The dialogue.  A finding stands at the line that is its evidence: of the lines in its frame, capture
-- and direction the one with its words, else the first.
WITH
said AS MATERIALIZED (
	SELECT line, at, frame, direction, kind, text, capture
	FROM v_dialogue
	WHERE session_id = :session
),
placed AS MATERIALIZED (
	SELECT f.severity, f.kind, f.finding_id,
		EXISTS (SELECT 1 FROM v_accepted AS a WHERE a.finding_id = f.finding_id) AS accepted,
		coalesce(
			(SELECT min(said.line)
			FROM said
			WHERE said.frame = f.frame AND said.direction = f.direction
				AND said.capture = f.capture
				AND said.text = f.evidence),
			(SELECT min(said.line)
			FROM said
			WHERE said.frame = f.frame AND said.direction = f.direction
				AND said.capture = f.capture)) AS line
	FROM v_finding AS f
	WHERE f.session_id = :session
)
SELECT 'line' AS part, said.line, said.at, said.frame, said.direction, said.kind, said.text,
	(SELECT group_concat(mark, ', ') FROM (
		SELECT placed.severity || ' ' || placed.kind || iif(accepted, ' (accepted)', '') AS mark
		FROM placed
		WHERE placed.line = said.line
		ORDER BY placed.finding_id)) AS findings
FROM said
ORDER BY said.line;

SELECT 'left-out' AS part, left_out AS lines
FROM dialogue
WHERE session_id = :session AND left_out > 0;

SELECT 'note' AS part, kind, direction, count, frame, quote
FROM v_note
WHERE session_id = :session;

SELECT 'credential' AS part, mechanism, username, outcome, in_clear, frame, secret_fingerprint
FROM v_credential
WHERE session_id = :session
ORDER BY frame;

SELECT 'certificate' AS part, position, certificate_sha256, subject, issuer, not_before, not_after,
	key_type, key_bits, signature_algorithm, self_signed, names
FROM v_certificate
WHERE session_id = :session
ORDER BY position;

SELECT 'finding' AS part, f.finding_id, f.severity, f.confidence, f.score, f.kind, f.title, f.at, f.frame,
	f.direction, f.stream_offset, f.evidence, f.reasons, f.capture, f.wireshark_filter,
	known.sentence, known.fix,
	(SELECT group_concat(words, '; ') FROM (
		SELECT printf('by %s until %.19sZ: %s (acceptance %d)', a.accepted_by, a.until, a.reason,
			a.acceptance_id) AS words
		FROM v_accepted AS v
		JOIN v_acceptance AS a ON a.acceptance_id = v.acceptance_id
		WHERE v.finding_id = f.finding_id
		ORDER BY a.acceptance_id)) AS accepted,
	(SELECT group_concat(session_id, ' ') FROM (
		SELECT link.session_id
		FROM v_finding_link AS link
		JOIN session AS other ON other.id = link.session_id
		WHERE link.finding_id = f.finding_id
		ORDER BY other.started_ns, other.id)) AS sessions
FROM v_finding AS f
JOIN severity ON severity.word = f.severity
LEFT JOIN finding_kind AS known ON known.id = f.kind
WHERE f.session_id = :session
ORDER BY severity.rank DESC, f.score DESC, f.finding_id;

-- Findings of other sessions that rest on this one; a finding's number begins with its session's.
SELECT 'used' AS part, link.finding_id / 1000 AS session, kind.word AS kind
FROM finding_link AS link
JOIN finding AS f ON f.id = link.finding_id
JOIN kind ON kind.id = f.kind_id
WHERE link.session_id = :session AND link.finding_id / 1000 <> :session
ORDER BY link.finding_id
LIMIT 10;
