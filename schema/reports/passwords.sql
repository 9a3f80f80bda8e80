-- title: Passwords and tokens that crossed in clear
-- question: Did any password cross the network unencrypted? Whose, when, and was it accepted?
-- columns: one row for each account, client, server and outcome. sent is what crossed, a password or a token.
--   outcome is the server's answer: "accepted", "accepted (inferred)" where the answer was not captured and a
--   recipient was accepted next, "refused: TLS first", "refused", "given up" by the client, "not captured".
--   tls_on_offer: the session showed an offer of TLS (1), a list without one (0), or neither. logins counts what
--   crossed, sessions the connections in which it did, tampered those of them with signs that somebody changed the
--   dialogue; looked_at is all sessions of this scope, with or without a login. finding, capture, session and frame
--   lead to the first one's proof. accepted counts the logins for which somebody answers at present; such rows stand
--   last.
-- clauses: PCI DSS 8.3.2; NIST SP 800-53 IA-5(1)(c), SC-8(1); ISO/IEC 27001:2022 A.5.17, A.8.5; HIPAA 164.312(d),
--   (e)(1); RFC 8314 section 4.1. The report "controls" says how certain each is.
-- limits: a login inside TLS is not seen, and is in order here. An answer to a challenge (CRAM-MD5, NTLM, SCRAM) is
--   no password and not counted: the report "findings" has it as cred-weak-challenge-plaintext. What a gap in the
--   capture swallowed is not counted. A login captured at two vantages is counted twice: ask for one of them. An
--   account is empty where its name was not kept or not seen.
WITH looked_at AS (
	SELECT count(*) AS sessions
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
), login AS MATERIALIZED (
	SELECT
		c.username, c.sent, c.outcome, c.at_ns, c.frame,
		s.session_id, s.capture_id, s.protocol, s.client_ip, s.server_ip, s.server_port, s.starttls_offered,
		s.verdict IN ('downgraded-proven', 'downgraded-suspected') AS is_tampered,
		(SELECT f.finding_id
			FROM report_finding AS f
			WHERE f.finding_id BETWEEN s.session_id * 1000 AND s.session_id * 1000 + 999
				AND CASE c.sent || ' ' || f.kind
				WHEN 'token cred-bearer-token-plaintext' THEN 1
				WHEN 'password cred-plaintext-accepted'
					THEN c.outcome = 'accepted' OR c.outcome = 'unknown' AND f.confidence < 2
				WHEN 'password cred-plaintext-outcome-unknown' THEN c.outcome = 'unknown'
				WHEN 'password cred-plaintext-rejected' THEN c.outcome NOT IN ('accepted', 'unknown')
				END
			ORDER BY f.kind DESC
			LIMIT 1) AS finding_id
	FROM report_session AS s
	CROSS JOIN credential AS c ON c.session_id = s.session_id AND c.in_clear AND c.sent IN ('password', 'token')
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
		AND s.secrets > 0
), told AS (
	SELECT
		login.*,
		login.at_ns / 1000000000 - (login.at_ns % 1000000000 < 0) AS at_s,
		kind.word AS kind,
		coalesce(h.score, f.score, 0) AS score,
		CASE
			WHEN login.outcome = 'unknown' AND kind.word = 'cred-plaintext-accepted'
				THEN 'accepted (inferred)'
			WHEN login.outcome = 'unknown' THEN 'not captured'
			WHEN login.outcome = 'refused-tls' THEN 'refused: TLS first'
			WHEN login.outcome = 'rejected' THEN 'refused'
			WHEN login.outcome = 'aborted' THEN 'given up'
			ELSE login.outcome
		END AS answer,
		EXISTS (SELECT 1 FROM v_accepted AS a WHERE a.finding_id = login.finding_id) AS is_accepted,
		row_number() OVER (PARTITION BY username, sent, outcome, f.kind_id, protocol, client_ip, server_ip,
			server_port, starttls_offered ORDER BY login.at_ns, login.session_id, login.frame) AS turn
	FROM login
	LEFT JOIN finding AS f ON f.id = login.finding_id
	LEFT JOIN kind ON kind.id = f.kind_id
	LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
)
SELECT
	told.username AS account,
	told.sent AS sent,
	told.answer AS outcome,
	told.protocol AS protocol,
	told.client_ip AS client,
	told.server_ip AS server,
	told.server_port AS port,
	told.starttls_offered AS tls_on_offer,
	count(*) AS logins,
	count(DISTINCT told.session_id) AS sessions,
	count(DISTINCT told.session_id) FILTER (WHERE told.is_tampered) AS tampered,
	looked_at.sessions AS looked_at,
	strftime('%Y-%m-%dT%H:%M:%SZ', min(told.at_s), 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', max(told.at_s), 'unixepoch') AS last_seen,
	told.kind AS finding,
	max(capture.path) AS capture,
	max(told.session_id) FILTER (WHERE told.turn = 1) AS session,
	max(told.frame) FILTER (WHERE told.turn = 1) AS frame,
	sum(told.is_accepted) AS accepted
FROM told
CROSS JOIN looked_at
LEFT JOIN capture ON told.turn = 1 AND capture.id = told.capture_id
GROUP BY told.username, told.sent, told.outcome, told.kind, told.protocol, told.client_ip, told.server_ip,
	told.server_port, told.starttls_offered
ORDER BY sum(told.is_accepted) = count(*), max(told.score) DESC, logins DESC, first_seen, account, client, server, port;
