-- title: Outdated versions of TLS
-- question: Are TLS 1.0, TLS 1.1 or older still negotiated, and by whom?
-- columns: one row for each version, network of clients (/24, /48) and service. sessions are those in which the
--   server chose that version, completed those of them whose handshake came to its end; tls_sessions are all of the
--   same service whose version was seen, whatever it was, and percent is the share. clients counts addresses.
--   session leads to one of them. accepted counts the sessions for which somebody answers at present (a finding
--   tls-*); rows that are all accepted stand last.
-- clauses: NIST SP 800-52r2 section 3.1; PCI DSS 4.2.1, 2.2.5; RFC 8996, RFC 9325 section 3.1.1; BSI TR-02102-2;
--   ISO/IEC 27001:2022 A.8.24. The report "controls" says how certain each is.
-- limits: who offers old versions only and is turned away is not here, but in the report "findings" as
--   tls-client-max-old and tls-handshake-failed. Sessions whose handshake was not captured have no version and count
--   nowhere. A session captured at two vantages is counted twice: ask for one of them.
WITH shaken AS (
	SELECT
		s.tls_version IN ('SSLv2', 'SSLv3', 'TLSv1.0', 'TLSv1.1') AS is_old,
		s.tls_version, s.protocol, s.role, s.client_ip, s.client_network, s.server_ip, s.server_port,
		s.tls_established, s.session_id,
		s.started_ns / 1000000000 - (s.started_ns % 1000000000 < 0) AS started_s,
		s.session_id IN (SELECT a.session_id FROM v_accepted AS a WHERE a.kind GLOB 'tls-*') AS is_accepted
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
		AND s.tls_version IS NOT NULL
), counted AS (
	SELECT
		is_old, tls_version, protocol, role, server_ip, server_port,
		-- who negotiates what is in order is counted, not listed
		CASE WHEN is_old THEN client_network END AS client_network,
		count(*) AS sessions,
		sum(tls_established IS 1) AS completed,
		count(DISTINCT CASE WHEN is_old THEN client_ip END) AS clients,
		min(started_s) AS first_s,
		max(started_s) AS last_s,
		max(session_id) AS session_id,
		sum(is_accepted) AS accepted
	FROM shaken
	GROUP BY is_old, tls_version, protocol, role, server_ip, server_port, 7
), shared AS (
	SELECT counted.*, sum(sessions) OVER (PARTITION BY protocol, role, server_ip, server_port) AS tls_sessions
	FROM counted
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
