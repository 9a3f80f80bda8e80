-- title: Findings, the most pressing first
-- question: What was found, between whom, when, and where is the proof?
-- columns: severity and score (0 to 100) order the rows; confidence tells what the judgement rests on; at and frame
--   point into the capture; evidence is the line itself, redacted; accepted is 1 where somebody answers for the finding
--   at present, and such rows stand last.
-- clauses: "starttrace explain KIND" names those that a finding touches.
-- most: 10000
-- limits: the 10,000 most pressing of the scope are listed; the others are in the view v_finding, and a shorter period
--   or a network shows more of them. A finding is judged again when more captures are read; what stands here is the
--   last word. A session that was captured at two vantages has its findings twice. Encrypted traffic shows nothing of
--   what is inside it.
WITH
answered AS MATERIALIZED (
	SELECT tally_id, kind_id
	FROM report_accepted
),
counted AS NOT MATERIALIZED (
	-- over all time the tallies tell; of a period its sessions are counted like them
	SELECT id AS tally_id, sessions, bytes, mails, recipients, messages, secrets, first_ns, first_session, last_ns,
		last_session
	FROM tally
	WHERE :since IS NULL AND :until IS NULL
	UNION ALL
	SELECT part.tally_id, part.sessions, part.bytes, part.mails, part.recipients, part.messages, part.secrets,
		part.first_ns,
		(SELECT min(edge.id) FROM session AS edge
			WHERE edge.tally_id = part.tally_id AND edge.started_ns = part.first_ns),
		part.last_ns,
		(SELECT max(edge.id) FROM session AS edge
			WHERE edge.tally_id = part.tally_id AND edge.started_ns = part.last_ns)
	FROM (SELECT s.tally_id AS tally_id, count(*) AS sessions, sum(s.bytes_client + s.bytes_server) AS bytes,
			sum(s.mails) AS mails, sum(s.recipients) AS recipients,
			coalesce(sum(s.messages), 0) AS messages, coalesce(sum(s.secrets), 0) AS secrets,
			min(s.started_ns) AS first_ns, max(s.started_ns) AS last_ns
		FROM session AS s
		WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
			AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
			AND (:since IS NOT NULL OR :until IS NOT NULL)
		GROUP BY s.tally_id) AS part
),
scope AS NOT MATERIALIZED (
	SELECT s.*, counted.sessions, counted.bytes, counted.mails, counted.recipients, counted.messages,
		counted.secrets, counted.first_ns, counted.first_session, counted.last_ns, counted.last_session
	FROM counted
	CROSS JOIN report_tally AS s ON s.tally_id = counted.tally_id
	WHERE (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
class AS MATERIALIZED (
	-- how many findings there are of each weight
	SELECT (tally_id, kind_id) IN (SELECT tally_id, kind_id FROM answered) AS accepted, severity, score,
		sum(sessions * findings) AS findings
	FROM (SELECT iif(scope.tally_id IN (SELECT tally_id FROM answered), scope.tally_id, NULL) AS tally_id,
			scope.pattern_id AS pattern_id, sum(scope.sessions) AS sessions
		FROM scope
		GROUP BY 2, 1) AS alike
	CROSS JOIN (SELECT pattern_id AS of_id, kind_id, severity, score, findings FROM pattern_finding) AS f
		ON f.of_id = alike.pattern_id
	GROUP BY 1, 2, 3
),
least AS MATERIALIZED (
	-- the least weight that is listed
	SELECT coalesce(max(accepted * 65536 - severity * 256 - score), 0) AS place
	FROM (SELECT coalesce(accepted, 0) AS accepted, severity, score,
			sum(findings) OVER (ORDER BY coalesce(accepted, 0), severity DESC, score DESC
				ROWS UNBOUNDED PRECEDING) - findings AS before
		FROM class)
	WHERE before < 10000
),
chosen AS MATERIALIZED (
	SELECT scope.tally_id AS tally_id, f.kind_id AS kind_id, scope.first_ns AS first_ns, scope.last_ns AS last_ns,
		(scope.tally_id, f.kind_id) IN (SELECT tally_id, kind_id FROM answered) AS accepted,
		f.severity AS severity, f.score AS score
	FROM least
	CROSS JOIN scope
	CROSS JOIN pattern_finding AS f ON f.pattern_id = scope.pattern_id
	WHERE ((scope.tally_id, f.kind_id) IN (SELECT tally_id, kind_id FROM answered)) * 65536
		- f.severity * 256 - f.score <= least.place
),
worst AS MATERIALIZED (
	SELECT f.finding_id AS finding_id, f.severity AS severity, f.score AS score,
		coalesce(f.at_ns, s.started_ns) AS at_ns, chosen.accepted AS accepted
	FROM chosen
	CROSS JOIN session AS s ON s.tally_id = chosen.tally_id
		AND s.started_ns BETWEEN chosen.first_ns AND chosen.last_ns
	CROSS JOIN report_finding AS f ON f.finding_id BETWEEN s.id * 1000 AND s.id * 1000 + 999
		AND +f.kind_id = chosen.kind_id AND f.severity = chosen.severity AND f.score = chosen.score
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
