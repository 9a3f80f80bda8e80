-- How many findings of the newest run are at least as severe as :severity, more than possible, and nobody answers for.
WITH
counted AS NOT MATERIALIZED (
	SELECT s.id
	FROM session AS s
	WHERE s.capture_id IN (SELECT id FROM capture WHERE run_id = (SELECT max(id) FROM run))
),
answered AS MATERIALIZED (
	SELECT finding_id
	FROM v_accepted
	WHERE finding_id BETWEEN (SELECT 1000 * min(id) FROM counted) AND (SELECT 1000 * max(id) + 999 FROM counted)
)
SELECT count(*) AS findings
FROM counted
CROSS JOIN finding AS f ON f.id BETWEEN counted.id * 1000 AND counted.id * 1000 + 999
LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
WHERE coalesce(h.severity, f.severity) >= (SELECT rank FROM severity WHERE word = :severity)
	AND coalesce(h.confidence, f.confidence) > (SELECT rank FROM confidence WHERE word = 'possible')
	AND f.id NOT IN (SELECT finding_id FROM answered);
