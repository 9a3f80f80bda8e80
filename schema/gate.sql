-- How many findings of the newest run are at least as severe as :severity, and more than possible.
SELECT count(*) AS findings
FROM finding AS f
JOIN session AS s ON s.id = f.session_id
JOIN capture AS c ON c.id = s.capture_id
JOIN confidence ON confidence.rank = f.confidence
WHERE c.run_id = (SELECT max(id) FROM run)
	AND f.severity >= (SELECT rank FROM severity WHERE word = :severity)
	AND confidence.word <> 'possible';
