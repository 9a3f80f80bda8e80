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
encrypted AS NOT MATERIALIZED (
	SELECT *
	FROM scope
	WHERE tls_established OR certificate_id IS NOT NULL
),
service AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, sum(sessions) AS sessions,
		coalesce(sum(sessions) FILTER (WHERE certificate_id IS NULL), 0) AS hidden
	FROM encrypted
	GROUP BY server_octets, server_port, protocol
),
seen AS MATERIALIZED (
	SELECT certificate_id, server_octets, server_port, protocol, server_ip, role, sum(sessions) AS sessions,
		count(DISTINCT client_octets) AS clients, max(tls_sni) AS asked_for, min(first_ns) AS first_ns,
		max(last_ns) AS last_ns, max(last_session) AS example
	FROM encrypted
	WHERE certificate_id IS NOT NULL
	GROUP BY certificate_id, server_octets, server_port, protocol
),
struck AS MATERIALIZED (
	SELECT certificate_id, server_octets, server_port, protocol, kind, max(severity) AS severity,
		min(first_ns) AS since_ns, sum(iif(is_accepted, 0, sessions * findings)) AS open,
		sum(iif(is_accepted, sessions * findings, 0)) AS accepted
	FROM (SELECT e.certificate_id AS certificate_id, e.server_octets AS server_octets,
			e.server_port AS server_port, e.protocol AS protocol, kind.word AS kind,
			f.severity AS severity, e.first_ns AS first_ns, e.sessions AS sessions,
			f.findings AS findings,
			(e.tally_id, f.kind_id) IN (SELECT tally_id, kind_id FROM answered) AS is_accepted
		FROM encrypted AS e
		CROSS JOIN pattern_finding AS f ON f.pattern_id = e.pattern_id
		CROSS JOIN kind ON kind.id = f.kind_id
		WHERE e.certificate_id IS NOT NULL AND kind.word GLOB 'cert-*'
			AND kind.word NOT IN ('cert-hidden', 'cert-changed'))
	GROUP BY certificate_id, server_octets, server_port, protocol, kind
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
