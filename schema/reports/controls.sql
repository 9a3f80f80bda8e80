-- title: Violations by clause of a standard
-- question: Which clauses do the findings touch, how often, and how sure is that?
-- columns: one row a clause and kind of finding, and one for a clause to which nothing was found. asks is what the
--   clause wants, in our words and not in its own; standing tells whether it was compared with the text of the
--   standard or is from working knowledge. mapped_by: the whole family of the kind touches the clause, or this kind
--   alone. findings are proven or likely, of severity low or worse, and nobody answers for them; sessions of
--   sessions_examined have one. to_review counts those that are only possible, accepted those for which somebody
--   answers: both stand apart. severity is the worst of them, confidence the best.
-- clauses: those of the table control_map and, for single kinds, of finding_clause; --framework takes a part of the
--   name: "PCI DSS", "HIPAA", "800-53". Without it all are shown.
-- limits: a finding shows what crossed the wire, and not whether the data or the system is in the scope of the
--   standard: where a clause depends on that, asks says so. No row of a clause means that it is met: a clause asks
--   more than the wire can show, and what the captures did not show counts for nothing (see the report coverage).
--   Where a standard only recommends TLS between relays, clear text is an exposure and not a violation. Clauses
--   about the evidence itself are answered by coverage. Clauses from working knowledge want a look into the
--   standard before they are quoted.
WITH
answered AS MATERIALIZED (
	SELECT tally_id, kind_id
	FROM report_accepted
),
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
alike AS MATERIALIZED (
	SELECT pattern_id, sum(sessions) AS sessions, min(first_ns) AS first_ns, max(last_ns) AS last_ns,
		min(first_session) AS example
	FROM scope
	GROUP BY pattern_id
),
struck AS MATERIALIZED (
	-- what a session of a pattern has of a kind
	SELECT pattern_id, kind_id, max(severity) AS severity, max(confidence) AS confidence,
		coalesce(sum(findings) FILTER (WHERE confidence > 0), 0) AS findings,
		coalesce(sum(findings) FILTER (WHERE confidence = 0), 0) AS to_review
	FROM pattern_finding
	WHERE severity > 0
	GROUP BY pattern_id, kind_id
),
excusing AS MATERIALIZED (
	SELECT tally_id, client_octets, pattern_id, sessions
	FROM scope
	WHERE tally_id IN (SELECT tally_id FROM answered)
),
excused AS MATERIALIZED (
	SELECT answered.kind_id AS kind_id, sum(e.sessions * struck.findings) AS findings,
		sum(e.sessions * (struck.findings > 0)) AS sessions,
		sum(e.sessions * struck.to_review) AS to_review
	FROM excusing AS e
	CROSS JOIN answered ON answered.tally_id = e.tally_id
	CROSS JOIN struck ON struck.pattern_id = e.pattern_id AND struck.kind_id = answered.kind_id
	GROUP BY answered.kind_id
),
tally_of_kind AS MATERIALIZED (
	SELECT struck.kind_id AS kind_id, max(struck.severity) AS severity, max(struck.confidence) AS confidence,
		sum(alike.sessions * struck.findings) AS findings,
		sum(alike.sessions * (struck.findings > 0)) AS sessions,
		sum(alike.sessions * struck.to_review) AS to_review, min(alike.first_ns) AS first_ns,
		max(alike.last_ns) AS last_ns, min(alike.example) AS example
	FROM alike
	CROSS JOIN struck ON struck.pattern_id = alike.pattern_id
	GROUP BY struck.kind_id
),
told AS MATERIALIZED (
	SELECT t.kind_id AS kind_id, t.severity AS severity, t.confidence AS confidence,
		t.findings - coalesce(excused.findings, 0) AS findings,
		t.sessions - coalesce(excused.sessions, 0) AS sessions,
		t.to_review - coalesce(excused.to_review, 0) AS to_review,
		coalesce(excused.findings + excused.to_review, 0) AS accepted, t.first_ns AS first_ns,
		t.last_ns AS last_ns, t.example AS example
	FROM tally_of_kind AS t
	LEFT JOIN excused ON excused.kind_id = t.kind_id
),
mapped AS MATERIALIZED (
	SELECT m.framework AS framework, m.clause AS clause, kind.id AS kind_id, kind.word AS word, m.note AS note,
		m.certain AS certain, 'family' AS mapped_by
	FROM control_map AS m
	LEFT JOIN kind ON substr(kind.word, 1, length(m.prefix)) = m.prefix AND kind.id IN (SELECT kind_id FROM told)
	WHERE m.prefix <> 'capture-'
	UNION ALL
	SELECT only.source, only.clause, kind.id, kind.word, NULL, only.certain, 'kind'
	FROM finding_clause AS only
	JOIN kind ON kind.word = only.kind
	WHERE kind.id IN (SELECT kind_id FROM told)
		AND only.source NOT IN ('CVE', 'Vendor documentation') AND only.source NOT LIKE '% et al.%'
),
named AS (
	SELECT framework, clause, kind_id, max(word) AS word, max(note) AS note, max(certain) AS certain,
		min(mapped_by) AS mapped_by, count(kind_id) OVER (PARTITION BY framework, clause) AS kinds
	FROM mapped
	WHERE :framework IS NULL OR instr(lower(framework), lower(:framework)) > 0
	GROUP BY framework, clause, kind_id
)
SELECT
	named.framework AS framework,
	named.clause AS clause,
	named.note AS asks,
	iif(named.certain, 'compared with the text', 'from working knowledge') AS standing,
	named.mapped_by AS mapped_by,
	named.word AS kind,
	coalesce(known.title, named.word, 'nothing found') AS title,
	severity.word AS severity,
	confidence.word AS confidence,
	coalesce(told.findings, 0) AS findings,
	coalesce(told.sessions, 0) AS sessions,
	coalesce(told.to_review, 0) AS to_review,
	coalesce(told.accepted, 0) AS accepted,
	(SELECT sum(sessions) FROM alike) AS sessions_examined,
	strftime('%Y-%m-%dT%H:%M:%SZ', told.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', told.last_ns / 1000000000, 'unixepoch') AS last_seen,
	told.example AS example_session
FROM named
LEFT JOIN told ON told.kind_id = named.kind_id
LEFT JOIN finding_kind AS known ON known.id = named.word
LEFT JOIN severity ON severity.rank = told.severity
LEFT JOIN confidence ON confidence.rank = told.confidence
WHERE (named.kind_id IS NOT NULL OR named.kinds = 0) AND EXISTS (SELECT 1 FROM alike)
ORDER BY named.framework, named.clause, told.severity DESC, told.findings DESC, named.word;
