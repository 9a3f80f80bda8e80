-- What one run found, :run being its id, or the newest without it: one row a session and one a finding, as the
-- views show them.  The first column tells which of the two a row is.
SELECT 'session' AS event, v.*
FROM v_session AS v
WHERE v.session_id IN (SELECT s.id FROM session AS s JOIN capture AS c ON c.id = s.capture_id
	WHERE c.run_id = coalesce(:run, (SELECT max(id) FROM run)))
ORDER BY v.session_id;

SELECT 'finding' AS event, v.*
FROM v_finding AS v
WHERE v.session_id IN (SELECT s.id FROM session AS s JOIN capture AS c ON c.id = s.capture_id
	WHERE c.run_id = coalesce(:run, (SELECT max(id) FROM run)))
ORDER BY v.finding_id;
