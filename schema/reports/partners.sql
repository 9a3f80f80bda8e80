-- title: Mail against an agreement about TLS
-- question: Did mail to partners who require TLS ever leave in clear, or below the agreed version?
-- columns: one row an agreement that was broken, partner, service, verdict and TLS version; and a last one that
--   tells what was looked at. agreement is a partner named in the policy, an MTA-STS policy or DANE record in it,
--   or a sender that asked for TLS itself (REQUIRETLS); broken says how, in the words of the first finding.
--   recipients are the domains of the mail, as far as they crossed in clear. sessions broke it; of_sessions are all
--   of this scope with that server. to_review counts those that are only possible; accepted those for which
--   somebody answers; neither is in sessions. In the last row sessions counts mail between servers that crossed in
--   clear, and policy is what is in force: a part of its SHA-256, and what it holds.
-- clauses: PCI DSS 4.2.1 and 2.2.5, NIST SP 800-177 section 5; RFC 8461, RFC 7672 and RFC 8689, from working
--   knowledge where the report controls says so. Apart from that, the contract with the partner.
-- limits: who a partner is, and what was agreed on, is known from the policy alone (starttrace read --policy):
--   without it only REQUIRETLS is judged. The domains of recipients are seen in clear alone: for mail inside TLS a
--   partner with an agreement by domain cannot be told from others, so that an old version is found only where the
--   agreement names his network. The last policy that was given judges all sessions, those of the time before it
--   too. Mail that went to a partner by another route is not seen.
WITH
accepted AS MATERIALIZED (
	SELECT DISTINCT finding_id
	FROM v_accepted
),
agreement (kind, words) AS (
	VALUES ('posture-partner-policy-violation', 'partner of the policy'),
		('posture-mtasts-violation', 'MTA-STS'),
		('posture-dane-violation', 'DANE'),
		('posture-requiretls-in-clear', 'REQUIRETLS'),
		('cert-name-mismatch-mx', 'name of the server'),
		('cert-dane-mismatch', 'DANE certificate')
),
asked AS MATERIALIZED (
	SELECT kind.id AS kind_id, agreement.words AS words
	FROM agreement
	JOIN kind ON kind.word = agreement.kind
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
near AS MATERIALIZED (
	-- sessions are numbered nearly in the order of time: those of the period lie between these
	SELECT min(id) * 1000 AS first_id, max(id) * 1000 + 999 AS last_id
	FROM session
	WHERE started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
),
broken AS MATERIALIZED (
	SELECT s.session_id, s.server_ip, s.server_octets, s.server_port, s.protocol,
		s.client_ip, s.verdict, s.tls_version, s.started_ns, s.messages,
		f.finding_id AS finding_id, f.kind_id AS kind_id, f.severity AS severity, f.confidence AS confidence,
		f.reasons AS reasons, f.finding_id IN (SELECT finding_id FROM accepted) AS is_accepted
	FROM near
	CROSS JOIN (SELECT DISTINCT kind_id FROM asked) AS named
	CROSS JOIN report_finding AS f ON f.kind_id = named.kind_id
		AND f.finding_id BETWEEN near.first_id AND near.last_id
	CROSS JOIN report_session AS s ON s.session_id = f.session_id
	WHERE f.severity > 0
		AND s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
told AS MATERIALIZED (
	SELECT asked.words AS words, foot.recipient_domains AS domains, b.server_ip AS server_ip,
		b.server_octets AS server_octets, b.server_port AS server_port, b.protocol AS protocol,
		b.verdict AS verdict, b.tls_version AS tls_version, max(b.severity) AS severity,
		max(b.confidence) AS confidence,
		count(DISTINCT b.session_id) FILTER (WHERE b.confidence > 0 AND NOT b.is_accepted) AS sessions,
		count(DISTINCT b.session_id) FILTER (WHERE b.confidence = 0 AND NOT b.is_accepted) AS to_review,
		count(DISTINCT b.session_id) FILTER (WHERE b.is_accepted) AS accepted,
		count(DISTINCT b.client_ip) AS clients, sum(coalesce(b.messages, 0)) AS messages,
		min(b.started_ns) AS first_ns, max(b.started_ns) AS last_ns, min(b.finding_id) AS example
	FROM broken AS b
	JOIN asked ON asked.kind_id = b.kind_id
	LEFT JOIN footprint AS foot ON foot.session_id = b.session_id
	GROUP BY b.kind_id, foot.recipient_domains, b.server_octets, b.server_port, b.protocol, b.verdict, b.tls_version
),
met AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, role, sum(sessions) AS sessions,
		coalesce(sum(sessions) FILTER (WHERE exposed & 48), 0) AS in_clear, min(first_ns) AS first_ns,
		max(last_ns) AS last_ns, sum(messages) AS messages
	FROM scope
	GROUP BY server_octets, server_port, protocol, role
),
policy_text AS MATERIALIZED (
	SELECT policy.sha256 AS sha256, policy.text AS text
	FROM policy
	WHERE policy.sha256 = (SELECT policy_sha256
		FROM run
		ORDER BY merged, CASE WHEN merged THEN started ELSE id END DESC, name DESC
		LIMIT 1)
),
uncommented (said, rest) AS (
	-- what is commented out holds nothing: lines lose theirs at once, comments over several go one a step
	SELECT '', group_concat(substr(line, 1, min(instr(line || '#', '#'), instr(line || '//', '//')) - 1), char(10))
	FROM (SELECT line.value AS line
		FROM policy_text
		CROSS JOIN json_each('[' || replace(replace(json_quote(text), '\\', '\u005c'), '\n', '","') || ']')
			AS line
		ORDER BY line.key)
	UNION ALL
	SELECT said || substr(rest, 1, instr(rest || '/*', '/*') - 1),
		substr(substr(rest, instr(rest || '/*', '/*') + 2),
			instr(substr(rest, instr(rest || '/*', '/*') + 2) || '*/', '*/') + 2)
	FROM uncommented
	WHERE rest <> ''
	LIMIT 100
),
policy_now AS (
	SELECT coalesce(max(substr(lower(hex(sha256)), 1, 12) || ':'
		|| iif(instr(held, 'partners=({') OR instr(held, 'partners:({'), ' partners', '')
		|| iif(instr(held, 'mta_sts=({') OR instr(held, 'mta_sts:({'), ' MTA-STS', '')
		|| iif(instr(held, 'tlsa=({') OR instr(held, 'tlsa:({'), ' TLSA', '')), 'none') AS words
	FROM policy_text
	CROSS JOIN (SELECT replace(replace(replace(replace(max(said), ' ', ''), char(9), ''), char(10), ''),
			char(13), '') AS held
		FROM uncommented
		WHERE rest = '')
),
listed AS (
	SELECT
		told.words AS agreement,
		b.reasons AS broken,
		told.domains AS recipients,
		told.server_ip AS server,
		told.server_port AS port,
		told.protocol AS protocol,
		told.verdict AS verdict,
		told.tls_version AS tls_version,
		severity.word AS severity,
		confidence.word AS confidence,
		told.sessions AS sessions,
		told.to_review AS to_review,
		told.accepted AS accepted,
		(SELECT sum(met.sessions) FROM met WHERE met.server_octets = told.server_octets
			AND met.server_port = told.server_port AND met.protocol = told.protocol) AS of_sessions,
		told.clients AS clients,
		told.messages AS messages,
		strftime('%Y-%m-%dT%H:%M:%SZ', told.first_ns / 1000000000, 'unixepoch') AS first_seen,
		strftime('%Y-%m-%dT%H:%M:%SZ', told.last_ns / 1000000000, 'unixepoch') AS last_seen,
		b.session_id AS example_session,
		policy_now.words AS policy
	FROM told
	CROSS JOIN policy_now
	JOIN broken AS b ON b.finding_id = told.example
	JOIN severity ON severity.rank = told.severity
	JOIN confidence ON confidence.rank = told.confidence
	UNION ALL
	SELECT 'all mail between servers', 'in clear, whether or not anything was agreed on', NULL, NULL, NULL,
		NULL, NULL, NULL, NULL, NULL, sum(met.in_clear), 0, 0, sum(met.sessions), NULL, sum(met.messages),
		strftime('%Y-%m-%dT%H:%M:%SZ', min(met.first_ns) / 1000000000, 'unixepoch'),
		strftime('%Y-%m-%dT%H:%M:%SZ', max(met.last_ns) / 1000000000, 'unixepoch'), NULL, policy_now.words
	FROM met
	CROSS JOIN policy_now
	WHERE met.role = 'relay'
	GROUP BY policy_now.words
)
SELECT *
FROM listed
ORDER BY severity IS NULL, sessions DESC, last_seen DESC, server, port, recipients, verdict;
