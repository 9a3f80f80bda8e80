-- How many findings of the newest run are at least as severe as :severity, more than possible, and nobody answers for.
SELECT count(*) AS findings
FROM v_finding AS f
JOIN severity ON severity.word = f.severity
WHERE severity.rank >= (SELECT rank FROM severity WHERE word = :severity)
	AND f.confidence <> 'possible'
	AND NOT EXISTS (SELECT 1 FROM v_accepted AS a WHERE a.finding_id = f.finding_id)
	AND f.session_id IN (SELECT s.id FROM session AS s JOIN capture AS c ON c.id = s.capture_id
		WHERE c.run_id = (SELECT max(id) FROM run));
