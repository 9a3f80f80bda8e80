-- Every fact of every session (facts.sql).
SELECT line FROM fact JOIN numbered USING (session_id) ORDER BY n, part, place, line;
SELECT 'no session' WHERE NOT EXISTS (SELECT 1 FROM v_session);
