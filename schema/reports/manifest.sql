-- title: Manifest: what these results were made of
-- question: Which program and rules judged which captures, under which policy, and how far did they see?
-- columns: part is what a row speaks of: the scope that was asked for, the database, a run of the program or a
--   capture; name is what is told of it, and value is that. Digests are SHA-256: of the catalogue of findings, of the
--   text of the policy in force, of each capture file as it was read. catalogue_rules goes up when a rule decides
--   differently. Of a capture, state is "read", "damaged" with the reason, or "unfinished"; frames and bytes are all it
--   holds, not_tcp, not_decoded and malformed are frames of it that no session could come from, kernel_drops and
--   interface_drops are frames that an interface lost; sessions, in_part (something of them is missing) and undecided
--   count the scope.
-- clauses: NIST SP 800-53 AU-10 and AU-12, ISO/IEC 27037 (what evidence was worked on, by what, and that it is the
--   same still), PCI DSS 10.3 (records are kept from being changed); from working knowledge: verify each before quoting
--   it.
-- limits: It tells what is in the database, and whoever may write there can change it; signed, it can be held against
--   the captures, whose digests anybody can compute. An interface, and a capture that was not read to its end, have no
--   digest. Captures and runs that were pruned are gone. All that are there are listed, whatever scope is asked for.
WITH
counted AS NOT MATERIALIZED (
	-- of all time an index tells how many sessions of each tally a capture has; of a period they are counted
	SELECT c.id AS capture_id, s.tally_id AS tally_id, count(*) AS sessions
	FROM capture AS c
	CROSS JOIN session AS s ON s.capture_id = c.id
	WHERE :since IS NULL AND :until IS NULL
	GROUP BY c.id, s.tally_id
	UNION ALL
	SELECT s.capture_id, s.tally_id, count(*)
	FROM session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:since IS NOT NULL OR :until IS NOT NULL)
	GROUP BY s.capture_id, s.tally_id
),
scope AS NOT MATERIALIZED (
	SELECT s.*, counted.capture_id, counted.sessions
	FROM counted
	CROSS JOIN report_tally AS s ON s.tally_id = counted.tally_id
	WHERE (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
looked_at AS MATERIALIZED (
	SELECT capture_id, sum(sessions) AS sessions, coalesce(sum(sessions) FILTER (WHERE missing <> 0), 0) AS in_part,
		coalesce(sum(sessions) FILTER (WHERE verdict = 'unknown-partial'), 0) AS undecided
	FROM scope
	GROUP BY capture_id
),
span AS MATERIALIZED (
	-- looked up where all are asked for
	SELECT
		CASE WHEN :since IS NULL AND :until IS NULL AND :vantage IS NULL AND :network_first IS NULL
			THEN (SELECT min(started_ns) FROM session)
			ELSE min(asked.started_ns) END AS first_ns,
		CASE WHEN :since IS NULL AND :until IS NULL AND :vantage IS NULL AND :network_first IS NULL
			THEN (SELECT max(ended_ns) FROM session)
			ELSE max(asked.ended_ns) END AS last_ns
	FROM report_session AS asked
	WHERE coalesce(:since, :until, :vantage, :network_first) IS NOT NULL
		AND asked.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND asked.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR asked.vantage = :vantage)
		AND (:network_first IS NULL OR asked.client_octets BETWEEN :network_first AND :network_last
			OR asked.server_octets BETWEEN :network_first AND :network_last)
),
dropped AS MATERIALIZED (
	SELECT capture_id, sum(kernel_drops) AS kernel_drops, sum(interface_drops) AS interface_drops
	FROM capture_minute
	GROUP BY capture_id
),
described (part_rank, id, part, facts) AS (
	SELECT 0, 0, 'scope', json_object(
		'made_on', date(),
		'since', :since,
		'until', :until,
		'vantage', :vantage,
		'network_first', nullif(lower(hex(:network_first)), ''),
		'network_last', nullif(lower(hex(:network_last)), ''),
		'sessions', (SELECT coalesce(sum(sessions), 0) FROM looked_at),
		'in_part', (SELECT coalesce(sum(in_part), 0) FROM looked_at),
		'undecided', (SELECT coalesce(sum(undecided), 0) FROM looked_at),
		'first_session', (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', first_ns / 1000000000, 'unixepoch') FROM span),
		'last_session', (SELECT strftime('%Y-%m-%dT%H:%M:%SZ', last_ns / 1000000000, 'unixepoch') FROM span))
	UNION ALL
	SELECT 1, 0, 'database', json_object(
		'schema', (SELECT user_version FROM pragma_user_version),
		'catalogue_sha256', (SELECT value FROM setting WHERE name = 'catalogue'),
		'catalogue_kinds', (SELECT count(*) FROM finding_kind),
		'catalogue_rules', (SELECT sum(rule_version) FROM finding_kind),
		'runs', (SELECT count(*) FROM run),
		'captures', (SELECT count(*) FROM capture),
		'sessions', (SELECT count(*) FROM session),
		'findings', (SELECT count(*) FROM finding),
		'findings_accepted', (SELECT count(DISTINCT finding_id) FROM v_accepted),
		'acceptances_in_force', (SELECT count(*) FROM v_acceptance WHERE state = 'in force'),
		'acceptance_changes', (SELECT count(*) FROM acceptance_change))
	UNION ALL
	SELECT 2, r.id, 'run ' || r.id, json_object(
		'name', r.name,
		'host', r.host,
		'tool_version', r.tool_version,
		'started', strftime('%Y-%m-%dT%H:%M:%SZ', r.started / 1000000000, 'unixepoch'),
		'finished', strftime('%Y-%m-%dT%H:%M:%SZ', r.finished / 1000000000, 'unixepoch'),
		'policy_sha256', lower(hex(r.policy_sha256)),
		'captures', (SELECT count(*) FROM capture WHERE run_id = r.id))
	FROM run AS r
	UNION ALL
	SELECT 3, c.id, 'capture ' || c.id, json_object(
		'run', c.run_id,
		'path', c.path,
		'vantage', c.vantage,
		'kind', iif(c.live, 'interface', 'file'),
		'size', c.size,
		'sha256', lower(hex(c.sha256)),
		'state', CASE WHEN c.damaged IS NOT NULL THEN 'damaged: ' || c.damaged WHEN c.complete THEN 'read'
			ELSE 'unfinished' END,
		'first_frame', strftime('%Y-%m-%dT%H:%M:%SZ', c.first_ns / 1000000000, 'unixepoch'),
		'last_frame', strftime('%Y-%m-%dT%H:%M:%SZ', c.last_ns / 1000000000, 'unixepoch'),
		'frames', c.frames,
		'bytes', c.bytes,
		'snaplen', c.snaplen,
		'not_tcp', c.frames_other,
		'not_decoded', c.frames_unknown,
		'malformed', c.frames_malformed,
		'kernel_drops', d.kernel_drops,
		'interface_drops', d.interface_drops,
		'sessions', coalesce(l.sessions, 0),
		'in_part', coalesce(l.in_part, 0),
		'undecided', coalesce(l.undecided, 0))
	FROM capture AS c
	LEFT JOIN dropped AS d ON d.capture_id = c.id
	LEFT JOIN looked_at AS l ON l.capture_id = c.id
)
SELECT described.part AS part, fact.key AS name, nullif(fact.value, '') AS value
FROM described
CROSS JOIN json_each(described.facts) AS fact
ORDER BY part_rank, described.id, fact.id;
