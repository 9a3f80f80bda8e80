-- What a report rests on, for the sentence under it: without that an empty answer reads as "all is well".  One row.
WITH
accepted AS MATERIALIZED (
	SELECT session_id, count(DISTINCT finding_id) AS findings
	FROM v_accepted
	GROUP BY session_id
),
answered AS (
	SELECT coalesce(sum(accepted.findings), 0) AS accepted
	FROM accepted
	CROSS JOIN report_session AS s ON s.session_id = accepted.session_id
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
judged AS (
	SELECT count(*) AS sessions,
		count(*) FILTER (WHERE s.missing <> 0) AS partial,
		count(*) FILTER (WHERE s.missing & 2) AS one_sided,
		count(*) FILTER (WHERE s.missing & 4) AS with_gaps,
		count(*) FILTER (WHERE s.lost > 0) AS with_drops,
		count(*) FILTER (WHERE s.verdict = 'unknown-partial') AS undecided,
		min(s.started_ns) AS first_ns,
		max(s.ended_ns) AS last_ns
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
)
SELECT
	(SELECT count(*) FROM capture) AS captures,
	(SELECT count(*) FROM capture WHERE damaged IS NOT NULL OR NOT complete) AS damaged,
	sessions,
	partial,
	one_sided,
	with_gaps,
	with_drops,
	undecided,
	strftime('%Y-%m-%dT%H:%M:%SZ', first_ns / 1000000000 - (first_ns % 1000000000 < 0), 'unixepoch') AS first,
	strftime('%Y-%m-%dT%H:%M:%SZ', last_ns / 1000000000 - (last_ns % 1000000000 < 0), 'unixepoch') AS last,
	accepted,
	(SELECT coalesce(sum(m.kernel_drops + m.interface_drops), 0)
		FROM capture_minute AS m
		JOIN capture AS c ON c.id = m.capture_id
		WHERE m.minute_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
			AND m.minute_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
			AND (:vantage IS NULL OR c.vantage = :vantage)) AS drops,
	(SELECT lower(hex(policy_sha256))
		FROM run
		ORDER BY merged, CASE WHEN merged THEN started ELSE id END DESC, name DESC
		LIMIT 1) AS policy
FROM judged
CROSS JOIN answered;
