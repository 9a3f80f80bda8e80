-- title: Violations by clause of a standard
-- question: Which clauses do the findings touch, how often, and how sure is that?
-- columns: one row a clause and kind of finding, and one for a clause to which nothing was found. asks is what the
--   clause wants, in our words and not in its own; standing tells whether it was compared with the text of the
--   standard or is from working knowledge. mapped_by: the whole family of the kind touches the clause, or this kind
--   alone. findings are proven or likely, of severity low or worse, and nobody answers for them; sessions of
--   sessions_examined have one. to_review counts those that are only possible, accepted those for which somebody
--   answers: both stand apart. severity is the worst of them, confidence the best.
-- clauses: those of the table control_map and, for single kinds, of finding_clause; --framework takes a part of the
--   name: "PCI DSS", "HIPAA", "800-53". Without it all are shown.
-- limits: a finding shows what crossed the wire, and not whether the data or the system is in the scope of the
--   standard: where a clause depends on that, asks says so. No row of a clause means that it is met: a clause asks
--   more than the wire can show, and what the captures did not show counts for nothing (see the report coverage).
--   Where a standard only recommends TLS between relays, clear text is an exposure and not a violation. Clauses
--   about the evidence itself are answered by coverage. Clauses from working knowledge want a look into the
--   standard before they are quoted.
WITH
accepted AS MATERIALIZED (
	SELECT DISTINCT finding_id
	FROM v_accepted
),
scope AS NOT MATERIALIZED (
	SELECT s.session_id AS session_id, s.started_ns AS started_ns, s.severity AS severity
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
alike AS MATERIALIZED (
	-- what was found in a session in one text, as kind, severity, confidence and whether somebody answers for it:
	-- sessions differ little in that, and each is looked at once
	SELECT findings, count(*) AS sessions, min(started_ns) AS first_ns, max(started_ns) AS last_ns,
		min(session_id) AS example
	FROM (SELECT scope.session_id AS session_id, scope.started_ns AS started_ns,
			iif(scope.severity > 0, (SELECT group_concat(f.kind_id * 64 + f.severity * 8 + f.confidence * 2
					+ (f.finding_id IN (SELECT finding_id FROM accepted)))
				FROM report_finding AS f
				WHERE f.finding_id BETWEEN scope.session_id * 1000 AND scope.session_id * 1000 + 999
					AND f.severity > 0), NULL) AS findings
		FROM scope)
	GROUP BY findings
),
struck AS MATERIALIZED (
	SELECT one.value / 64 AS kind_id, max(one.value / 8 % 8) AS severity, max(one.value / 2 % 4) AS confidence,
		count(*) FILTER (WHERE one.value / 2 % 4 > 0 AND one.value % 2 = 0) AS findings,
		count(*) FILTER (WHERE one.value / 2 % 4 = 0 AND one.value % 2 = 0) AS to_review,
		count(*) FILTER (WHERE one.value % 2 = 1) AS accepted, alike.sessions AS sessions,
		alike.first_ns AS first_ns, alike.last_ns AS last_ns, alike.example AS example
	FROM alike
	CROSS JOIN json_each('[' || alike.findings || ']') AS one
	GROUP BY alike.findings, one.value / 64
),
tally AS MATERIALIZED (
	SELECT kind_id, max(severity) AS severity, max(confidence) AS confidence, sum(sessions * findings) AS findings,
		sum(sessions * (findings > 0)) AS sessions, sum(sessions * to_review) AS to_review,
		sum(sessions * accepted) AS accepted, min(first_ns) AS first_ns, max(last_ns) AS last_ns,
		min(example) AS example
	FROM struck
	GROUP BY kind_id
),
mapped AS MATERIALIZED (
	SELECT m.framework AS framework, m.clause AS clause, kind.id AS kind_id, kind.word AS word, m.note AS note,
		m.certain AS certain, 'family' AS mapped_by
	FROM control_map AS m
	LEFT JOIN kind ON substr(kind.word, 1, length(m.prefix)) = m.prefix AND kind.id IN (SELECT kind_id FROM tally)
	WHERE m.prefix <> 'capture-'
	UNION ALL
	SELECT only.source, only.clause, kind.id, kind.word, NULL, only.certain, 'kind'
	FROM finding_clause AS only
	JOIN kind ON kind.word = only.kind
	WHERE kind.id IN (SELECT kind_id FROM tally)
		AND only.source NOT IN ('CVE', 'Vendor documentation') AND only.source NOT LIKE '% et al.%'
),
named AS (
	SELECT framework, clause, kind_id, max(word) AS word, max(note) AS note, max(certain) AS certain,
		min(mapped_by) AS mapped_by, count(kind_id) OVER (PARTITION BY framework, clause) AS kinds
	FROM mapped
	WHERE :framework IS NULL OR instr(lower(framework), lower(:framework)) > 0
	GROUP BY framework, clause, kind_id
)
SELECT
	named.framework AS framework,
	named.clause AS clause,
	named.note AS asks,
	iif(named.certain, 'compared with the text', 'from working knowledge') AS standing,
	named.mapped_by AS mapped_by,
	named.word AS kind,
	coalesce(known.title, named.word, 'nothing found') AS title,
	severity.word AS severity,
	confidence.word AS confidence,
	coalesce(tally.findings, 0) AS findings,
	coalesce(tally.sessions, 0) AS sessions,
	coalesce(tally.to_review, 0) AS to_review,
	coalesce(tally.accepted, 0) AS accepted,
	(SELECT sum(sessions) FROM alike) AS sessions_examined,
	strftime('%Y-%m-%dT%H:%M:%SZ', tally.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', tally.last_ns / 1000000000, 'unixepoch') AS last_seen,
	tally.example AS example_session
FROM named
LEFT JOIN tally ON tally.kind_id = named.kind_id
LEFT JOIN finding_kind AS known ON known.id = named.word
LEFT JOIN severity ON severity.rank = tally.severity
LEFT JOIN confidence ON confidence.rank = tally.confidence
WHERE (named.kind_id IS NOT NULL OR named.kinds = 0) AND EXISTS (SELECT 1 FROM alike)
ORDER BY named.framework, named.clause, tally.severity DESC, tally.findings DESC, named.word;
