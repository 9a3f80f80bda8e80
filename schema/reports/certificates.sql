-- title: Certificates, the troubled ones first
-- question: Which certificates are expired, about to expire, weak, or for another name, where were they seen, and
--   since when?
-- columns: one row a certificate and service that showed it as its own. problems names what is wrong with it, worst
--   tells how bad that is; since is the first session in which a problem of it was found. accepted counts findings
--   for which somebody answers, and their kinds stand in accepted_problems alone. state compares the validity with
--   the last time that it was seen, days_left counts from then. sessions showed it; of_sessions of this service
--   came to TLS or to a certificate, and in certificate_hidden of those none could be seen.
-- clauses: PCI DSS 4.2.1 (valid certificates) and, from working knowledge, 4.2.1.1 (inventory of certificates); RFC
--   8314 section 4.4; NIST SP 800-52 section 3.2, from working knowledge.
-- limits: TLS 1.3 hides the certificate, and so does a session that is resumed: a service may use another one
--   there. Whether a certificate is trusted is judged only where a trust store was given, and whether it was
--   revoked only where the server staples the answer. "Now" is the time of the capture. Relays on port 25 commonly
--   check no certificate at all, so that name and trust weigh less there.
WITH
accepted AS MATERIALIZED (
	SELECT DISTINCT finding_id
	FROM v_accepted
),
encrypted AS NOT MATERIALIZED (
	SELECT s.*, shown.certificate_id AS certificate_id
	FROM report_session AS s
	LEFT JOIN session_certificate AS shown ON shown.session_id = s.session_id AND shown.position = 0
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
		AND (s.tls_established OR shown.certificate_id IS NOT NULL)
),
service AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, count(*) AS sessions,
		count(*) FILTER (WHERE certificate_id IS NULL) AS hidden
	FROM encrypted
	GROUP BY server_octets, server_port, protocol
),
seen AS MATERIALIZED (
	SELECT certificate_id, server_octets, server_port, protocol, server_ip, role, count(*) AS sessions,
		count(DISTINCT client_octets) AS clients, max(tls_sni) AS asked_for, min(started_ns) AS first_ns,
		max(started_ns) AS last_ns, max(session_id) AS example
	FROM encrypted
	WHERE certificate_id IS NOT NULL
	GROUP BY certificate_id, server_octets, server_port, protocol
),
struck AS MATERIALIZED (
	SELECT e.certificate_id AS certificate_id, e.server_octets AS server_octets, e.server_port AS server_port,
		e.protocol AS protocol, f.kind AS kind, max(f.severity) AS severity, min(e.started_ns) AS since_ns,
		count(*) FILTER (WHERE f.finding_id NOT IN (SELECT finding_id FROM accepted)) AS open,
		count(*) FILTER (WHERE f.finding_id IN (SELECT finding_id FROM accepted)) AS accepted
	FROM encrypted AS e
	CROSS JOIN report_finding AS f ON f.finding_id BETWEEN e.session_id * 1000 AND e.session_id * 1000 + 999
	WHERE e.certificate_id IS NOT NULL AND f.kind GLOB 'cert-*'
		AND f.kind NOT IN ('cert-hidden', 'cert-changed')
	GROUP BY e.certificate_id, e.server_octets, e.server_port, e.protocol, f.kind
),
wrong AS MATERIALIZED (
	SELECT certificate_id, server_octets, server_port, protocol,
		group_concat(iif(open > 0, kind, NULL), ', ') AS problems,
		group_concat(iif(open = 0, kind, NULL), ', ') AS accepted_problems,
		max(iif(open > 0, severity, NULL)) AS severity, min(iif(open > 0, since_ns, NULL)) AS since_ns,
		sum(accepted) AS accepted
	FROM (SELECT * FROM struck ORDER BY severity DESC, kind)
	GROUP BY certificate_id, server_octets, server_port, protocol
)
SELECT
	severity.word AS worst,
	wrong.problems AS problems,
	CASE
		WHEN x.not_after < seen.last_ns / 1000000000 THEN 'expired'
		WHEN x.not_before > seen.last_ns / 1000000000 THEN 'not yet valid'
		ELSE 'valid'
	END AS state,
	strftime('%Y-%m-%d', x.not_before, 'unixepoch') AS not_before,
	strftime('%Y-%m-%d', x.not_after, 'unixepoch') AS not_after,
	(x.not_after - seen.last_ns / 1000000000) / 86400 AS days_left,
	x.subject AS subject,
	x.names AS names,
	x.issuer AS issuer,
	x.self_signed AS self_signed,
	x.key_type || coalesce(' ' || x.key_bits, '') AS key,
	x.signature_algorithm AS signature,
	seen.server_ip AS server,
	seen.server_port AS port,
	seen.protocol AS protocol,
	seen.role AS role,
	seen.asked_for AS asked_for,
	strftime('%Y-%m-%dT%H:%M:%SZ', wrong.since_ns / 1000000000, 'unixepoch') AS since,
	strftime('%Y-%m-%dT%H:%M:%SZ', seen.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', seen.last_ns / 1000000000, 'unixepoch') AS last_seen,
	seen.sessions AS sessions,
	seen.clients AS clients,
	service.sessions AS of_sessions,
	service.hidden AS certificate_hidden,
	coalesce(wrong.accepted, 0) AS accepted,
	wrong.accepted_problems AS accepted_problems,
	seen.example AS example_session,
	lower(hex(x.sha256)) AS sha256
FROM seen
JOIN certificate AS x ON x.id = seen.certificate_id
JOIN service ON service.server_octets = seen.server_octets AND service.server_port = seen.server_port
	AND service.protocol = seen.protocol
LEFT JOIN wrong ON wrong.certificate_id = seen.certificate_id AND wrong.server_octets = seen.server_octets
	AND wrong.server_port = seen.server_port AND wrong.protocol = seen.protocol
LEFT JOIN severity ON severity.rank = wrong.severity
ORDER BY wrong.severity DESC, x.not_after, seen.server_ip, seen.server_port, x.sha256;
