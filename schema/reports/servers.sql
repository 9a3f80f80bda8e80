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
alike AS MATERIALIZED (
	-- Each session is looked at and sorted once; what is alike is counted below.  A session has less than 1024
	-- findings, so that five counts fit a number.
	SELECT scope.server_octets AS server_octets, scope.server_port AS server_port, scope.protocol AS protocol,
		scope.client_octets AS client_octets, scope.verdict AS verdict,
		scope.starttls_offered AS starttls_offered, scope.tls_implicit AS tls_implicit,
		scope.tls_version AS tls_version, scope.tls_grade AS tls_grade,
		scope.tls_sni AS tls_sni, own.certificate_id AS certificate_id,
		iif(scope.severity > 0, (SELECT sum(1 << iif(f.finding_id IN (SELECT finding_id FROM accepted), 40,
				40 - 10 * f.severity))
			FROM report_finding AS f
			WHERE f.finding_id BETWEEN scope.session_id * 1000 AND scope.session_id * 1000 + 999
				AND f.severity > 0), 0) AS findings,
		count(*) AS sessions, sum(scope.secrets) AS secrets, sum(scope.messages) AS messages,
		sum(scope.bytes) AS bytes, min(scope.started_ns) AS first_ns, max(scope.started_ns) AS last_ns,
		max(scope.session_id) AS last_session
	FROM scope
	LEFT JOIN session_certificate AS own ON own.session_id = scope.session_id AND own.position = 0
	GROUP BY scope.client_octets, scope.server_octets, scope.server_port, scope.protocol, scope.verdict,
		scope.starttls_offered, scope.tls_implicit, scope.tls_version, scope.tls_grade, scope.tls_sni,
		own.certificate_id, findings
),
service AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, max(tls_sni) AS name, sum(sessions) AS sessions,
		count(DISTINCT client_octets) AS clients,
		sum(sessions * (verdict IN ('protected-implicit', 'protected-starttls'))) AS protected,
		sum(sessions * (verdict = 'protected-late')) AS late,
		sum(sessions * (verdict GLOB 'plaintext-*')) AS clear,
		sum(sessions * (verdict GLOB 'downgraded-*')) AS tampered,
		sum(sessions * (verdict GLOB 'aborted-*' OR verdict IN ('handshake-failed', 'mode-mismatch',
			'blocked-tls-required', 'no-dialogue', 'not-applicable'))) AS failed,
		sum(sessions * (verdict = 'unknown-partial')) AS undecided,
		sum(sessions * (starttls_offered IS NOT NULL)) AS with_list,
		sum(sessions * coalesce(starttls_offered <> 0, false)) AS offered,
		sum(sessions * coalesce(tls_implicit <> 0, false)) AS implicit,
		ltrim(iif(max(tls_version = 'SSLv2'), ' SSLv2', '') || iif(max(tls_version = 'SSLv3'), ' SSLv3', '')
			|| iif(max(tls_version = 'TLSv1.0'), ' TLSv1.0', '')
			|| iif(max(tls_version = 'TLSv1.1'), ' TLSv1.1', '')
			|| iif(max(tls_version = 'TLSv1.2'), ' TLSv1.2', '')
			|| iif(max(tls_version = 'TLSv1.3'), ' TLSv1.3', '')) AS versions,
		max(tls_grade) AS grade, count(DISTINCT certificate_id) AS certificates,
		min((SELECT x.not_after FROM certificate AS x WHERE x.id = certificate_id)) AS not_after,
		sum(sessions * (findings & 1023)) AS critical, sum(sessions * (findings >> 10 & 1023)) AS high,
		sum(sessions * (findings >> 20 & 1023)) AS medium, sum(sessions * (findings >> 30 & 1023)) AS low,
		sum(sessions * (findings >> 40)) AS accepted, coalesce(sum(secrets), 0) AS secrets,
		coalesce(sum(messages), 0) AS messages, sum(bytes) AS bytes, min(first_ns) AS first_ns,
		max(last_ns) AS last_ns, max(last_session) AS last_session, max(findings) > 0 AS is_struck
	FROM alike
	GROUP BY server_octets, server_port, protocol
)
SELECT
	last.server_ip AS server,
	v.server_port AS port,
	v.protocol AS protocol,
	last.role AS role,
	v.name AS name,
	last.server_banner AS banner,
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
	v.certificates AS certificates,
	strftime('%Y-%m-%d', v.not_after, 'unixepoch') AS first_expiry,
	v.critical AS critical,
	v.high AS high,
	v.medium AS medium,
	v.low AS low,
	v.accepted AS accepted,
	v.secrets AS secrets,
	v.messages AS messages,
	v.bytes AS bytes,
	strftime('%Y-%m-%dT%H:%M:%SZ', v.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', v.last_ns / 1000000000, 'unixepoch') AS last_seen
FROM service AS v
CROSS JOIN report_session AS last ON last.session_id = v.last_session
ORDER BY v.critical DESC, v.high DESC, v.is_struck DESC, v.sessions DESC, last.server_ip, v.server_port, v.protocol;
