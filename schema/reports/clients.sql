-- title: Clients, one by one
-- question: How does each client stand: does it protect what it sends, what goes wrong with it, and whose accounts
--   are at stake?
-- columns: one row a client. name is the last with which it introduced itself. who tells people's clients and
--   relays (ordinary) from scanners and monitors: what most of its sessions look like. protected sessions of
--   sessions were encrypted in time, clear ones went on without TLS or were seen to lose it, failed ones came to
--   nothing, undecided ones show too little. tls_most is the newest TLS that it offers, tls_used what it came to;
--   fingerprints counts the kinds of TLS software seen (JA4). troubles names the kinds of findings of severity low
--   or worse, the most frequent first, and findings how many; worst is their severity. accepted counts findings for
--   which somebody answers; they are in neither. accounts crossed in clear.
-- clauses: RFC 8314 section 5 (what clients do), PCI DSS 8.3.2; NIST SP 800-53 IA-5(1)(c), from working knowledge.
-- limits: a client is an address: many machines may stand behind it, and one machine under several. The name is
--   what the client says of itself. Accounts inside TLS are not seen.
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
	-- of one client, whatever the month and account
	SELECT client_octets, client_ip, pattern_id, server_octets, server_port, verdict, tls_version, tls_ja4,
		client_kind, offers_version, sum(sessions) AS sessions, sum(secrets) AS secrets,
		sum(messages) AS messages, min(first_ns) AS first_ns, max(last_ns) AS last_ns
	FROM scope
	GROUP BY client_octets, pattern_id
),
client AS MATERIALIZED (
	SELECT client_octets, client_ip, sum(sessions) AS sessions,
		count(DISTINCT hex(server_octets) || server_port) AS services,
		sum(sessions * (verdict IN ('protected-implicit', 'protected-starttls'))) AS protected,
		sum(sessions * (verdict GLOB 'plaintext-*' OR verdict GLOB 'downgraded-*'
			OR verdict = 'protected-late')) AS clear,
		sum(sessions * (verdict GLOB 'aborted-*' OR verdict IN ('handshake-failed', 'mode-mismatch',
			'blocked-tls-required', 'no-dialogue', 'not-applicable'))) AS failed,
		sum(sessions * (verdict = 'unknown-partial')) AS undecided,
		coalesce(sum(sessions * (client_kind = 1)), 0) AS scans,
		coalesce(sum(sessions * (client_kind = 2)), 0) AS checks, max(offers_version) AS offers,
		ltrim(iif(max(tls_version = 'SSLv2'), ' SSLv2', '') || iif(max(tls_version = 'SSLv3'), ' SSLv3', '')
			|| iif(max(tls_version = 'TLSv1.0'), ' TLSv1.0', '')
			|| iif(max(tls_version = 'TLSv1.1'), ' TLSv1.1', '')
			|| iif(max(tls_version = 'TLSv1.2'), ' TLSv1.2', '')
			|| iif(max(tls_version = 'TLSv1.3'), ' TLSv1.3', '')) AS versions,
		count(DISTINCT tls_ja4) AS fingerprints, sum(secrets) AS secrets, sum(messages) AS messages,
		min(first_ns) AS first_ns, max(last_ns) AS last_ns
	FROM alike
	GROUP BY client_octets
),
named AS MATERIALIZED (
	-- the last by time, of which no number tells: what is read later may be older
	SELECT client_octets, last_session AS session_id, max(last_ns) AS last_ns
	FROM scope
	WHERE is_named
	GROUP BY client_octets
),
excusing AS MATERIALIZED (
	SELECT tally_id, client_octets, pattern_id, sessions
	FROM scope
	WHERE tally_id IN (SELECT tally_id FROM answered)
),
excused AS MATERIALIZED (
	SELECT e.client_octets AS client_octets, answered.kind_id AS kind_id,
		sum(e.sessions * f.findings) AS findings
	FROM excusing AS e
	CROSS JOIN answered ON answered.tally_id = e.tally_id
	CROSS JOIN pattern_finding AS f ON f.pattern_id = e.pattern_id AND f.kind_id = answered.kind_id
	WHERE f.severity > 0
	GROUP BY e.client_octets, answered.kind_id
),
struck AS MATERIALIZED (
	SELECT alike.client_octets AS client_octets, f.kind_id AS kind_id, max(f.severity) AS severity,
		sum(alike.sessions * f.findings) AS findings
	FROM alike
	CROSS JOIN pattern_finding AS f ON f.pattern_id = alike.pattern_id
	WHERE f.severity > 0
	GROUP BY alike.client_octets, f.kind_id
),
trouble AS MATERIALIZED (
	SELECT client_octets, group_concat(iif(open > 0, kind || ' ' || open, NULL), ', ') AS kinds,
		max(iif(open > 0, severity, NULL)) AS severity, sum(open) AS findings, sum(accepted) AS accepted
	FROM (SELECT struck.client_octets AS client_octets, struck.severity AS severity, kind.word AS kind,
			struck.findings - coalesce(excused.findings, 0) AS open,
			coalesce(excused.findings, 0) AS accepted
		FROM struck
		CROSS JOIN kind ON kind.id = struck.kind_id
		LEFT JOIN excused ON excused.client_octets = struck.client_octets
			AND excused.kind_id = struck.kind_id
		ORDER BY struck.client_octets, struck.severity DESC, open DESC, kind.word)
	GROUP BY client_octets
),
account AS MATERIALIZED (
	SELECT client_octets, group_concat(username, ' ') AS names
	FROM (SELECT DISTINCT scope.client_octets AS client_octets, one.value AS username
		FROM scope
		CROSS JOIN json_each(scope.accounts) AS one
		WHERE scope.logins > 0 AND scope.accounts <> ''
		ORDER BY client_octets, username)
	GROUP BY client_octets
)
SELECT
	c.client_ip AS client,
	(SELECT client_name FROM session WHERE id = named.session_id) AS name,
	CASE WHEN c.scans * 2 > c.sessions THEN 'scanner' WHEN c.checks * 2 > c.sessions THEN 'monitor'
		ELSE 'ordinary' END
		AS who,
	c.sessions AS sessions,
	c.services AS services,
	c.protected AS protected,
	c.clear AS clear,
	c.failed AS failed,
	c.undecided AS undecided,
	CASE c.offers WHEN 2 THEN 'SSLv2' WHEN 768 THEN 'SSLv3' WHEN 769 THEN 'TLSv1.0' WHEN 770 THEN 'TLSv1.1'
		WHEN 771 THEN 'TLSv1.2' WHEN 772 THEN 'TLSv1.3' END AS tls_most,
	c.versions AS tls_used,
	c.fingerprints AS fingerprints,
	severity.word AS worst,
	coalesce(trouble.findings, 0) AS findings,
	trouble.kinds AS troubles,
	coalesce(trouble.accepted, 0) AS accepted,
	account.names AS accounts,
	c.secrets AS secrets,
	c.messages AS messages,
	strftime('%Y-%m-%dT%H:%M:%SZ', c.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', c.last_ns / 1000000000, 'unixepoch') AS last_seen
FROM client AS c
LEFT JOIN named ON named.client_octets = c.client_octets
LEFT JOIN trouble ON trouble.client_octets = c.client_octets
LEFT JOIN account ON account.client_octets = c.client_octets
LEFT JOIN severity ON severity.rank = trouble.severity
ORDER BY trouble.severity DESC, trouble.findings DESC, c.sessions DESC, c.client_octets;
