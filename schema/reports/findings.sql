-- title: Findings, the most pressing first
-- question: What was found, between whom, when, and where is the proof?
-- columns: severity and score (0 to 100) order the rows; confidence tells what the judgement rests on; at and frame
--   point into the capture; evidence is the line itself, redacted; accepted is 1 where somebody answers for the finding
--   at present, and such rows stand last.
-- clauses: "starttrace explain KIND" names those that a finding touches.
-- limits: the 10,000 most pressing of the scope are listed; the others are in the view v_finding, and a shorter period
--   or a network shows more of them. A finding is judged again when more captures are read; what stands here is the
--   last word. A session that was captured at two vantages has its findings twice. Encrypted traffic shows nothing of
--   what is inside it.
WITH
answered AS MATERIALIZED (
	SELECT DISTINCT finding_id
	FROM v_accepted
),
worst AS MATERIALIZED (
	SELECT f.finding_id AS finding_id, f.severity AS severity, f.score AS score,
		coalesce(f.at_ns, s.started_ns) AS at_ns, f.finding_id IN (SELECT finding_id FROM answered) AS accepted
	FROM report_session AS s
	CROSS JOIN report_finding AS f ON f.finding_id BETWEEN s.session_id * 1000 AND s.session_id * 1000 + 999
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
	ORDER BY accepted, f.severity DESC, f.score DESC, at_ns, f.finding_id
	LIMIT 10000
)
-- Texts are made for the rows that are printed alone.
SELECT
	severity.word AS severity,
	f.score AS score,
	f.kind AS kind,
	coalesce(known.title, f.kind) AS title,
	confidence.word AS confidence,
	strftime('%Y-%m-%dT%H:%M:%S', worst.at_ns / 1000000000
		- (worst.at_ns % 1000000000 < 0), 'unixepoch')
		|| printf('.%06dZ', (worst.at_ns % 1000000000 + 1000000000) % 1000000000 / 1000) AS at,
	s.protocol AS protocol,
	s.client_ip || ' ' || s.client_port AS client,
	s.server_ip || ' ' || s.server_port AS server,
	s.session_id AS session,
	coalesce(shown.path, c.path) AS capture,
	s.vantage AS vantage,
	f.frame AS frame,
	CASE f.side WHEN 0 THEN 'client' WHEN 1 THEN 'server' END AS direction,
	f.evidence AS evidence,
	f.reasons AS reasons,
	worst.accepted AS accepted
FROM worst
CROSS JOIN report_finding AS f ON f.finding_id = worst.finding_id
CROSS JOIN report_session AS s ON s.session_id = f.session_id
CROSS JOIN capture AS c ON c.id = s.capture_id
CROSS JOIN severity ON severity.rank = f.severity
CROSS JOIN confidence ON confidence.rank = f.confidence
LEFT JOIN finding_kind AS known ON known.id = f.kind
LEFT JOIN capture AS shown ON f.capture IS NOT NULL
	AND shown.run_id = c.run_id AND shown.number = f.capture
ORDER BY worst.accepted, worst.severity DESC, worst.score DESC, worst.at_ns, worst.finding_id;
