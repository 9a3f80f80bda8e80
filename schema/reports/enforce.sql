-- title: Who breaks if TLS is enforced
-- question: Which clients and accounts still depend on clear text, or on a TLS older than 1.2, where, why, how
--   much, and when last?
-- columns: one row a service, client, account and reason. who tells people's clients and relays (ordinary) from
--   scanners and monitors, which stand last. sessions depend on it, of_sessions that this client had with the
--   service in all; mails and recipients were taken in them, of which messages are whole contents in clear, logins
--   are those in clear, bytes is what both sides sent. accepted are sessions in which somebody answers for a
--   finding about it; they are not in sessions.
-- clauses: RFC 8314 section 4.1, RFC 8996, PCI DSS 4.2.1: what enforcing is for.
-- limits: who could do better but was never asked to is listed with those who cannot: "does not use the TLS on
--   offer" may be a setting of the client, and "offers TLSv1.0 at most" is its software; "comes back in clear after
--   TLS failed" may be a fault of either end. Clients that did not come during the captures are not listed; look at
--   a period that holds month ends, backups and devices that report once a quarter. Clients whose TLS fails already
--   are not listed, since nothing more breaks: see failures. Behind one address may be many machines, and one
--   machine under several. Accounts are only seen where they crossed in clear.
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
	WHERE f.severity > 0 AND (a.kind GLOB 'cred-*' OR a.kind GLOB 'data-*' OR a.kind GLOB 'posture-*'
		OR a.kind GLOB 'tls-version-*' OR a.kind = 'tls-client-max-old')
),
depending AS MATERIALIZED (
	SELECT scope.*,
		iif(scope.accounts = '', NULL, (SELECT group_concat(one.value, ' ')
			FROM json_each(scope.accounts) AS one)) AS account,
		(SELECT client_name FROM session WHERE id = scope.last_session) AS client_name,
		scope.tally_id IN (SELECT tally_id FROM answered) AS is_accepted,
		CASE
			WHEN scope.in_clear AND scope.verdict = 'protected-late'
				THEN 'sends mail or a password before TLS'
			WHEN scope.in_clear AND scope.verdict GLOB 'downgraded-*'
				THEN 'goes on in clear where TLS is interfered with or fails'
			WHEN scope.in_clear AND scope.starttls_offered AND EXISTS (SELECT 1
				FROM pattern_finding AS retry
				WHERE retry.pattern_id = scope.pattern_id AND retry.kind_id = (SELECT id FROM kind
					WHERE word = 'downgrade-fallback-after-handshake-failure'))
				THEN 'comes back in clear after TLS failed'
			WHEN scope.in_clear AND scope.starttls_requested
				THEN 'goes on in clear where the server refuses TLS'
			WHEN scope.in_clear AND scope.starttls_offered THEN 'does not use the TLS on offer'
			WHEN scope.in_clear AND scope.starttls_offered = 0 THEN 'is offered no TLS'
			WHEN scope.in_clear AND scope.missing = 0 THEN 'never asks what the server can do'
			WHEN scope.in_clear THEN 'was seen in clear; what went before was not'
			WHEN scope.offers_version > 770
				THEN 'is given ' || scope.tls_version || ', although it offers more'
			WHEN scope.offers_version > 0
				THEN 'offers ' || CASE scope.offers_version WHEN 2 THEN 'SSLv2' WHEN 768 THEN 'SSLv3'
					WHEN 769 THEN 'TLSv1.0' WHEN 770 THEN 'TLSv1.1' ELSE 'no known version' END
					|| ' at most'
			ELSE 'is given ' || scope.tls_version || '; what it offers was not seen'
		END AS reason
	FROM (SELECT scope.*, (exposed & 120) <> 0 OR ((exposed & 4) <> 0 AND logged_in) AS in_clear
		FROM scope) AS scope
	WHERE scope.in_clear
		OR (scope.tls_established AND scope.tls_version IN ('SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'))
),
met AS MATERIALIZED (
	SELECT client_octets, server_octets, server_port, protocol, sum(sessions) AS sessions
	FROM scope
	WHERE client_octets IN (SELECT client_octets FROM depending)
	GROUP BY client_octets, server_octets, server_port, protocol
)
SELECT
	d.server_ip AS server,
	d.server_port AS port,
	d.protocol AS protocol,
	d.role AS role,
	d.client_ip AS client,
	max(d.client_name) AS client_name,
	d.account AS account,
	CASE d.client_kind WHEN 1 THEN 'scanner' WHEN 2 THEN 'monitor' ELSE 'ordinary' END AS who,
	d.reason AS reason,
	sum(iif(d.is_accepted, 0, d.sessions)) AS sessions,
	sum(iif(d.is_accepted, d.sessions, 0)) AS accepted,
	met.sessions AS of_sessions,
	sum(d.mails) AS mails,
	sum(d.recipients) AS recipients,
	sum(d.messages) AS messages,
	sum(d.sessions * d.logins) AS logins,
	sum(d.bytes) AS bytes,
	strftime('%Y-%m-%dT%H:%M:%SZ', min(d.first_ns) / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', max(d.last_ns) / 1000000000, 'unixepoch') AS last_seen,
	max(d.last_session) AS example_session
FROM depending AS d
JOIN met ON met.client_octets = d.client_octets AND met.server_octets = d.server_octets
	AND met.server_port = d.server_port AND met.protocol = d.protocol
GROUP BY d.server_octets, d.server_port, d.protocol, d.role, d.client_octets, d.account, who, d.reason
ORDER BY who <> 'ordinary', d.server_ip, d.server_port, sum(d.sessions) DESC, d.client_ip, d.account, d.reason;
