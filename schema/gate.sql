-- How many findings of the newest run are at least as severe as :severity, more than possible, and nobody answers for.
WITH
counted AS MATERIALIZED (
	SELECT s.id
	FROM session AS s
	JOIN capture AS c ON c.id = s.capture_id
	WHERE c.run_id = (SELECT max(id) FROM run)
)
SELECT count(*) AS findings
FROM v_finding AS f
JOIN severity ON severity.word = f.severity
WHERE severity.rank >= (SELECT rank FROM severity WHERE word = :severity)
	AND f.confidence <> 'possible'
	AND f.session_id IN (SELECT id FROM counted)
	AND f.finding_id NOT IN (SELECT a.finding_id
		FROM v_accepted AS a
		WHERE a.finding_id BETWEEN (SELECT 1000 * min(id) FROM counted) AND (SELECT 1000 * max(id) + 999 FROM counted));
