-- title: Outdated versions of TLS
-- question: Are TLS 1.0, TLS 1.1 or older still negotiated, and by whom?
-- columns: one row for each version, network of clients (/24, /56) and service. sessions are those in which the
--   server chose that version, completed those of them whose handshake came to its end; tls_sessions are all of the
--   same service whose version was seen, whatever it was, and percent is the share. clients counts addresses.
--   session leads to one of them. accepted counts the sessions for which somebody answers at present (a finding
--   tls-*); rows that are all accepted stand last.
-- clauses: NIST SP 800-52r2 section 3.1; PCI DSS 4.2.1, 2.2.5; RFC 8996, RFC 9325 section 3.1.1; BSI TR-02102-2;
--   ISO/IEC 27001:2022 A.8.24. The report "controls" says how certain each is.
-- limits: who offers old versions only and is turned away is not here, but in the report "findings" as
--   tls-client-max-old and tls-handshake-failed. Sessions whose handshake was not captured have no version and count
--   nowhere. A session captured at two vantages is counted twice: ask for one of them.
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
answered AS MATERIALIZED (
	SELECT tally_id
	FROM report_accepted
	WHERE kind GLOB 'tls-*'
),
shaken AS (
	SELECT tls_version IN ('SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1') AS is_old, tls_version, protocol, role,
		client_ip, client_network, server_ip, server_port, tls_established, last_session, sessions,
		first_ns / 1000000000 - (first_ns % 1000000000 < 0) AS first_s,
		last_ns / 1000000000 - (last_ns % 1000000000 < 0) AS last_s,
		iif(tally_id IN (SELECT tally_id FROM answered), sessions, 0) AS accepted
	FROM scope
	WHERE tls_version IS NOT NULL
), listed AS (
	SELECT
		is_old, tls_version, protocol, role, server_ip, server_port,
		-- who negotiates what is in order is counted, not listed
		CASE WHEN is_old THEN client_network END AS client_network,
		sum(sessions) AS sessions,
		sum(sessions * (tls_established IS 1)) AS completed,
		count(DISTINCT CASE WHEN is_old THEN client_ip END) AS clients,
		min(first_s) AS first_s,
		max(last_s) AS last_s,
		max(last_session) AS session_id,
		sum(accepted) AS accepted
	FROM shaken
	GROUP BY is_old, tls_version, protocol, role, server_ip, server_port, 7
), shared AS (
	SELECT listed.*, sum(sessions) OVER (PARTITION BY protocol, role, server_ip, server_port) AS tls_sessions
	FROM listed
)
SELECT
	shared.tls_version AS version,
	shared.protocol AS protocol,
	shared.role AS role,
	shared.client_network AS client_network,
	shared.clients AS clients,
	shared.server_ip AS server,
	shared.server_port AS port,
	shared.sessions AS sessions,
	shared.completed AS completed,
	shared.tls_sessions AS tls_sessions,
	round(100.0 * shared.sessions / shared.tls_sessions, 1) AS percent,
	strftime('%Y-%m-%dT%H:%M:%SZ', shared.first_s, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', shared.last_s, 'unixepoch') AS last_seen,
	shared.session_id AS session,
	shared.accepted AS accepted
FROM shared
WHERE shared.is_old
ORDER BY shared.accepted = shared.sessions, version, sessions DESC, client_network, server, port;
