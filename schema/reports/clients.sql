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
alike AS MATERIALIZED (
	-- Each session is looked at and sorted once; what is alike is counted below.  What was found in it is one text:
	-- kind, severity and whether somebody answers for it.
	SELECT scope.client_octets AS client_octets, scope.client_ip AS client_ip, scope.server_octets AS server_octets,
		scope.server_port AS server_port, scope.verdict AS verdict, scope.tls_version AS tls_version,
		scope.tls_ja4 AS tls_ja4, foot.client_kind AS client_kind, foot.offers_version AS offers_version,
		iif(scope.severity > 0, (SELECT group_concat(f.kind_id * 16 + f.severity * 2
				+ (f.finding_id IN (SELECT finding_id FROM accepted)))
			FROM report_finding AS f
			WHERE f.finding_id BETWEEN scope.session_id * 1000 AND scope.session_id * 1000 + 999
				AND f.severity > 0), NULL) AS findings,
		count(*) AS sessions, sum(scope.secrets) AS secrets, sum(scope.messages) AS messages,
		min(scope.started_ns) AS first_ns, max(scope.started_ns) AS last_ns,
		max(iif(scope.client_name IS NOT NULL, scope.session_id, NULL)) AS named
	FROM scope
	LEFT JOIN footprint AS foot ON foot.session_id = scope.session_id
	GROUP BY scope.client_octets, scope.server_octets, scope.server_port, scope.verdict, scope.tls_version,
		scope.tls_ja4, foot.client_kind, foot.offers_version, findings
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
		count(DISTINCT tls_ja4) AS fingerprints, coalesce(sum(secrets), 0) AS secrets,
		coalesce(sum(messages), 0) AS messages, min(first_ns) AS first_ns, max(last_ns) AS last_ns,
		max(named) AS named
	FROM alike
	GROUP BY client_octets
),
struck AS MATERIALIZED (
	SELECT client_octets, one.value / 16 AS kind_id, max(one.value / 2 % 8) AS severity,
		sum(sessions * (one.value % 2 = 0)) AS open, sum(sessions * (one.value % 2 = 1)) AS accepted
	FROM alike
	CROSS JOIN json_each('[' || alike.findings || ']') AS one
	GROUP BY client_octets, one.value / 16
),
trouble AS MATERIALIZED (
	SELECT client_octets, group_concat(iif(open > 0, kind || ' ' || open, NULL), ', ') AS kinds,
		max(iif(open > 0, severity, NULL)) AS severity, sum(open) AS findings, sum(accepted) AS accepted
	FROM (SELECT struck.*, kind.word AS kind
		FROM struck
		CROSS JOIN kind ON kind.id = struck.kind_id
		ORDER BY client_octets, severity DESC, open DESC, kind)
	GROUP BY client_octets
),
account AS MATERIALIZED (
	SELECT client_octets, group_concat(username, ' ') AS names
	FROM (SELECT DISTINCT scope.client_octets AS client_octets, login.username AS username
		FROM scope
		CROSS JOIN credential AS login ON login.session_id = scope.session_id
		WHERE login.in_clear AND login.username IS NOT NULL
		ORDER BY client_octets, username)
	GROUP BY client_octets
)
SELECT
	c.client_ip AS client,
	(SELECT client_name FROM session WHERE id = c.named) AS name,
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
LEFT JOIN trouble ON trouble.client_octets = c.client_octets
LEFT JOIN account ON account.client_octets = c.client_octets
LEFT JOIN severity ON severity.rank = trouble.severity
ORDER BY trouble.severity DESC, trouble.findings DESC, c.sessions DESC, c.client_octets;
