-- title: Accounts whose password has to be changed
-- question: Which accounts must change their password, since when, and which token has to be withdrawn?
-- columns: one row for each account and what it sent. what_to_do follows from what crossed in clear. exposures
--   counts how often it crossed, in how many sessions, from how many clients, to how many services; of these
--   logged_in got in, refused_for_tls were refused because TLS has to come first, unanswered are those whose answer
--   was not captured or not waited for. looked_at is all sessions of this scope, with or without a login. A password
--   changed after last_exposed is in order again. tampered counts exposures in sessions with signs that somebody
--   changed the dialogue. session and frame lead to the last one. accepted counts the exposures for which somebody
--   answers at present; rows that are all accepted stand last.
-- clauses: PCI DSS 8.3.2; NIST SP 800-53 IA-5(1)(c); ISO/IEC 27001:2022 A.5.17; HIPAA 164.312(d).
-- limits: a password that the server refused as wrong is not listed, although it may be right elsewhere: the report
--   "passwords" has it. A password that was guessed from a captured answer to a challenge leaves no trace here.
--   Whether a password was changed since cannot be seen. An account captured at two vantages is counted twice: ask
--   for one of them. An account is empty where its name was not kept or not seen.
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
	SELECT tally_id, client_ip, server_ip || ' ' || server_port AS service, verdict, first_ns, last_ns
	FROM scope
	WHERE has_secrets
), exposed AS MATERIALIZED (
	SELECT
		c.username, c.sent, c.outcome, c.frame,
		c.at_ns / 1000000000 - (c.at_ns % 1000000000 < 0) AS at_s,
		own.id AS session_id, telling.client_ip, telling.service, telling.verdict,
		EXISTS (SELECT 1
			FROM v_accepted AS a
			WHERE a.finding_id BETWEEN own.id * 1000 AND own.id * 1000 + 999
				AND (a.kind GLOB 'cred-plaintext-*' OR a.kind = 'cred-bearer-token-plaintext')
		) AS is_accepted,
		row_number() OVER (PARTITION BY c.username, c.sent
			ORDER BY c.at_ns DESC, own.id DESC, c.frame DESC) AS turn
	FROM telling
	CROSS JOIN session AS own ON own.tally_id = telling.tally_id
	CROSS JOIN credential AS c ON c.session_id = own.id AND c.in_clear AND c.sent IN ('password', 'token')
		AND c.outcome <> 'rejected'
	WHERE own.started_ns BETWEEN telling.first_ns AND telling.last_ns
)
SELECT
	exposed.username AS account,
	CASE exposed.sent WHEN 'token' THEN 'withdraw the token' ELSE 'change the password' END AS what_to_do,
	count(*) AS exposures,
	count(DISTINCT exposed.session_id) AS sessions,
	looked_at.sessions AS looked_at,
	count(DISTINCT exposed.client_ip) AS clients,
	count(DISTINCT exposed.service) AS services,
	sum(exposed.outcome = 'accepted') AS logged_in,
	sum(exposed.outcome = 'refused-tls') AS refused_for_tls,
	sum(exposed.outcome IN ('unknown', 'aborted')) AS unanswered,
	sum(exposed.verdict IN ('downgraded-proven', 'downgraded-suspected')) AS tampered,
	strftime('%Y-%m-%dT%H:%M:%SZ', min(exposed.at_s), 'unixepoch') AS first_exposed,
	strftime('%Y-%m-%dT%H:%M:%SZ', max(exposed.at_s), 'unixepoch') AS last_exposed,
	max(exposed.session_id) FILTER (WHERE exposed.turn = 1) AS session,
	max(exposed.frame) FILTER (WHERE exposed.turn = 1) AS frame,
	sum(exposed.is_accepted) AS accepted
FROM exposed
CROSS JOIN looked_at
GROUP BY exposed.username, exposed.sent
ORDER BY sum(exposed.is_accepted) = count(*), last_exposed DESC, exposures DESC, account, what_to_do;
