-- What a report rests on: without it an empty answer reads as "all is well".
SELECT
	(SELECT count(*) FROM capture) AS captures,
	(SELECT count(*) FROM capture WHERE damaged IS NOT NULL OR NOT complete) AS damaged,
	count(*) AS sessions,
	coalesce(sum(v.complete <> 'full'), 0) AS partial,
	coalesce(sum(v.verdict = 'unknown-partial'), 0) AS undecided,
	min(v.started_at) AS first,
	max(v.ended_at) AS last,
	(SELECT lower(hex(policy_sha256)) FROM run ORDER BY id DESC LIMIT 1) AS policy
FROM v_session AS v
WHERE (:since IS NULL OR v.started_at >= :since) AND (:until IS NULL OR v.started_at < :until);
