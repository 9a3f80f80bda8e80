-- All kinds of findings, the severe ones first, and all verdicts.
SELECT k.id, k.severity, k.title
FROM finding_kind AS k
JOIN severity ON severity.word = k.severity
ORDER BY severity.rank DESC, k.id;

SELECT word AS id, 'verdict' AS severity, sentence AS title
FROM verdict_kind
ORDER BY rowid;
