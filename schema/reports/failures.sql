-- title: Why mail does not get through
-- question: Why can these users not send mail, and what helps?
-- columns: one row a client, service and reason, the most tries first. what_happened is the reason in a sentence
--   and what_helps the remedy; where no reason was found, kind is the verdict, and there is neither remedy nor
--   confidence. server_said is the server's line where the finding rests on one. tries are the sessions of
--   of_sessions in which it happened; one may have two reasons. last_success is the last time that this client got
--   through to this service: later than last_try, it works again. severity tells where the failure is also a risk.
--   accepted counts findings for which somebody answers; they are not in tries.
-- clauses: none: a failure explains, it does not accuse.
-- limits: only what the wire shows: what a program told its user, why a certificate was rejected, and everything
--   behind a login inside TLS is not there. A connection that never got an answer to its first packet is no session
--   and is not listed. Where nothing of a refused handshake is readable, the reason is a likely one. A user is
--   known only by the account that crossed in clear.
WITH
accepted AS MATERIALIZED (
	SELECT DISTINCT finding_id
	FROM v_accepted
),
scope AS NOT MATERIALIZED (
	SELECT s.*
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
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
near AS MATERIALIZED (
	-- sessions are numbered nearly in the order of time: those of the period lie between these
	SELECT min(id) * 1000 AS first_id, max(id) * 1000 + 999 AS last_id
	FROM session
	WHERE started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
),
explained AS MATERIALIZED (
	SELECT scope.session_id, scope.client_ip, scope.client_octets, scope.server_ip, scope.server_octets,
		scope.server_port, scope.protocol, scope.role, scope.client_name, scope.started_ns, f.kind AS kind,
		f.severity AS severity, f.confidence AS confidence, iif(f.side = 1, f.evidence, NULL) AS said,
		f.finding_id IN (SELECT finding_id FROM accepted) AS is_accepted
	FROM near
	CROSS JOIN explaining
	CROSS JOIN report_finding AS f ON f.kind_id = explaining.id
		AND f.finding_id BETWEEN near.first_id AND near.last_id
	CROSS JOIN scope ON scope.session_id = f.session_id
	WHERE (f.kind GLOB 'diag-*' OR (scope.tls_established IS NOT true AND coalesce(scope.messages, 0) = 0))
),
failed AS MATERIALIZED (
	SELECT *
	FROM explained
	UNION ALL
	SELECT scope.session_id, scope.client_ip, scope.client_octets, scope.server_ip, scope.server_octets,
		scope.server_port, scope.protocol, scope.role, scope.client_name, scope.started_ns, scope.verdict,
		coalesce(scope.severity, 0), NULL, NULL, false
	FROM scope
	WHERE (scope.verdict IN ('handshake-failed', 'aborted-refused', 'mode-mismatch', 'blocked-tls-required')
			OR (scope.verdict GLOB 'downgraded-*' AND scope.messages = 0 AND scope.secrets = 0))
		AND scope.session_id NOT IN (SELECT session_id FROM explained)
),
met AS MATERIALIZED (
	SELECT client_octets, server_octets, server_port, protocol, count(*) AS sessions,
		max(started_ns) FILTER (WHERE verdict GLOB 'protected-*' OR messages > 0) AS success_ns
	FROM scope
	WHERE client_octets IN (SELECT client_octets FROM failed)
	GROUP BY client_octets, server_octets, server_port, protocol
),
told AS (
	SELECT client_octets, server_octets, server_port, protocol, kind, client_ip, server_ip, role,
		max(client_name) AS client_name, max(said) AS said,
		max(severity) AS severity, max(confidence) AS confidence,
		max((SELECT max(login.username) FROM credential AS login WHERE login.session_id = failed.session_id))
			AS account,
		count(*) FILTER (WHERE NOT is_accepted) AS tries, count(*) FILTER (WHERE is_accepted) AS accepted,
		min(started_ns) AS first_ns, max(started_ns) AS last_ns, max(session_id) AS example
	FROM failed
	WHERE failed.kind <> 'tls-handshake-failed' OR NOT EXISTS (SELECT 1
		FROM finding AS cause
		WHERE cause.id BETWEEN failed.session_id * 1000 AND failed.session_id * 1000 + 999
			AND +cause.kind_id IN (SELECT id FROM explaining WHERE word <> 'tls-handshake-failed'))
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
