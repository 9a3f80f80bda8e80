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
-- There may be millions of sessions and findings: each is read once, and only the few groups are kept.  Those of the
-- most pressing kinds are found by their index.
WITH
chosen (run_id) AS (
	SELECT coalesce(:run, (SELECT max(id) FROM run))
),
counted AS NOT MATERIALIZED (
	SELECT s.id, coalesce(h.verdict, s.verdict) AS verdict, s.secrets, s.messages
	FROM session AS s
	LEFT JOIN hindsight_session AS h ON h.session_id = s.id
	WHERE s.capture_id IN (SELECT id FROM capture WHERE run_id = (SELECT run_id FROM chosen))
),
protected AS MATERIALIZED (
	SELECT verdict, count(*) AS sessions, count(*) FILTER (WHERE secrets > 0) AS credentials,
		count(*) FILTER (WHERE messages > 0) AS contents
	FROM counted
	GROUP BY verdict
),
answered AS MATERIALIZED (
	SELECT finding_id
	FROM v_accepted
	WHERE finding_id BETWEEN (SELECT 1000 * min(id) FROM counted) AND (SELECT 1000 * max(id) + 999 FROM counted)
),
struck AS NOT MATERIALIZED (
	SELECT f.kind_id, coalesce(h.severity, f.severity) AS severity,
		coalesce(h.score, f.score) AS score, f.id IN (SELECT finding_id FROM answered) AS accepted
	FROM counted
	CROSS JOIN finding AS f ON f.id BETWEEN counted.id * 1000 AND counted.id * 1000 + 999
	LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
),
tally AS MATERIALIZED (
	SELECT kind_id, severity, accepted, max(score) AS score, count(*) AS findings
	FROM struck
	GROUP BY kind_id, severity, accepted
),
pressing AS MATERIALIZED (
	SELECT kind_id, max(severity) AS severity, max(score) AS score, sum(findings) AS findings
	FROM tally
	WHERE severity > 0 AND NOT accepted
	GROUP BY kind_id
	ORDER BY max(severity) DESC, max(score) DESC, sum(findings) DESC, kind_id
	LIMIT 3
),
suspected AS MATERIALIZED (
	SELECT counted.id, counted.verdict, i.points, i.signals
	FROM counted
	CROSS JOIN v_interference AS i ON i.session_id = counted.id
	WHERE counted.verdict GLOB 'downgraded-*'
	ORDER BY i.decisive DESC, i.points DESC, counted.id
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
	FROM tally
	JOIN severity ON severity.rank = tally.severity
	GROUP BY severity.rank, accepted
	UNION ALL
	SELECT 4, -1000 * p.severity - p.score, 'pressing', kind.word, p.findings,
		(SELECT title FROM finding_kind WHERE id = kind.word),
		(SELECT group_concat(session_id, ' ') FROM (
			SELECT s.id AS session_id
			FROM finding AS f INDEXED BY finding_of_kind
			CROSS JOIN session AS s ON s.id = f.id / 1000
			LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
			WHERE f.kind_id = p.kind_id
				AND f.id BETWEEN (SELECT 1000 * min(id) FROM counted) AND (SELECT 1000 * max(id) + 999 FROM counted)
				AND s.capture_id IN (SELECT id FROM capture WHERE run_id = (SELECT run_id FROM chosen))
				AND f.id NOT IN (SELECT finding_id FROM answered)
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
