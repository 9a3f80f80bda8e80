-- What a report rests on, for the sentence under it: without that an empty answer reads as "all is well".  One row.
WITH
counted AS NOT MATERIALIZED (
	-- over all time the tallies tell; of a period its sessions are counted like them
	SELECT id AS tally_id, sessions, bytes, mails, recipients, messages, secrets, first_ns, first_session, last_ns,
		last_session
	FROM tally
	WHERE :since IS NULL AND :until IS NULL
	UNION ALL
	SELECT part.tally_id, part.sessions, part.bytes, part.mails, part.recipients, part.messages, part.secrets,
		part.first_ns,
		(SELECT min(edge.id) FROM session AS edge
			WHERE edge.tally_id = part.tally_id AND edge.started_ns = part.first_ns),
		part.last_ns,
		(SELECT max(edge.id) FROM session AS edge
			WHERE edge.tally_id = part.tally_id AND edge.started_ns = part.last_ns)
	FROM (SELECT s.tally_id AS tally_id, count(*) AS sessions, sum(s.bytes_client + s.bytes_server) AS bytes,
			sum(s.mails) AS mails, sum(s.recipients) AS recipients,
			coalesce(sum(s.messages), 0) AS messages, coalesce(sum(s.secrets), 0) AS secrets,
			min(s.started_ns) AS first_ns, max(s.started_ns) AS last_ns
		FROM session AS s
		WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
			AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
			AND (:since IS NOT NULL OR :until IS NOT NULL)
		GROUP BY s.tally_id) AS part
),
scope AS NOT MATERIALIZED (
	SELECT s.*, counted.sessions, counted.bytes, counted.mails, counted.recipients, counted.messages,
		counted.secrets, counted.first_ns, counted.first_session, counted.last_ns, counted.last_session
	FROM counted
	CROSS JOIN report_tally AS s ON s.tally_id = counted.tally_id
	WHERE (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
answered AS (
	SELECT coalesce(sum(scope.sessions * f.findings), 0) AS accepted
	FROM scope
	CROSS JOIN report_accepted AS a ON a.tally_id = scope.tally_id
	CROSS JOIN pattern_finding AS f ON f.pattern_id = scope.pattern_id AND f.kind_id = a.kind_id
),
judged AS MATERIALIZED (
	SELECT coalesce(sum(sessions), 0) AS sessions,
		coalesce(sum(sessions) FILTER (WHERE missing <> 0), 0) AS partial,
		coalesce(sum(sessions) FILTER (WHERE missing & 2), 0) AS one_sided,
		coalesce(sum(sessions) FILTER (WHERE missing & 4), 0) AS with_gaps,
		coalesce(sum(sessions) FILTER (WHERE lost), 0) AS with_drops,
		coalesce(sum(sessions) FILTER (WHERE verdict = 'unknown-partial'), 0) AS undecided,
		min(first_ns) AS first_ns
	FROM scope
),
ended AS MATERIALIZED (
	-- when the last one ended is looked up where all are asked for
	SELECT CASE WHEN :since IS NULL AND :until IS NULL AND :vantage IS NULL AND :network_first IS NULL
		THEN (SELECT max(ended_ns) FROM session)
		ELSE (SELECT max(s.ended_ns)
			FROM report_session AS s
			WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
				AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
				AND (:vantage IS NULL OR s.vantage = :vantage)
				AND (:network_first IS NULL
					OR s.client_octets BETWEEN :network_first AND :network_last
					OR s.server_octets BETWEEN :network_first AND :network_last))
		END AS last_ns
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
CROSS JOIN ended
CROSS JOIN answered;
