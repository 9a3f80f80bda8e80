-- What one kind of finding, or one verdict, means: :kind is its word.  Several questions; the first
-- column tells which one a row answers.  No row at all: there is neither.

SELECT 'finding' AS part, id, title, severity, sentence, trigger, confidence, fix, rule_version
FROM finding_kind
WHERE id = :kind;

SELECT 'remedy' AS part, product, setting
FROM finding_remedy
WHERE kind = :kind
ORDER BY rowid;

SELECT 'remedy' AS part, 'none' AS product, 'no setting of a mail server ends this' AS setting
FROM finding_kind
WHERE id = :kind AND id NOT IN (SELECT kind FROM finding_remedy);

-- A clause that a control repeats is told there, with its note.
SELECT 'clause' AS part, iif(clause GLOB source || '-*', '', source || ' ') || clause AS clause, certain
FROM finding_clause
WHERE kind = :kind AND NOT EXISTS (
	SELECT 1
	FROM control_map AS c
	WHERE c.framework = finding_clause.source AND c.clause = finding_clause.clause
		AND substr(:kind, 1, length(rtrim(c.prefix, '*'))) = rtrim(c.prefix, '*'))
ORDER BY certain DESC, clause;

SELECT 'control' AS part, framework || ' ' || clause AS clause, note, certain
FROM control_map
WHERE substr(:kind, 1, length(rtrim(prefix, '*'))) = rtrim(prefix, '*')
ORDER BY framework, clause;

SELECT 'verdict' AS part, word, sentence
FROM verdict_kind
WHERE word = :kind;
