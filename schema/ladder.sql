-- One session, :session, as a ladder: several questions; the first column tells which one a row answers.

SELECT 'session' AS part, v.*,
	(SELECT sentence FROM verdict_kind WHERE word = v.verdict) AS meaning
FROM v_session AS v
WHERE v.session_id = :session;

-- Where its findings strike: of the lines in a finding's frame, capture and direction the one with its words, else the
-- first; none where it is about the session as a whole.
WITH
said AS MATERIALIZED (
	SELECT line, frame, direction, text, capture
	FROM v_dialogue
	WHERE session_id = :session
)
SELECT 'mark' AS part, f.finding_id, f.severity, f.kind, f.title,
	coalesce(
		(SELECT min(said.line)
		FROM said
		WHERE said.frame = f.frame AND said.direction = f.direction AND said.capture = f.capture
			AND said.text = f.evidence),
		(SELECT min(said.line)
		FROM said
		WHERE said.frame = f.frame AND said.direction = f.direction AND said.capture = f.capture)) AS line
FROM v_finding AS f
JOIN severity ON severity.word = f.severity
WHERE f.session_id = :session AND severity.rank > 0
ORDER BY severity.rank DESC, f.score DESC, f.finding_id;

-- The first :lines of its lines, and one more to tell that there are more.
SELECT 'line' AS part, d.line, d.at, d.frame, d.direction, d.kind, d.text,
	unixepoch(d.at) * 1000000 + CAST(substr(d.at, 21, 6) AS INTEGER)
		- (SELECT started_ns / 1000 FROM session WHERE id = :session) AS since_us
FROM v_dialogue AS d
WHERE d.session_id = :session
ORDER BY d.line
LIMIT coalesce(:lines + 1, -1);

SELECT 'left-out' AS part, left_out AS lines
FROM dialogue
WHERE session_id = :session AND left_out > 0;
