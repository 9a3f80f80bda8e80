-- title: What changed since
-- question: What is new, what is gone, what became more or fewer, against the time before?
-- columns: one row a service and kind of finding that differs between two periods: the one that was asked for, and
--   the one of the same length right before it. Without a period the second half of the data is held against the
--   first. before and after count findings of severity low or worse, sessions_before and sessions_after all
--   sessions of the service: more and fewer compare the shares, and not the counts. A service without sessions on
--   one side is new or gone itself. accepted counts findings after for which somebody answers; they are not in
--   after.
-- clauses: NIST SP 800-53 SI-4 and CM-6, PCI DSS 11.5.1, ISO/IEC 27001 A.8.16: changes are noticed. From working
--   knowledge.
-- limits: a change of the captures looks like a change of the network: another place, other hours or drops. Look at
--   the report coverage for both periods. What is gone may only not have come: a client that was away, a
--   certificate that TLS 1.3 hides. Small numbers differ by chance.
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
asked AS MATERIALIZED (
	SELECT unixepoch(:since) * 1000000000 AS middle_ns, min(first_ns) AS first_ns,
		coalesce(unixepoch(:until) * 1000000000, max(last_ns) + 1) AS end_ns
	FROM scope
),
bounds AS MATERIALIZED (
	SELECT coalesce(middle_ns - (end_ns - middle_ns), first_ns) AS begin_ns,
		coalesce(middle_ns, first_ns + (end_ns - first_ns) / 2) AS middle_ns, end_ns
	FROM asked
),
halves AS NOT MATERIALIZED (
	-- a tally of all time is parted where it spans the middle
	SELECT t.id AS tally_id, t.sessions AS sessions, t.last_ns AS last_ns, t.last_session AS last_session,
		CASE
			WHEN t.last_ns < bounds.middle_ns THEN t.sessions
			WHEN t.first_ns >= bounds.middle_ns THEN 0
			ELSE (SELECT count(*)
				FROM session AS s
				WHERE s.tally_id = t.id AND s.started_ns < bounds.middle_ns)
		END AS before
	FROM bounds
	CROSS JOIN tally AS t
	WHERE :since IS NULL AND :until IS NULL
	UNION ALL
	SELECT s.tally_id, count(*), max(s.started_ns), max(s.id), sum(s.started_ns < bounds.middle_ns)
	FROM bounds
	CROSS JOIN session AS s ON s.started_ns >= bounds.begin_ns AND s.started_ns < bounds.end_ns
	WHERE :since IS NOT NULL OR :until IS NOT NULL
	GROUP BY s.tally_id
),
compared AS NOT MATERIALIZED (
	SELECT s.*, halves.sessions, halves.before, halves.last_ns, halves.last_session
	FROM halves
	CROSS JOIN report_tally AS s ON s.tally_id = halves.tally_id
	WHERE (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
alike AS MATERIALIZED (
	-- of all clients and months, but for those in which somebody answers for something
	SELECT pattern_id, protocol, server_ip, server_octets, server_port,
		iif(tally_id IN (SELECT tally_id FROM answered), tally_id, NULL) AS answered_id,
		sum(before) AS before, sum(sessions - before) AS after, max(last_ns) AS last_ns,
		max(last_session) AS example
	FROM compared
	GROUP BY pattern_id, answered_id
),
service AS MATERIALIZED (
	SELECT protocol, server_ip, server_octets, server_port, sum(before) AS before, sum(after) AS after,
		max(last_ns) AS last_ns, max(example) AS example
	FROM alike
	GROUP BY server_octets, server_port, protocol
),
counted_kinds AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, kind_id, max(severity) AS severity,
		sum(findings * before * (NOT is_accepted)) AS before,
		sum(findings * after * (NOT is_accepted)) AS after,
		sum(findings * after * is_accepted) AS accepted, max(last_ns) AS last_ns, max(example) AS example
	FROM (SELECT alike.*, f.kind_id AS kind_id, f.severity AS severity, f.findings AS findings,
			coalesce((alike.answered_id, f.kind_id) IN (SELECT tally_id, kind_id FROM answered), false)
				AS is_accepted
		FROM alike
		CROSS JOIN pattern_finding AS f ON f.pattern_id = alike.pattern_id
		WHERE f.severity > 0)
	GROUP BY server_octets, server_port, protocol, kind_id
),
struck AS MATERIALIZED (
	SELECT counted_kinds.*, kind.word AS kind
	FROM counted_kinds
	CROSS JOIN kind ON kind.id = counted_kinds.kind_id
),
told AS (
	SELECT v.server_ip, v.server_port, v.protocol, k.kind, k.severity, k.before, k.after, k.accepted, k.last_ns,
		k.example, v.before AS sessions_before, v.after AS sessions_after,
		CASE
			WHEN k.before = 0 AND k.after > 0 THEN 'new'
			WHEN k.before > 0 AND k.after = 0 THEN 'gone'
			WHEN k.after * v.before > k.before * v.after THEN 'more'
			WHEN k.after * v.before < k.before * v.after THEN 'fewer'
		END AS change
	FROM struck AS k
	JOIN service AS v ON v.server_octets = k.server_octets AND v.server_port = k.server_port
		AND v.protocol = k.protocol
	WHERE v.before > 0 AND v.after > 0
	UNION ALL
	SELECT v.server_ip, v.server_port, v.protocol, k.kind, k.severity, coalesce(k.before, 0), coalesce(k.after, 0),
		coalesce(k.accepted, 0), coalesce(k.last_ns, v.last_ns), coalesce(k.example, v.example), v.before,
		v.after, iif(v.before = 0, 'new service', 'service gone')
	FROM service AS v
	LEFT JOIN struck AS k ON k.server_octets = v.server_octets AND k.server_port = v.server_port
		AND k.protocol = v.protocol
	WHERE v.before = 0 OR v.after = 0
)
SELECT
	told.change AS change,
	told.server_ip AS server,
	told.server_port AS port,
	told.protocol AS protocol,
	told.kind AS kind,
	coalesce(known.title, told.kind, 'nothing found') AS title,
	severity.word AS severity,
	told.before AS before,
	told.after AS after,
	told.sessions_before AS sessions_before,
	told.sessions_after AS sessions_after,
	told.accepted AS accepted,
	strftime('%Y-%m-%dT%H:%M:%SZ', told.last_ns / 1000000000, 'unixepoch') AS last_seen,
	told.example AS example_session,
	strftime('%Y-%m-%dT%H:%M:%SZ', bounds.begin_ns / 1000000000, 'unixepoch') AS compared_from,
	strftime('%Y-%m-%dT%H:%M:%SZ', bounds.middle_ns / 1000000000, 'unixepoch') AS compared_with,
	strftime('%Y-%m-%dT%H:%M:%SZ', bounds.end_ns / 1000000000, 'unixepoch') AS compared_to
FROM told
CROSS JOIN bounds
LEFT JOIN finding_kind AS known ON known.id = told.kind
LEFT JOIN severity ON severity.rank = told.severity
WHERE told.change IS NOT NULL
ORDER BY CASE told.change WHEN 'new' THEN 0 WHEN 'new service' THEN 1 WHEN 'more' THEN 2 WHEN 'fewer' THEN 3
	WHEN 'gone' THEN 4 ELSE 5 END, told.severity DESC, told.server_ip, told.server_port, told.kind;
