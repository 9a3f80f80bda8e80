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
answered AS MATERIALIZED (
	SELECT tally_id, kind_id
	FROM report_accepted
),
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
struck AS MATERIALIZED (
	SELECT pattern_id, sum(findings * (severity = 4)) AS critical, sum(findings * (severity = 3)) AS high,
		sum(findings * (severity = 2)) AS medium, sum(findings * (severity = 1)) AS low
	FROM pattern_finding
	WHERE severity > 0
	GROUP BY pattern_id
),
excused AS MATERIALIZED (
	SELECT answered.tally_id AS tally_id, sum(f.findings * (f.severity = 4)) AS critical,
		sum(f.findings * (f.severity = 3)) AS high, sum(f.findings * (f.severity = 2)) AS medium,
		sum(f.findings * (f.severity = 1)) AS low, sum(f.findings) AS findings
	FROM answered
	CROSS JOIN tally ON tally.id = answered.tally_id
	CROSS JOIN pattern_finding AS f ON f.pattern_id = tally.pattern_id AND f.kind_id = answered.kind_id
	WHERE f.severity > 0
	GROUP BY answered.tally_id
),
alike AS MATERIALIZED (
	SELECT scope.pattern_id AS pattern_id, scope.server_octets AS server_octets, scope.server_port AS server_port,
		scope.protocol AS protocol, scope.client_octets AS client_octets, scope.verdict AS verdict,
		scope.starttls_offered AS starttls_offered, scope.tls_implicit AS tls_implicit,
		scope.tls_version AS tls_version, scope.tls_grade AS tls_grade, scope.tls_sni AS tls_sni,
		scope.certificate_id AS certificate_id, sum(scope.sessions) AS sessions, sum(scope.bytes) AS bytes,
		sum(scope.secrets) AS secrets, sum(scope.messages) AS messages, min(scope.first_ns) AS first_ns,
		max(scope.last_ns) AS last_ns,
		sum(scope.sessions * excused.critical) AS critical, sum(scope.sessions * excused.high) AS high,
		sum(scope.sessions * excused.medium) AS medium, sum(scope.sessions * excused.low) AS low,
		sum(scope.sessions * excused.findings) AS accepted
	FROM scope
	LEFT JOIN excused ON excused.tally_id = scope.tally_id
	GROUP BY scope.pattern_id
),
client AS MATERIALIZED (
	-- and the last session by time, of which no number tells: what is read later may be older
	SELECT server_octets, server_port, protocol, count(DISTINCT client_octets) AS clients, last_session,
		max(last_ns) AS last_ns
	FROM scope
	GROUP BY server_octets, server_port, protocol
),
service AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, max(tls_sni) AS name, sum(sessions) AS sessions,
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
		sum(coalesce(sessions * struck.critical, 0) - coalesce(alike.critical, 0)) AS critical,
		sum(coalesce(sessions * struck.high, 0) - coalesce(alike.high, 0)) AS high,
		sum(coalesce(sessions * struck.medium, 0) - coalesce(alike.medium, 0)) AS medium,
		sum(coalesce(sessions * struck.low, 0) - coalesce(alike.low, 0)) AS low,
		coalesce(sum(accepted), 0) AS accepted, sum(secrets) AS secrets, sum(messages) AS messages,
		sum(bytes) AS bytes, min(first_ns) AS first_ns, max(last_ns) AS last_ns,
		max(struck.pattern_id IS NOT NULL) AS is_struck
	FROM alike
	LEFT JOIN struck ON struck.pattern_id = alike.pattern_id
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
	client.clients AS clients,
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
JOIN client ON client.server_octets = v.server_octets AND client.server_port = v.server_port
	AND client.protocol = v.protocol
CROSS JOIN report_session AS last ON last.session_id = client.last_session
ORDER BY v.critical DESC, v.high DESC, v.is_struck DESC, v.sessions DESC, last.server_ip, v.server_port, v.protocol;
