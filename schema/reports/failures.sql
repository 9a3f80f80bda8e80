-- title: Why mail does not get through
-- question: Why can these users not send mail, and what helps?
-- columns: one row a client, service and reason, the most tries first. what_happened is the reason in a sentence
--   and what_helps the remedy; where no reason was found, kind is the verdict, and there is neither remedy nor
--   confidence. server_said is the server's line where the finding rests on one. tries are the sessions of
--   of_sessions in which it happened; one may have two reasons. last_success is the last time that this client got
--   through to this service, with TLS in time, a whole message or a login that was accepted: later than last_try, it
--   works again. severity tells where the failure is also a risk. accepted counts findings for which
--   somebody answers; they are not in tries.
-- clauses: none: a failure explains, it does not accuse.
-- limits: only what the wire shows: what a program told its user, why a certificate was rejected, and everything
--   behind a login inside TLS is not there. A connection that never got an answer to its first packet is no session
--   and is not listed. Where nothing of a refused handshake is readable, the reason is a likely one. A user is
--   known only by the account that crossed in clear.
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
explaining AS MATERIALIZED (
	SELECT id, word
	FROM kind
	WHERE (word GLOB 'diag-*' OR word IN ('tls-handshake-failed', 'tls-sni-unrecognised', 'downgrade-reset-at-tls',
			'downgrade-starttls-refused-after-offer', 'cred-plaintext-rejected'))
		AND word NOT IN ('diag-starttls-required-then-upgraded', 'diag-nat-or-proxy',
			'diag-offered-not-enforced-belief')
),
failed AS MATERIALIZED (
	-- one that failed in the same way before tells what a tally's last one tells
	SELECT scope.*, kind.word AS kind, f.severity AS gravity, f.confidence AS confidence, f.findings AS findings,
		f.kind_id AS kind_id,
		(scope.tally_id, f.kind_id) IN (SELECT tally_id, kind_id FROM answered) AS is_accepted
	FROM scope
	CROSS JOIN pattern_finding AS f ON f.pattern_id = scope.pattern_id
	CROSS JOIN explaining AS kind ON kind.id = f.kind_id
	WHERE kind.word GLOB 'diag-*' OR (scope.tls_established IS NOT true AND coalesce(scope.has_messages, 0) = 0)
	UNION ALL
	SELECT scope.*, scope.verdict, coalesce(scope.severity, 0), NULL, 1, NULL, false
	FROM scope
	WHERE (scope.verdict IN ('handshake-failed', 'aborted-refused', 'mode-mismatch', 'blocked-tls-required')
			OR (scope.verdict GLOB 'downgraded-*' AND scope.has_messages = 0 AND scope.has_secrets = 0))
		AND NOT EXISTS (SELECT 1
			FROM pattern_finding AS f
			CROSS JOIN explaining AS kind ON kind.id = f.kind_id
			WHERE f.pattern_id = scope.pattern_id AND (kind.word GLOB 'diag-*'
				OR (scope.tls_established IS NOT true AND coalesce(scope.has_messages, 0) = 0)))
),
met AS MATERIALIZED (
	SELECT client_octets, server_octets, server_port, protocol, sum(sessions) AS sessions,
		max(last_ns) FILTER (WHERE verdict GLOB 'protected-*' OR has_messages OR logged_in) AS success_ns
	FROM scope
	WHERE client_octets IN (SELECT client_octets FROM failed)
	GROUP BY client_octets, server_octets, server_port, protocol
),
told AS (
	SELECT client_octets, server_octets, server_port, protocol, kind, client_ip, server_ip, role,
		max((SELECT client_name FROM session WHERE id = failed.last_session)) AS client_name,
		max((SELECT max(f.evidence)
			FROM finding AS f
			WHERE f.id BETWEEN failed.last_session * 1000 AND failed.last_session * 1000 + 999
				AND +f.kind_id = failed.kind_id AND f.side = 1)) AS said,
		max(gravity) AS severity, max(confidence) AS confidence,
		max(iif(accounts = '', NULL, (SELECT max(one.value) FROM json_each(failed.accounts) AS one)))
			AS account,
		sum(iif(is_accepted, 0, sessions * findings)) AS tries,
		sum(iif(is_accepted, sessions * findings, 0)) AS accepted,
		min(first_ns) AS first_ns, max(last_ns) AS last_ns, max(last_session) AS example
	FROM failed
	WHERE failed.kind <> 'tls-handshake-failed' OR NOT EXISTS (SELECT 1
		FROM pattern_finding AS cause
		WHERE cause.pattern_id = failed.pattern_id
			AND cause.kind_id IN (SELECT id FROM explaining WHERE word <> 'tls-handshake-failed'))
	GROUP BY client_octets, server_octets, server_port, protocol, kind
)
SELECT
	told.client_ip AS client,
	told.client_name AS client_name,
	told.account AS account,
	told.server_ip AS server,
	told.server_port AS port,
	told.protocol AS protocol,
	told.role AS role,
	told.kind AS kind,
	coalesce(known.sentence, verdict_kind.sentence, told.kind) AS what_happened,
	known.fix AS what_helps,
	told.said AS server_said,
	severity.word AS severity,
	confidence.word AS confidence,
	told.tries AS tries,
	told.accepted AS accepted,
	met.sessions AS of_sessions,
	strftime('%Y-%m-%dT%H:%M:%SZ', told.first_ns / 1000000000, 'unixepoch') AS first_try,
	strftime('%Y-%m-%dT%H:%M:%SZ', told.last_ns / 1000000000, 'unixepoch') AS last_try,
	strftime('%Y-%m-%dT%H:%M:%SZ', met.success_ns / 1000000000, 'unixepoch') AS last_success,
	told.example AS example_session
FROM told
JOIN met ON met.client_octets = told.client_octets AND met.server_octets = told.server_octets
	AND met.server_port = told.server_port AND met.protocol = told.protocol
JOIN severity ON severity.rank = told.severity
LEFT JOIN confidence ON confidence.rank = told.confidence
LEFT JOIN finding_kind AS known ON known.id = told.kind
LEFT JOIN verdict_kind ON verdict_kind.word = told.kind
ORDER BY told.tries DESC, told.last_ns DESC, told.client_ip, told.server_ip, told.server_port, told.kind;
