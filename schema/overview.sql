-- What the page about everything counts, in two questions; the first column tells what a row is.
--
-- Every session and every finding is read once, whatever the page then shows: the findings are grouped by kind, severity
-- and day, each group with its most pressing finding, and all else is counted from the groups.  In a small database each
-- session makes groups of its own, so that every finding can be shown.

-- Sessions by verdict, and what crossed in clear in them.
SELECT
	'verdict' AS part,
	s.verdict AS word,
	(SELECT sentence FROM verdict_kind WHERE verdict_kind.word = s.verdict) AS text,
	CASE
		WHEN s.verdict IN ('protected-implicit', 'protected-starttls') THEN 'protected'
		WHEN s.verdict GLOB 'plaintext-*' OR s.verdict = 'protected-late' THEN 'clear'
		WHEN s.verdict GLOB 'downgraded-*' THEN 'downgraded'
		WHEN s.verdict IN ('unknown-partial', 'not-applicable') THEN 'undecided'
		ELSE 'stopped'
	END AS family,
	count(*) AS sessions,
	coalesce(sum(s.secrets > 0), 0) AS credentials,
	coalesce(sum(s.messages > 0), 0) AS contents,
	-- as the report encryption counts what is in clear
	sum(s.exposed & 124 <> 0 AND s.verdict NOT IN ('protected-implicit', 'protected-starttls')) AS exposed
FROM report_session AS s
WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
	AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
	AND (:vantage IS NULL OR s.vantage = :vantage)
	AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
		OR s.server_octets BETWEEN :network_first AND :network_last)
GROUP BY s.verdict
ORDER BY sessions DESC, word;

-- Findings by severity, by day, month or year, and by kind, and the most pressing ones of each kind; those that somebody
-- answers for apart.
WITH
answered AS MATERIALIZED (
	SELECT DISTINCT finding_id FROM v_accepted
),
small AS MATERIALIZED (
	SELECT coalesce(max(id), 0) < 5000 AS is_small FROM session
),
-- One number is grouped by, and taken apart below, for what costs here is sorting: kind, severity, accepted, day, and which
-- of several groups of that day.
packed AS NOT MATERIALIZED (
	SELECT
		(((f.kind_id * 8 + coalesce(h.severity, f.severity)) * 2 + (a.finding_id IS NOT NULL)) * 400000
			+ s.started_ns / 86400000000000 - (s.started_ns % 86400000000000 < 0) + 200000) * 5000
			+ iif(small.is_small, s.session_id, s.session_id % 4) AS place,
		coalesce(h.score, f.score) AS score,
		f.id AS finding_id
	FROM small
	CROSS JOIN report_session AS s
	CROSS JOIN finding AS f ON f.id BETWEEN s.session_id * 1000 AND s.session_id * 1000 + 999
	LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
	LEFT JOIN answered AS a ON a.finding_id = f.id
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
tally AS MATERIALIZED (
	SELECT
		place / 5000 / 400000 / 16 AS kind_id,
		place / 5000 / 400000 / 2 % 8 AS severity,
		place / 5000 / 400000 % 2 AS accepted,
		place / 5000 % 400000 - 200000 AS day,
		count(*) AS findings,
		max(score) AS score,
		finding_id              -- of the row that has the most
	FROM packed
	GROUP BY place
),
span AS MATERIALIZED (
	SELECT max(day) - min(day) AS days FROM tally
),
dated AS NOT MATERIALIZED (
	SELECT
		severity,
		findings,
		CASE
			WHEN days < 92 THEN day
			WHEN days < 92 * 30
				THEN strftime('%Y', day * 86400, 'unixepoch') * 12 + strftime('%m', day * 86400, 'unixepoch')
			ELSE CAST(strftime('%Y', day * 86400, 'unixepoch') AS INTEGER)
		END AS place,
		CASE
			WHEN days < 92 THEN strftime('%Y-%m-%d', day * 86400, 'unixepoch')
			WHEN days < 92 * 30 THEN strftime('%Y-%m', day * 86400, 'unixepoch')
			ELSE strftime('%Y', day * 86400, 'unixepoch')
		END AS label
	FROM tally
	CROSS JOIN span
	WHERE NOT accepted
),
ranked AS MATERIALIZED (
	SELECT
		kind_id,
		max(severity) AS severity,
		max(score) AS score,
		sum(findings) AS findings,
		coalesce(sum(findings) FILTER (WHERE accepted), 0) AS accepted,
		coalesce(max(severity) FILTER (WHERE NOT accepted), -1) AS counts
	FROM tally
	GROUP BY kind_id
),
numbered AS MATERIALIZED (
	SELECT
		kind_id,
		row_number() OVER (ORDER BY counts DESC, severity DESC, score DESC, findings DESC, kind_id) AS number
	FROM ranked
),
chosen AS MATERIALIZED (
	SELECT
		kind_id,
		finding_id,
		row_number() OVER (PARTITION BY kind_id ORDER BY severity DESC, score DESC, finding_id) AS number
	FROM tally
	WHERE NOT accepted AND severity > 0
),
-- The first ones of all kinds before the second ones of any.
shown AS MATERIALIZED (
	SELECT n.number AS kind_number, c.number, c.finding_id
	FROM chosen AS c
	JOIN numbered AS n ON n.kind_id = c.kind_id
	WHERE c.number <= :of_a_kind
	ORDER BY c.number, n.number
	LIMIT :shown
),
told (part_rank, part, rank, word, text, severity, findings, accepted, number) AS (
	SELECT 0, 'severity', -severity.rank, severity.word, NULL, severity.rank,
		coalesce(sum(findings) FILTER (WHERE NOT accepted), 0),
		coalesce(sum(findings) FILTER (WHERE accepted), 0), NULL
	FROM severity
	LEFT JOIN tally ON tally.severity = severity.rank
	GROUP BY severity.rank
	UNION ALL
	SELECT 1, 'day', place * 10 - severity, label, NULL, severity, sum(findings), 0, place
	FROM dated
	GROUP BY place, severity
	UNION ALL
	SELECT 2, 'kind', n.number, kind.word, coalesce(known.title, kind.word), r.severity, r.findings, r.accepted,
		n.number
	FROM ranked AS r
	JOIN numbered AS n ON n.kind_id = r.kind_id
	JOIN kind ON kind.id = r.kind_id
	LEFT JOIN finding_kind AS known ON known.id = kind.word
	UNION ALL
	SELECT 3, 'chosen', kind_number * 1000 + number, NULL, NULL, NULL, kind_number, NULL, finding_id
	FROM shown
)
SELECT part, word, text, severity, findings, accepted, number
FROM told
ORDER BY part_rank, rank;
