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
--   account is empty where its name was not kept or not seen.  Of a session with more than 64 logins not all are here;
--   v_session counts their secrets.
WITH
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
looked_at AS (
	SELECT coalesce(sum(sessions), 0) AS sessions
	FROM scope
), telling AS MATERIALIZED (
	-- sessions of a tally are alike in this
	SELECT tally_id, protocol, client_ip, server_ip, server_port, starttls_offered,
		verdict IN ('downgraded-proven', 'downgraded-suspected') AS is_tampered, first_ns, last_ns
	FROM scope
	WHERE has_secrets
), answered AS MATERIALIZED (
	SELECT tally_id, kind_id
	FROM report_accepted
), named AS MATERIALIZED (
	SELECT id AS kind_id, word
	FROM kind
	WHERE word IN ('cred-bearer-token-plaintext', 'cred-plaintext-accepted', 'cred-plaintext-outcome-unknown',
		'cred-plaintext-rejected')
), login AS MATERIALIZED (
	SELECT
		c.id AS credential_id, c.username, c.sent, c.outcome,
		c.at_ns / 1000000000 - (c.at_ns % 1000000000 < 0) AS at_s,
		telling.tally_id, own.id AS session_id, telling.protocol, telling.client_ip, telling.server_ip,
		telling.server_port, telling.starttls_offered, telling.is_tampered,
		(SELECT f.id
			FROM named
			CROSS JOIN finding AS f ON f.kind_id = named.kind_id
				AND f.id BETWEEN own.id * 1000 AND own.id * 1000 + 999
			LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
			WHERE CASE named.word
				WHEN 'cred-bearer-token-plaintext' THEN c.sent = 'token'
				WHEN 'cred-plaintext-accepted'
					THEN c.sent = 'password' AND c.outcome IN ('accepted', 'unknown')
				WHEN 'cred-plaintext-outcome-unknown'
					THEN c.sent = 'password' AND c.outcome = 'unknown'
				ELSE c.sent = 'password' AND c.outcome NOT IN ('accepted', 'unknown')
				END
				AND (c.outcome <> 'unknown' OR named.word <> 'cred-plaintext-accepted'
					OR coalesce(h.confidence, f.confidence) < 2)
			ORDER BY named.word DESC
			LIMIT 1) AS finding_id
	FROM telling
	CROSS JOIN session AS own ON own.tally_id = telling.tally_id
	CROSS JOIN credential AS c ON c.session_id = own.id AND c.in_clear AND c.sent IN ('password', 'token')
	WHERE own.started_ns BETWEEN telling.first_ns AND telling.last_ns
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
		f.id IS NOT NULL
			AND (login.tally_id, f.kind_id) IN (SELECT tally_id, kind_id FROM answered) AS is_accepted
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
