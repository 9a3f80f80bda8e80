-- What one kind of finding, or one verdict, means: :kind is its word.  Several questions; the first
-- column tells which one a row answers.  No row at all: there is neither.

SELECT 'finding' AS part, id, title, severity, sentence, trigger, confidence, fix, rule_version
FROM finding_kind
WHERE id = :kind;

SELECT 'remedy' AS part, product, setting
FROM finding_remedy
WHERE kind = :kind
ORDER BY product, rowid;

SELECT 'clause' AS part, source, clause, certain
FROM finding_clause
WHERE kind = :kind
ORDER BY certain DESC, source, clause;

SELECT 'control' AS part, framework, clause, note, certain
FROM control_map
WHERE substr(:kind, 1, length(rtrim(prefix, '*'))) = rtrim(prefix, '*')
ORDER BY framework, clause;

SELECT 'verdict' AS part, word, sentence
FROM verdict_kind
WHERE word = :kind;
