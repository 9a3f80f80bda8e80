-- title: Servers, one by one
-- question: How does each service stand: how much of it is protected, with what, and what is wrong with it?
-- columns: one row a service. sessions are all of this scope, protected those that were encrypted in time, late
--   those that were only after something had crossed, clear those that went on without TLS, tampered those where
--   TLS was interfered with or that is suspected, failed those that came to nothing, undecided those that show too
--   little; protected_percent is of those that are decided and not failed. offered of with_list sessions had TLS on
--   the list of what the server offers. worst_grade goes from A to F. certificates were shown, and the next of them
--   to expire does so on first_expiry. critical to low count findings by severity; accepted those for which somebody
--   answers, which are in none of these. secrets and messages are those that crossed in clear.
-- clauses: PCI DSS 12.3.3 and 4.2.1.1 (inventories), NIST SP 800-53 CM-6 and SC-8, ISO/IEC 27001 A.8.21: from
--   working knowledge.
-- limits: a service is an address and port: several machines may stand behind it, and one machine under several.
--   The name is the one that a client asked for by SNI, and the banner the one of its last session. TLS 1.3 hides
--   certificates. A service that nobody used is not listed.
WITH
accepted AS MATERIALIZED (
	SELECT DISTINCT finding_id
	FROM v_accepted
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
service AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, role, server_ip, max(tls_sni) AS name, count(*) AS sessions,
		count(DISTINCT client_octets) AS clients,
		count(*) FILTER (WHERE verdict IN ('protected-implicit', 'protected-starttls')) AS protected,
		count(*) FILTER (WHERE verdict = 'protected-late') AS late,
		count(*) FILTER (WHERE verdict GLOB 'plaintext-*') AS clear,
		count(*) FILTER (WHERE verdict GLOB 'downgraded-*') AS tampered,
		count(*) FILTER (WHERE verdict GLOB 'aborted-*' OR verdict IN ('handshake-failed', 'mode-mismatch',
			'blocked-tls-required', 'no-dialogue', 'not-applicable')) AS failed,
		count(*) FILTER (WHERE verdict = 'unknown-partial') AS undecided,
		count(starttls_offered) AS with_list, count(*) FILTER (WHERE starttls_offered) AS offered,
		count(*) FILTER (WHERE tls_implicit) AS implicit,
		ltrim(iif(max(tls_version = 'SSLv2'), ' SSLv2', '') || iif(max(tls_version = 'SSLv3'), ' SSLv3', '')
			|| iif(max(tls_version = 'TLSv1.0'), ' TLSv1.0', '')
			|| iif(max(tls_version = 'TLSv1.1'), ' TLSv1.1', '')
			|| iif(max(tls_version = 'TLSv1.2'), ' TLSv1.2', '')
			|| iif(max(tls_version = 'TLSv1.3'), ' TLSv1.3', '')) AS versions,
		max(tls_grade) AS grade, sum(coalesce(secrets, 0)) AS secrets, sum(coalesce(messages, 0)) AS messages,
		sum(bytes) AS bytes, min(started_ns) AS first_ns, max(started_ns) AS last_ns,
		max(session_id) AS last_session
	FROM scope
	GROUP BY server_octets, server_port, protocol, role
),
shown AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, count(DISTINCT own.certificate_id) AS certificates,
		min(x.not_after) AS not_after
	FROM scope
	CROSS JOIN session_certificate AS own ON own.session_id = scope.session_id AND own.position = 0
	CROSS JOIN certificate AS x ON x.id = own.certificate_id
	GROUP BY server_octets, server_port, protocol
),
counted AS MATERIALIZED (
	-- a session has less than 1024 findings: five counts fit a number, and each session is sorted once
	SELECT scope.server_octets AS server_octets, scope.server_port AS server_port, scope.protocol AS protocol,
		(SELECT sum(1 << iif(f.finding_id IN (SELECT finding_id FROM accepted), 40, 40 - 10 * f.severity))
			FROM report_finding AS f
			WHERE f.finding_id BETWEEN scope.session_id * 1000 AND scope.session_id * 1000 + 999
				AND f.severity > 0) AS findings
	FROM scope
),
struck AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, sum(findings & 1023) AS critical,
		sum(findings >> 10 & 1023) AS high, sum(findings >> 20 & 1023) AS medium,
		sum(findings >> 30 & 1023) AS low, sum(findings >> 40) AS accepted
	FROM counted
	WHERE findings > 0
	GROUP BY server_octets, server_port, protocol
)
SELECT
	v.server_ip AS server,
	v.server_port AS port,
	v.protocol AS protocol,
	v.role AS role,
	v.name AS name,
	(SELECT server_banner FROM session WHERE id = v.last_session) AS banner,
	v.sessions AS sessions,
	v.clients AS clients,
	v.protected AS protected,
	v.late AS late,
	v.clear AS clear,
	v.tampered AS tampered,
	v.failed AS failed,
	v.undecided AS undecided,
	round(100.0 * v.protected / nullif(v.sessions - v.failed - v.undecided, 0), 1) AS protected_percent,
	v.with_list AS with_list,
	v.offered AS offered,
	v.implicit AS implicit,
	v.versions AS tls_versions,
	v.grade AS worst_grade,
	coalesce(shown.certificates, 0) AS certificates,
	strftime('%Y-%m-%d', shown.not_after, 'unixepoch') AS first_expiry,
	coalesce(struck.critical, 0) AS critical,
	coalesce(struck.high, 0) AS high,
	coalesce(struck.medium, 0) AS medium,
	coalesce(struck.low, 0) AS low,
	coalesce(struck.accepted, 0) AS accepted,
	v.secrets AS secrets,
	v.messages AS messages,
	v.bytes AS bytes,
	strftime('%Y-%m-%dT%H:%M:%SZ', v.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', v.last_ns / 1000000000, 'unixepoch') AS last_seen
FROM service AS v
LEFT JOIN shown ON shown.server_octets = v.server_octets AND shown.server_port = v.server_port
	AND shown.protocol = v.protocol
LEFT JOIN struck ON struck.server_octets = v.server_octets AND struck.server_port = v.server_port
	AND struck.protocol = v.protocol
ORDER BY struck.critical DESC, struck.high DESC, v.sessions DESC, v.server_ip, v.server_port, v.protocol;
