-- What the end of a run tells.  It counts the newest run, or the one of the id :run.
--
-- Rows: part, word, count, title, sessions.
--   sessions   NULL       how many there are
--   verdict    its word   sessions that got it; its sentence
--   exposed    what       sessions in which it crossed in clear
--   severity   its word   findings of it; 'accepted' for those for which somebody answers, which are counted apart
--   pressing   its kind   findings of it that are not accepted; its title; up to three session ids, the worst first
--   tampering  verdict    the three sessions with the most signs of it: the points; the signals; the session's id
--
-- There may be millions of sessions and findings: of those that are alike the tallies tell, and the sessions of the run
-- are only counted by them, in an index.  Those of the most pressing kinds are found by their index.
WITH
of_run AS MATERIALIZED (
	SELECT id
	FROM capture
	WHERE run_id = coalesce(:run, (SELECT max(id) FROM run))
),
counted AS MATERIALIZED (
	SELECT tally_id, count(*) AS sessions, min(id) AS first_session, max(id) AS last_session
	FROM session
	WHERE capture_id IN (SELECT id FROM of_run)
	GROUP BY tally_id
),
answered AS MATERIALIZED (
	SELECT tally_id, kind_id
	FROM report_accepted
),
alike AS MATERIALIZED (
	-- a tally for which somebody answers in part is kept apart
	SELECT t.pattern_id AS pattern_id,
		iif(t.id IN (SELECT tally_id FROM answered), t.id, 0) AS answered_id,
		sum(counted.sessions) AS sessions
	FROM counted
	CROSS JOIN tally AS t ON t.id = counted.tally_id
	GROUP BY 1, 2
),
protected AS MATERIALIZED (
	SELECT p.verdict AS verdict, sum(alike.sessions) AS sessions,
		sum(alike.sessions) FILTER (WHERE p.secrets) AS credentials,
		sum(alike.sessions) FILTER (WHERE p.messages) AS contents
	FROM alike
	CROSS JOIN pattern AS p ON p.id = alike.pattern_id
	GROUP BY p.verdict
),
struck AS MATERIALIZED (
	SELECT f.kind_id AS kind_id, f.severity AS severity,
		answered.tally_id IS NOT NULL AS accepted, max(f.score) AS score,
		sum(f.findings * alike.sessions) AS findings
	FROM alike
	CROSS JOIN pattern_finding AS f ON f.pattern_id = alike.pattern_id
	LEFT JOIN answered ON answered.tally_id = alike.answered_id AND answered.kind_id = f.kind_id
	GROUP BY 1, 2, 3
),
pressing AS MATERIALIZED (
	SELECT kind_id, max(severity) AS severity, max(score) AS score, sum(findings) AS findings
	FROM struck
	WHERE severity > 0 AND NOT accepted
	GROUP BY kind_id
	ORDER BY max(severity) DESC, max(score) DESC, sum(findings) DESC, kind_id
	LIMIT 3
),
suspected AS MATERIALIZED (
	SELECT s.id AS id, p.verdict AS verdict, i.points AS points, i.signals AS signals
	FROM counted
	CROSS JOIN tally AS t ON t.id = counted.tally_id
	CROSS JOIN pattern AS p ON p.id = t.pattern_id AND p.verdict GLOB 'downgraded-*'
	CROSS JOIN session AS s ON s.tally_id = t.id AND s.capture_id IN (SELECT id FROM of_run)
	CROSS JOIN v_interference AS i ON i.session_id = s.id
	ORDER BY i.decisive DESC, i.points DESC, s.id
	LIMIT 3
),
told (part_rank, rank, part, word, count, title, sessions) AS (
	SELECT 0, 0, 'sessions', NULL, coalesce(sum(sessions), 0), NULL, NULL
	FROM protected
	UNION ALL
	SELECT 1, -sessions, 'verdict', verdict, sessions,
		(SELECT sentence FROM verdict_kind WHERE word = verdict), NULL
	FROM protected
	UNION ALL
	SELECT 2, 0, 'exposed', 'credential', coalesce(sum(credentials), 0), NULL, NULL
	FROM protected
	UNION ALL
	SELECT 2, 1, 'exposed', 'content', coalesce(sum(contents), 0), NULL, NULL
	FROM protected
	UNION ALL
	SELECT 3, 10 * accepted - severity.rank, 'severity', severity.word, sum(findings),
		iif(accepted, 'accepted', NULL), NULL
	FROM struck
	JOIN severity ON severity.rank = struck.severity
	GROUP BY severity.rank, accepted
	UNION ALL
	SELECT 4, -1000 * p.severity - p.score, 'pressing', kind.word, p.findings,
		(SELECT title FROM finding_kind WHERE id = kind.word),
		(SELECT group_concat(session_id, ' ') FROM (
			SELECT s.id AS session_id
			FROM finding AS f INDEXED BY finding_of_kind
			CROSS JOIN session AS s ON s.id = f.id / 1000
			LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
			LEFT JOIN answered ON answered.tally_id = s.tally_id AND answered.kind_id = f.kind_id
			WHERE f.kind_id = p.kind_id
				AND f.id BETWEEN (SELECT 1000 * min(first_session) FROM counted)
					AND (SELECT 1000 * max(last_session) + 999 FROM counted)
				AND s.capture_id IN (SELECT id FROM of_run)
				AND answered.tally_id IS NULL
			ORDER BY coalesce(h.severity, f.severity) DESC, coalesce(h.score, f.score) DESC, s.id
			LIMIT 3))
	FROM pressing AS p
	JOIN kind ON kind.id = p.kind_id
	UNION ALL
	SELECT 5, row_number() OVER (ORDER BY verdict, points DESC, id), 'tampering', verdict, points, signals, id
	FROM suspected
)
SELECT part, word, count, title, sessions
FROM told
ORDER BY part_rank, rank, count DESC, word;
