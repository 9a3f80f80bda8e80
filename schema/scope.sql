-- What a scope names and this database does not know, a row each: the part of the scope, and the names that there are.
--
-- A vantage is known from its captures, or as one of several interfaces from a session: those are read through only
-- where the name is on none.
SELECT 'vantage' AS part, (
	SELECT group_concat(name, ', ')
	FROM (
		SELECT vantage AS name FROM capture WHERE vantage <> ''
		UNION
		SELECT interface FROM session WHERE interface <> ''
		ORDER BY 1
		LIMIT 20)) AS names
WHERE :vantage IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM capture WHERE vantage = :vantage)
	AND NOT EXISTS (SELECT 1 FROM session WHERE interface = :vantage)
UNION ALL
SELECT 'framework', (SELECT group_concat(framework, ', ') FROM (SELECT DISTINCT framework FROM control_map ORDER BY 1))
WHERE :framework IS NOT NULL
	AND NOT EXISTS (SELECT 1 FROM control_map WHERE instr(lower(framework), lower(:framework)) > 0)
	AND NOT EXISTS (SELECT 1 FROM finding_clause WHERE instr(lower(source), lower(:framework)) > 0);
