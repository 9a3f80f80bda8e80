-- title: How much mail is encrypted in transit
-- question: What share of mail is encrypted in transit, per service and month?
-- columns: one row for each month (of the session's begin, UTC) and service. Every session is in one of four
--   columns: encrypted (TLS before anything that matters), in_clear (a login, an envelope, content or other data
--   crossed outside TLS, be it before a late TLS), undecided (too little was captured to tell, and nothing was seen
--   in clear), idle (nothing but greetings crossed: refused, broken off, failed). encrypted_percent is encrypted of
--   encrypted and in_clear; with the undecided on the one or the other side it lies between least_percent and
--   most_percent. weak counts encrypted sessions whose TLS has a grade below B. messages counts those that crossed
--   in clear. accepted counts sessions in clear for which somebody answers at present.
-- clauses: NIST SP 800-53 SC-8(1); HIPAA 164.312(e)(1), (e)(2)(ii); GDPR Article 32(1)(a); ISO/IEC 27001:2022
--   A.5.14, A.8.24; PCI DSS 4.2.1 and 4.2.2, where card numbers are sent.
-- limits: how many messages an encrypted session carried cannot be seen, so sessions are counted, not messages. An
--   encrypted session may be with the wrong server: see certificates and stripping. Connections without a word are
--   left out. A session captured at two vantages is counted twice, and may be encrypted at one of them only: ask for
--   one.
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
alike AS (
	SELECT month, protocol, role, server_ip AS server, server_port AS port, verdict, exposed, tls_grade,
		tally_id IN (SELECT a.tally_id FROM report_accepted AS a) AS is_accepted, sum(sessions) AS sessions,
		sum(iif(has_messages IS NULL, NULL, messages)) AS messages
	FROM scope
	WHERE verdict NOT IN ('no-dialogue', 'not-applicable')
	GROUP BY pattern_id, month, is_accepted
), parted AS MATERIALIZED (
	SELECT
		alike.*,
		CASE
			WHEN verdict IN ('protected-implicit', 'protected-starttls') THEN 'encrypted'
			WHEN exposed & 124 THEN 'in clear'
			WHEN verdict = 'unknown-partial' THEN 'undecided'
			ELSE 'idle'
		END AS part
	FROM alike
), monthly AS (
	SELECT
		month, protocol, role, server, port,
		sum(sessions) AS sessions,
		coalesce(sum(sessions) FILTER (WHERE part = 'encrypted'), 0) AS encrypted,
		coalesce(sum(sessions) FILTER (WHERE part = 'in clear'), 0) AS in_clear,
		coalesce(sum(sessions) FILTER (WHERE part = 'undecided'), 0) AS undecided,
		coalesce(sum(sessions) FILTER (WHERE part = 'idle'), 0) AS idle,
		coalesce(sum(sessions) FILTER (WHERE part = 'encrypted' AND tls_grade NOT IN ('A', 'B')), 0) AS weak,
		sum(messages) AS messages,
		coalesce(sum(sessions) FILTER (WHERE part = 'in clear' AND is_accepted), 0) AS accepted
	FROM parted
	GROUP BY month, protocol, role, server, port
)
SELECT
	month,
	protocol,
	role,
	server,
	port,
	sessions,
	encrypted,
	in_clear,
	undecided,
	idle,
	round(100.0 * encrypted / nullif(encrypted + in_clear, 0), 1) AS encrypted_percent,
	round(100.0 * encrypted / nullif(encrypted + in_clear + undecided, 0), 1) AS least_percent,
	round(100.0 * (encrypted + undecided) / nullif(encrypted + in_clear + undecided, 0), 1) AS most_percent,
	weak,
	messages,
	accepted
FROM monthly
ORDER BY month, protocol, encrypted_percent IS NULL, encrypted_percent, sessions DESC, server, port;
