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
accepted AS MATERIALIZED (
	SELECT DISTINCT a.session_id AS session_id
	FROM v_accepted AS a
	JOIN report_finding AS f ON f.finding_id = a.finding_id
	WHERE f.severity > 0 AND (f.kind GLOB 'cred-*' OR f.kind GLOB 'data-*' OR f.kind GLOB 'posture-*'
		OR f.kind GLOB 'tls-version-*' OR f.kind = 'tls-client-max-old')
),
scope AS NOT MATERIALIZED (
	SELECT s.*
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
depending AS MATERIALIZED (
	SELECT scope.session_id, scope.server_octets, scope.server_ip, scope.server_port, scope.protocol, scope.role,
		scope.client_octets, scope.client_ip, scope.client_name, scope.mails, scope.recipients, scope.messages,
		scope.bytes, scope.started_ns, foot.client_kind AS client_kind,
		(SELECT count(*) FROM credential AS login WHERE login.session_id = scope.session_id AND login.in_clear)
			AS logins,
		(SELECT group_concat(username, ' ') FROM (
			SELECT DISTINCT login.username AS username
			FROM credential AS login
			WHERE login.session_id = scope.session_id AND login.username IS NOT NULL
			ORDER BY login.username)) AS account,
		scope.session_id IN (SELECT session_id FROM accepted) AS is_accepted,
		CASE
			WHEN scope.exposed & 120 AND scope.verdict = 'protected-late'
				THEN 'sends mail or a password before TLS'
			WHEN scope.exposed & 120 AND scope.verdict GLOB 'downgraded-*'
				THEN 'goes on in clear where TLS is interfered with or fails'
			WHEN scope.exposed & 120 AND scope.starttls_offered AND EXISTS (SELECT 1
				FROM finding AS retry
				WHERE retry.id BETWEEN scope.session_id * 1000 AND scope.session_id * 1000 + 999
					AND +retry.kind_id = (SELECT id FROM kind
						WHERE word = 'downgrade-fallback-after-handshake-failure'))
				THEN 'comes back in clear after TLS failed'
			WHEN scope.exposed & 120 AND scope.starttls_requested
				THEN 'goes on in clear where the server refuses TLS'
			WHEN scope.exposed & 120 AND scope.starttls_offered THEN 'does not use the TLS on offer'
			WHEN scope.exposed & 120 AND scope.starttls_offered = 0 THEN 'is offered no TLS'
			WHEN scope.exposed & 120 AND scope.missing = 0 THEN 'never asks what the server can do'
			WHEN scope.exposed & 120 THEN 'was seen in clear; what went before was not'
			WHEN foot.offers_version BETWEEN 1 AND 770 THEN 'offers ' || scope.tls_version || ' at most'
			ELSE 'is given ' || scope.tls_version || ', although it offers more'
		END AS reason
	FROM scope
	LEFT JOIN footprint AS foot ON foot.session_id = scope.session_id
	WHERE (scope.exposed & 120) <> 0
		OR (scope.tls_established AND scope.tls_version IN ('SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1'))
),
met AS MATERIALIZED (
	SELECT client_octets, server_octets, server_port, protocol, count(*) AS sessions
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
	count(*) FILTER (WHERE NOT d.is_accepted) AS sessions,
	count(*) FILTER (WHERE d.is_accepted) AS accepted,
	met.sessions AS of_sessions,
	sum(d.mails) AS mails,
	sum(d.recipients) AS recipients,
	coalesce(sum(d.messages), 0) AS messages,
	sum(d.logins) AS logins,
	sum(d.bytes) AS bytes,
	strftime('%Y-%m-%dT%H:%M:%SZ', min(d.started_ns) / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', max(d.started_ns) / 1000000000, 'unixepoch') AS last_seen,
	max(d.session_id) AS example_session
FROM depending AS d
JOIN met ON met.client_octets = d.client_octets AND met.server_octets = d.server_octets
	AND met.server_port = d.server_port AND met.protocol = d.protocol
GROUP BY d.server_octets, d.server_port, d.protocol, d.role, d.client_octets, d.account, who, d.reason
ORDER BY who <> 'ordinary', d.server_ip, d.server_port, count(*) DESC, d.client_ip, d.account, d.reason;
