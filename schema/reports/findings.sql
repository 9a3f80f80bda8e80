-- title: Findings, the most pressing first
-- question: What was found, between whom, when, and where is the proof?
-- columns: severity and score (0 to 100) order the rows; confidence tells what the judgement rests
--   on; at and frame point into the capture; evidence is the line itself, redacted.
SELECT
	f.severity,
	f.score,
	f.kind,
	f.title,
	f.confidence,
	f.at,
	f.protocol,
	f.client_ip || ' ' || f.client_port AS client,
	f.server_ip || ' ' || f.server_port AS server,
	f.session_id AS session,
	f.capture,
	f.vantage,
	f.frame,
	f.direction,
	f.evidence,
	f.reasons
FROM v_finding AS f
JOIN severity AS s ON s.word = f.severity
WHERE (:since IS NULL OR f.at >= :since) AND (:until IS NULL OR f.at < :until)
ORDER BY s.rank DESC, f.score DESC, f.at, f.finding_id;
