-- title: Servers whose TLS is optional
-- question: Which servers offer TLS, but accept mail or logins without it?
-- columns: one row a service that offered TLS and took something in clear all the same. sessions is all of this
--   scope, with_list those that show the whole list of what the server offers, and offered those of them with TLS
--   on it. declined sessions saw the offer, did not ask, and mail or a login was accepted; not_asked never saw the
--   list of this service and got through as well; refused_later asked and were refused, and it went on in clear.
--   turned_away tried without TLS and got nothing accepted: what enforcing looks like. accepted sessions are those
--   of the three in which somebody answers for a finding about it; they are not in the three. scanners_and_monitors
--   are in none of these.
-- clauses: RFC 8314 section 4.1 for submission and mailboxes; PCI DSS 2.2.5 and NIST SP 800-53 CM-7, from working
--   knowledge. RFC 3207 section 4 forbids a public relay on port 25 to require TLS of everybody.
-- limits: a server may treat networks differently: what it offers and accepts elsewhere is not known. Whether an
--   offer was taken out on the way is told by the report stripping, and such sessions stand in none of the columns.
--   A login whose answer was not captured is not counted as accepted.
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
answered AS MATERIALIZED (
	SELECT a.tally_id AS tally_id
	FROM report_accepted AS a
	CROSS JOIN tally ON tally.id = a.tally_id
	CROSS JOIN pattern_finding AS f ON f.pattern_id = tally.pattern_id AND f.kind_id = a.kind_id
	WHERE f.severity > 0 AND (a.kind GLOB 'cred-*' OR a.kind GLOB 'data-*' OR a.kind GLOB 'posture-*')
),
placed AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, role, client_octets, sessions, messages, secrets, first_ns,
		last_ns, last_session,
		CASE
			WHEN client_kind > 0 THEN 'other'
			WHEN NOT coalesce(has_messages OR (has_recipients AND NOT coalesce(tls_established, false))
				OR (exposed & 64) <> 0 OR ((exposed & 12) <> 0 AND logged_in), false) THEN 'turned away'
			WHEN tally_id IN (SELECT tally_id FROM answered) THEN 'accepted'
			ELSE verdict
		END AS place
	FROM scope
	WHERE verdict IN ('plaintext-declined', 'plaintext-not-asked', 'plaintext-refused', 'blocked-tls-required')
),
tried AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, role,
		coalesce(sum(sessions) FILTER (WHERE place = 'plaintext-declined'), 0) AS declined,
		coalesce(sum(sessions) FILTER (WHERE place = 'plaintext-not-asked'), 0) AS not_asked,
		coalesce(sum(sessions) FILTER (WHERE place = 'plaintext-refused'), 0) AS refused_later,
		coalesce(sum(sessions) FILTER (WHERE place = 'turned away'), 0) AS turned_away,
		coalesce(sum(sessions) FILTER (WHERE place = 'accepted'), 0) AS accepted,
		coalesce(sum(sessions) FILTER (WHERE place = 'other'), 0) AS others,
		count(DISTINCT client_octets) FILTER (WHERE place GLOB 'plaintext-*') AS clients,
		sum(messages) FILTER (WHERE place GLOB 'plaintext-*') AS messages,
		sum(secrets) FILTER (WHERE place GLOB 'plaintext-*') AS secrets,
		min(first_ns) FILTER (WHERE place GLOB 'plaintext-*') AS first_ns,
		max(last_ns) FILTER (WHERE place GLOB 'plaintext-*') AS last_ns,
		max(last_session) FILTER (WHERE place GLOB 'plaintext-*') AS example
	FROM placed
	GROUP BY server_octets, server_port, protocol, role
),
service AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, role, server_ip, max(tls_sni) AS name, sum(sessions) AS sessions,
		count(DISTINCT client_octets) AS clients, sum(sessions * (starttls_offered IS NOT NULL)) AS with_list,
		sum(sessions * coalesce(starttls_offered <> 0, false)) AS offered
	FROM scope
	WHERE EXISTS (SELECT 1 FROM placed)
	GROUP BY server_octets, server_port, protocol, role
)
SELECT
	v.server_ip AS server,
	v.server_port AS port,
	v.protocol AS protocol,
	v.role AS role,
	v.name AS server_name,
	v.sessions AS sessions,
	v.clients AS clients,
	v.with_list AS with_list,
	v.offered AS offered,
	tried.declined AS declined,
	tried.not_asked AS not_asked,
	tried.refused_later AS refused_later,
	tried.turned_away AS turned_away,
	tried.accepted AS accepted,
	tried.others AS scanners_and_monitors,
	tried.clients AS clients_in_clear,
	coalesce(tried.messages, 0) AS messages,
	coalesce(tried.secrets, 0) AS secrets,
	strftime('%Y-%m-%dT%H:%M:%SZ', tried.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', tried.last_ns / 1000000000, 'unixepoch') AS last_seen,
	tried.example AS example_session
FROM tried
JOIN service AS v ON v.server_octets = tried.server_octets AND v.server_port = tried.server_port
	AND v.protocol = tried.protocol AND v.role = tried.role
WHERE v.offered > 0 AND tried.declined + tried.not_asked + tried.refused_later + tried.accepted > 0
ORDER BY v.role = 'relay', tried.declined + tried.not_asked + tried.refused_later DESC, v.server_ip, v.server_port;
