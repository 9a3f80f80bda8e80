-- Hundreds of sessions in a form that can be read: how many ended in the same way, and the facts (facts.sql) only of
-- those that earlier sessions threw a light on.
CREATE TEMP TABLE told AS
	SELECT session_id FROM hindsight_session
	UNION
	SELECT session_id FROM v_finding WHERE finding_id % 1000 >= 500
	UNION
	SELECT session_id FROM v_finding JOIN hindsight_finding USING (finding_id)
	UNION
	SELECT session_id FROM v_signal WHERE origin <> 'session';

SELECT 'sessions' || char(9) || count(*) || char(9) || protocol || char(9) || verdict || char(9) || kinds
FROM (
	SELECT protocol, verdict, (
		SELECT coalesce(group_concat(kind, ' '), '')
		FROM (SELECT DISTINCT kind FROM v_finding AS f WHERE f.session_id = s.session_id
			AND kind <> 'capture-classifier-disagrees' ORDER BY kind)) AS kinds
	FROM v_session AS s)
GROUP BY protocol, verdict, kinds
ORDER BY protocol, verdict, kinds;

SELECT line FROM fact JOIN numbered USING (session_id)
WHERE part IN (1, 6, 7, 8) AND session_id IN (SELECT session_id FROM told)
ORDER BY n, part, place, line;
