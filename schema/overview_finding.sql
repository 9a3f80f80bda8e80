-- One finding, :finding, of session :session, as the page about everything shows it.
SELECT f.finding_id, f.session_id, f.severity, f.confidence, f.score, f.at, f.frame, f.direction, f.evidence, f.reasons,
	f.capture, f.vantage, f.protocol, f.client_ip, f.client_port, f.server_ip, f.server_port, f.wireshark_filter,
	(SELECT own.first_frame FROM finding AS own WHERE own.id = f.finding_id AND own.first_frame < own.frame)
		AS first_frame,
	(SELECT count(*) FROM v_finding_link AS link WHERE link.finding_id = f.finding_id) AS others,
	(SELECT group_concat(session_id, ' ') FROM (
		SELECT link.session_id
		FROM v_finding_link AS link
		WHERE link.finding_id = f.finding_id
		ORDER BY link.session_id
		LIMIT 12)) AS sessions
FROM v_finding AS f
WHERE f.session_id = :session AND f.finding_id = :finding;
