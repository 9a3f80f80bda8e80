-- The frames of a session, :session, or of a finding, :finding, with the sessions it is linked to: which captures they
-- stand in, from which frame to which, and what is to be said of single frames.  No row: there is no such session.

WITH
wanted AS MATERIALIZED (
	SELECT :session AS id WHERE :session IS NOT NULL
	UNION
	SELECT :finding / 1000 WHERE EXISTS (SELECT 1 FROM finding WHERE id = :finding)
	UNION
	SELECT session_id FROM finding_link WHERE finding_id = :finding
)
SELECT 'part' AS part, c.id AS capture_id, c.path AS path, lower(hex(c.sha256)) AS sha256, c.snaplen AS snaplen,
	s.id AS session_id, s.client_ip, s.client_port, s.server_ip, s.server_port, s.vlan,
	coalesce(s.other_vlan, s.vlan) AS other_vlan, s.interface,
	CASE WHEN c.number = first.number THEN s.first_frame ELSE 1 END AS from_frame,
	CASE WHEN c.number = s.last_capture THEN s.last_frame ELSE c.frames END AS to_frame
FROM wanted
JOIN session AS s ON s.id = wanted.id
JOIN capture AS first ON first.id = s.capture_id
JOIN capture AS c ON c.run_id = first.run_id AND c.number BETWEEN first.number AND s.last_capture
ORDER BY c.first_ns, c.id, s.started_ns, s.id;

-- What deciding frames say.
WITH
wanted AS MATERIALIZED (
	SELECT :session AS id WHERE :session IS NOT NULL
	UNION
	SELECT :finding / 1000 WHERE EXISTS (SELECT 1 FROM finding WHERE id = :finding)
	UNION
	SELECT session_id FROM finding_link WHERE finding_id = :finding
)
SELECT 'mark' AS part, shown.id AS capture_id, f.frame AS frame,
	printf('%s (%s, %s): %s%s', v.kind, v.severity, v.confidence, v.title,
		CASE WHEN v.reasons IS NULL THEN '' ELSE ': ' || v.reasons END) AS text
FROM wanted
JOIN session AS s ON s.id = wanted.id
JOIN capture AS c ON c.id = s.capture_id
JOIN v_finding AS v ON v.session_id = s.id
JOIN finding AS f ON f.id = v.finding_id
JOIN severity ON severity.word = v.severity
JOIN capture AS shown ON shown.run_id = c.run_id AND shown.number = coalesce(f.capture, c.number)
WHERE f.frame IS NOT NULL AND (:finding IS NULL OR v.finding_id = :finding OR s.id <> :finding / 1000)
ORDER BY shown.id, f.frame, severity.rank DESC, v.finding_id;
