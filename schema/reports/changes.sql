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
accepted AS MATERIALIZED (
	SELECT DISTINCT finding_id
	FROM v_accepted
),
asked AS MATERIALIZED (
	SELECT unixepoch(:since) * 1000000000 AS middle_ns, min(s.started_ns) AS first_ns,
		coalesce(unixepoch(:until) * 1000000000, max(s.started_ns) + 1) AS end_ns
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
bounds AS MATERIALIZED (
	SELECT coalesce(middle_ns - (end_ns - middle_ns), first_ns) AS begin_ns,
		coalesce(middle_ns, first_ns + (end_ns - first_ns) / 2) AS middle_ns, end_ns
	FROM asked
),
later AS NOT MATERIALIZED (
	SELECT s.session_id, s.protocol, s.server_ip, s.server_octets, s.server_port, s.started_ns, s.severity,
		1 AS is_after
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
		AND s.started_ns >= (SELECT middle_ns FROM bounds)
),
earlier AS NOT MATERIALIZED (
	SELECT s.session_id, s.protocol, s.server_ip, s.server_octets, s.server_port, s.started_ns, s.severity,
		0 AS is_after
	FROM report_session AS s
	WHERE s.started_ns >= (SELECT begin_ns FROM bounds) AND s.started_ns < (SELECT middle_ns FROM bounds)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
compared AS NOT MATERIALIZED (
	SELECT * FROM later
	UNION ALL
	SELECT * FROM earlier
),
alike AS MATERIALIZED (
	-- what was found in a session in one text, as kind, severity and whether somebody answers for it: sessions
	-- differ little in that, and each is looked at once
	SELECT server_octets, server_port, protocol, server_ip, is_after,
		iif(severity > 0, (SELECT group_concat(f.kind_id * 16 + f.severity * 2
				+ (f.finding_id IN (SELECT finding_id FROM accepted)))
			FROM report_finding AS f
			WHERE f.finding_id BETWEEN compared.session_id * 1000 AND compared.session_id * 1000 + 999
				AND f.severity > 0), NULL) AS findings,
		count(*) AS sessions, max(started_ns) AS last_ns, max(session_id) AS example
	FROM compared
	GROUP BY server_octets, server_port, is_after, findings, protocol
),
service AS MATERIALIZED (
	SELECT protocol, server_ip, server_octets, server_port, sum(sessions * (NOT is_after)) AS before,
		sum(sessions * is_after) AS after, max(last_ns) AS last_ns, max(example) AS example
	FROM alike
	GROUP BY server_octets, server_port, protocol
),
counted AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, one.value / 16 AS kind_id, max(one.value / 2 % 8) AS severity,
		sum(sessions * (NOT is_after AND one.value % 2 = 0)) AS before,
		sum(sessions * (is_after AND one.value % 2 = 0)) AS after,
		sum(sessions * (is_after AND one.value % 2 = 1)) AS accepted,
		max(last_ns) AS last_ns, max(example) AS example
	FROM alike
	CROSS JOIN json_each('[' || alike.findings || ']') AS one
	GROUP BY server_octets, server_port, protocol, one.value / 16
),
struck AS MATERIALIZED (
	SELECT counted.*, kind.word AS kind
	FROM counted
	CROSS JOIN kind ON kind.id = counted.kind_id
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
