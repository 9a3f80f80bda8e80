-- What the end of a run tells.  It counts the newest run, or the one of the id :run.
--
-- Rows: part, word, count, title, sessions.
--   sessions   NULL       how many there are
--   verdict    its word   sessions that got it; its sentence
--   exposed    what       sessions in which it crossed in clear
--   severity   its word   findings of it
--   pressing   its kind   findings of it; its title; up to three session ids, the worst first
WITH
chosen (run_id) AS (
	SELECT coalesce(:run, (SELECT max(id) FROM run))
),
counted AS MATERIALIZED (
	SELECT s.id, s.verdict, s.secrets, s.messages
	FROM session AS s
	WHERE s.capture_id IN (SELECT id FROM capture WHERE run_id = (SELECT run_id FROM chosen))
),
struck AS MATERIALIZED (
	SELECT counted.id AS session_id, f.kind_id, f.severity, f.score
	FROM counted
	CROSS JOIN finding AS f ON f.id BETWEEN counted.id * 1000 AND counted.id * 1000 + 999
),
pressing AS MATERIALIZED (
	SELECT kind_id, max(severity) AS severity, max(score) AS score, count(*) AS findings
	FROM struck
	WHERE severity > 0
	GROUP BY kind_id
	ORDER BY max(severity) DESC, max(score) DESC, count(*) DESC, kind_id
	LIMIT 3
),
told (part_rank, rank, part, word, count, title, sessions) AS (
	SELECT 0, 0, 'sessions', NULL, count(*), NULL, NULL
	FROM counted
	UNION ALL
	SELECT 1, -count(*), 'verdict', verdict, count(*),
		(SELECT sentence FROM verdict_kind WHERE word = verdict), NULL
	FROM counted
	GROUP BY verdict
	UNION ALL
	SELECT 2, 0, 'exposed', 'credential', count(*), NULL, NULL
	FROM counted
	WHERE secrets > 0
	UNION ALL
	SELECT 2, 1, 'exposed', 'content', count(*), NULL, NULL
	FROM counted
	WHERE messages > 0
	UNION ALL
	SELECT 3, -severity.rank, 'severity', severity.word, count(*), NULL, NULL
	FROM struck
	JOIN severity ON severity.rank = struck.severity
	GROUP BY severity.rank
	UNION ALL
	SELECT 4, -1000 * p.severity - p.score, 'pressing', kind.word, p.findings,
		(SELECT title FROM finding_kind WHERE id = kind.word),
		(SELECT group_concat(session_id, ' ') FROM (
			SELECT session_id
			FROM struck
			WHERE struck.kind_id = p.kind_id
			GROUP BY session_id
			ORDER BY max(severity) DESC, max(score) DESC, session_id
			LIMIT 3))
	FROM pressing AS p
	JOIN kind ON kind.id = p.kind_id
)
SELECT part, word, count, title, sessions
FROM told
ORDER BY part_rank, rank, count DESC, word;
