-- title: Stripped or altered negotiation, with the proof
-- question: Is anybody stripping our encryption? Show the proof.
-- columns: one row for each kind of finding, confidence, network of clients (/24, /56) and service. findings counts
--   them, at most one a session; looked_at are all of the same service in this scope. What follows is of the
--   strongest: score (0 to 100), when, capture, session and frame, the line that proves it (quote, redacted), why it
--   was judged so, what else in the session points the same way (signs with their points; from 30 together on it is
--   a suspicion, from 60 on likely), the other sessions on which it rests (the first twenty; the view v_finding_link
--   has all), and the filter that shows its frames in Wireshark. accepted is 1 where somebody answers for
--   these findings at present; such rows stand last.
-- clauses: NIST SP 800-53 SC-8(1), SC-23, SI-4; PCI DSS 4.2.1 (no fallback), 11.5.1; HIPAA 164.312(e)(2)(i); ISO/IEC
--   27001:2022 A.8.16, A.8.20; MITRE ATT&CK T1557. The report "controls" says how certain each is.
-- limits: "proven" is said of what happened on the wire, never of who did it or why: a firewall that inspects mail
--   strips as an attacker does. Who has been stripping since before the first capture leaves no history to compare
--   with; who ends TLS on both sides is seen by certificates, times or a second vantage alone. A finding that
--   history or a comparison of vantages judged anew stands here as it was judged last. A session captured at two
--   vantages is counted twice, and shows at one of them what it does not at the other: that is the proof.
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
looked_at AS MATERIALIZED (
	SELECT server_octets, server_port, sum(sessions) AS sessions
	FROM scope
	GROUP BY server_octets, server_port
), telling AS MATERIALIZED (
	SELECT kind.id AS kind_id, kind.word AS word
	FROM kind
	WHERE kind.word GLOB 'downgrade-*' OR kind.word GLOB 'inject-*' OR kind.word GLOB 'starttls-offer-*'
		OR kind.word IN ('session-fixation-prelogin', 'tls-downgrade-sentinel', 'tls-version-below-mutual',
			'tls-interception-suspected', 'cert-changed-path-split')
), struck AS MATERIALIZED (
	-- sessions of a tally are alike: its first and last one tell of the others
	SELECT scope.tally_id AS tally_id, telling.word AS kind, f.confidence AS confidence, f.score AS score,
		scope.protocol AS protocol, scope.client_network AS client_network, scope.server_ip AS server_ip,
		scope.server_octets AS server_octets, scope.server_port AS server_port,
		(scope.tally_id, f.kind_id) IN (SELECT tally_id, kind_id FROM answered) AS is_accepted,
		scope.sessions * f.findings AS findings,
		(SELECT min(x.id) FROM finding AS x WHERE x.id BETWEEN scope.first_session * 1000
			AND scope.first_session * 1000 + 999 AND +x.kind_id = f.kind_id) AS first_id,
		(SELECT max(x.id) FROM finding AS x WHERE x.id BETWEEN scope.last_session * 1000
			AND scope.last_session * 1000 + 999 AND +x.kind_id = f.kind_id) AS last_id,
		scope.first_ns AS first_ns, scope.last_ns AS last_ns
	FROM scope
	CROSS JOIN pattern_finding AS f ON f.pattern_id = scope.pattern_id
	CROSS JOIN telling ON telling.kind_id = f.kind_id
	WHERE f.severity > 0
), hit AS MATERIALIZED (
	SELECT struck.*, coalesce((SELECT at_ns FROM finding WHERE id = first_id), first_ns) AS first_at,
		coalesce((SELECT at_ns FROM finding WHERE id = last_id), last_ns) AS last_at
	FROM struck
), grouped AS (
	SELECT
		kind, confidence, protocol, client_network, server_ip, server_octets, server_port, is_accepted,
		sum(findings) AS findings,
		min(first_at / 1000000000 - (first_at % 1000000000 < 0)) AS first_s,
		max(last_at / 1000000000 - (last_at % 1000000000 < 0)) AS last_s,
		-- the greatest score and, of that, the lowest id, in one number: ids stay below 2^50
		max((score << 50) - first_id) AS strongest
	FROM hit
	GROUP BY server_octets, server_port, client_network, kind, confidence, protocol, is_accepted
), shown AS (
	SELECT
		grouped.*,
		(strongest >> 50) + 1 AS score,
		(((strongest >> 50) + 1) << 50) - strongest AS finding_id
	FROM grouped
)
-- The texts of v_finding are made for the rows that are printed alone.
SELECT
	h.kind AS kind,
	v.title AS title,
	v.severity AS severity,
	v.confidence AS confidence,
	h.score AS score,
	h.protocol AS protocol,
	h.client_network AS client_network,
	h.server_ip AS server,
	h.server_port AS port,
	h.findings AS findings,
	looked_at.sessions AS looked_at,
	strftime('%Y-%m-%dT%H:%M:%SZ', h.first_s, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', h.last_s, 'unixepoch') AS last_seen,
	v.at AS at,
	v.capture AS capture,
	v.vantage AS vantage,
	v.session_id AS session,
	v.frame AS frame,
	v.evidence AS quote,
	v.reasons AS reasons,
	(SELECT group_concat(said, '; ')
		FROM (SELECT g.name || ' ' || max(g.points) || ': ' || coalesce(k.meaning, '') AS said
			FROM signal AS g
			LEFT JOIN v_signal_kind AS k ON k.signal = g.name
			WHERE g.id BETWEEN v.session_id * 1000 AND v.session_id * 1000 + 999
			GROUP BY g.name
			ORDER BY max(g.decisive) DESC, max(g.points) DESC, g.name)) AS signs,
	(SELECT group_concat(session_id, ' ')
		FROM (SELECT l.session_id
			FROM finding_link AS l
			WHERE l.finding_id = h.finding_id AND l.session_id <> v.session_id
			ORDER BY l.session_id
			LIMIT 20)) AS rests_on,
	v.wireshark_filter AS wireshark_filter,
	h.is_accepted AS accepted
FROM shown AS h
CROSS JOIN v_finding AS v ON v.session_id = h.finding_id / 1000 AND v.finding_id = h.finding_id
CROSS JOIN looked_at ON looked_at.server_octets = h.server_octets AND looked_at.server_port = h.server_port
ORDER BY accepted, h.confidence DESC, h.score DESC, findings DESC, kind, client_network, server, port;
