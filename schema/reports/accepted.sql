-- title: Exceptions: what is accepted, by whom and until when
-- question: For which findings does somebody answer instead of ending their cause, why, and does that still hold?
-- columns: acceptance is the number by which it is revoked; state is "in force", "expired" or "revoked"; findings and
--   sessions are what it covers now, of_findings all findings of its kinds in the sessions that were looked at,
--   of_sessions those sessions; worst is the gravest of what it covers; critical_kinds are those of its kinds that are
--   usually critical, whether or not they were found; days_left is until it ends by itself; ended_by and ended_because
--   are of a revocation; last_change and changes are of the audit that the database keeps.
-- clauses: NIST SP 800-53 CA-5 and RA-7 (risks that stay are decided on and followed up), ISO 27001:2022 clause 6.1.3
--   (owners of risks approve what is left of them), PCI DSS 12.3.1 (such decisions rest on an analysis and are
--   reviewed); from working knowledge: verify each before quoting it.
-- limits: Findings count again in every report from the second in which an acceptance ends. One finding may be covered
--   by several acceptances, so the numbers of the rows do not add up. What is not in force covers nothing. A filter by
--   period, vantage or network limits what is counted, not which acceptances are listed. The database writes down each
--   change by itself, but whoever may write to its file can remove even that: keep signed copies elsewhere.
WITH
scope AS NOT MATERIALIZED (
	SELECT s.session_id
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
named AS MATERIALIZED (
	SELECT DISTINCT kind.id AS kind_id, kind.word AS kind
	FROM acceptance AS a
	CROSS JOIN kind ON kind.word = a.kind
		OR (substr(a.kind, -1) = '*' AND instr(kind.word, rtrim(a.kind, '*')) = 1)
),
found AS MATERIALIZED (
	SELECT named.kind, count(*) AS findings
	FROM (SELECT 1 FROM named LIMIT 1) AS some
	CROSS JOIN finding AS f
	CROSS JOIN named ON named.kind_id = f.kind_id
	CROSS JOIN scope AS s ON s.session_id = f.id / 1000
	GROUP BY named.kind_id
),
covered AS MATERIALIZED (
	SELECT v.acceptance_id, count(*) AS findings, count(DISTINCT v.session_id) AS sessions,
		max(coalesce(h.severity, f.severity)) AS worst
	FROM v_accepted AS v
	CROSS JOIN scope AS s ON s.session_id = v.session_id
	CROSS JOIN finding AS f ON f.id = v.finding_id
	LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
	GROUP BY v.acceptance_id
)
SELECT
	a.acceptance_id AS acceptance,
	a.state,
	a.kind,
	a.network,
	a.service,
	a.accepted_by,
	a.reason,
	substr(a.accepted_at, 1, 19) || 'Z' AS accepted_at,
	substr(a.until, 1, 19) || 'Z' AS until,
	CASE a.state WHEN 'in force' THEN CAST(julianday(a.until) - julianday('now') AS INTEGER) END AS days_left,
	coalesce(c.findings, 0) AS findings,
	(SELECT coalesce(sum(findings), 0)
		FROM found
		WHERE found.kind = a.kind
			OR (substr(a.kind, -1) = '*' AND instr(found.kind, rtrim(a.kind, '*')) = 1)) AS of_findings,
	coalesce(c.sessions, 0) AS sessions,
	(SELECT count(*) FROM scope) AS of_sessions,
	(SELECT word FROM severity WHERE rank = c.worst) AS worst,
	(SELECT count(*)
		FROM finding_kind AS k
		WHERE k.severity = 'critical' AND (k.id = a.kind
			OR (substr(a.kind, -1) = '*' AND instr(k.id, rtrim(a.kind, '*')) = 1))) AS critical_kinds,
	a.recorded_by,
	a.revoked_by AS ended_by,
	a.revoked_reason AS ended_because,
	(SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(at), 'unixepoch')
		FROM acceptance_change
		WHERE acceptance_id = a.acceptance_id) AS last_change,
	(SELECT count(*) FROM acceptance_change WHERE acceptance_id = a.acceptance_id) AS changes
FROM v_acceptance AS a
LEFT JOIN covered AS c ON c.acceptance_id = a.acceptance_id
ORDER BY a.state <> 'in force', a.until, a.acceptance_id;
