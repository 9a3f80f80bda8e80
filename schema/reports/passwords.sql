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
		c.id AS credential_id, c.username, c.sent, c.outcome,
		c.at_ns / 1000000000 - (c.at_ns % 1000000000 < 0) AS at_s,
		s.session_id, s.protocol, s.client_ip, s.server_ip, s.server_port, s.starttls_offered,
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
		EXISTS (SELECT 1 FROM v_accepted AS a WHERE a.finding_id = login.finding_id) AS is_accepted
	FROM login
	LEFT JOIN finding AS f ON f.id = login.finding_id
	LEFT JOIN kind ON kind.id = f.kind_id
	LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
), grouped AS (
	SELECT
		told.*,
		count(*) AS logins,
		count(DISTINCT session_id) AS sessions,
		count(DISTINCT session_id) FILTER (WHERE is_tampered) AS tampered,
		min(at_s) AS first_s,
		max(at_s) AS last_s,
		max(score) AS most,
		sum(is_accepted) AS accepted,
		-- the time of the first and which one it is, in one number
		min((at_s << 30) + credential_id) & 1073741823 AS first_id
	FROM told
	GROUP BY username, sent, outcome, kind, protocol, client_ip, server_ip, server_port, starttls_offered
)
SELECT
	g.username AS account,
	g.sent AS sent,
	g.answer AS outcome,
	g.protocol AS protocol,
	g.client_ip AS client,
	g.server_ip AS server,
	g.server_port AS port,
	g.starttls_offered AS tls_on_offer,
	g.logins AS logins,
	g.sessions AS sessions,
	g.tampered AS tampered,
	looked_at.sessions AS looked_at,
	strftime('%Y-%m-%dT%H:%M:%SZ', g.first_s, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', g.last_s, 'unixepoch') AS last_seen,
	g.kind AS finding,
	capture.path AS capture,
	first.session_id AS session,
	first.frame AS frame,
	g.accepted AS accepted
FROM grouped AS g
CROSS JOIN looked_at
CROSS JOIN credential AS first ON first.id = g.first_id
CROSS JOIN session ON session.id = first.session_id
CROSS JOIN capture ON capture.id = session.capture_id
ORDER BY g.accepted = g.logins, g.most DESC, logins DESC, first_seen, account, client, server, port;
