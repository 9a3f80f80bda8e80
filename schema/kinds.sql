-- All kinds of findings, the severe ones first.
SELECT k.id, k.severity, k.title
FROM finding_kind AS k
JOIN severity ON severity.word = k.severity
ORDER BY severity.rank DESC, k.id;
