-- title: Versions and cipher suites in use
-- question: Which versions of TLS and which cipher suites are in use, and where?
-- columns: one row for each service, mode (from the first byte, or by STARTTLS; empty where neither agreed on it),
--   version, cipher suite (its IANA name) and grade (A good, B acceptable, C outdated or weak, F broken).
--   forward_secrecy: recorded traffic stays closed when the server's key is stolen later. sessions are those that
--   agreed on it, completed those of them whose handshake came to its end; tls_sessions are all of the same service
--   in which TLS began, and percent is the share. A row without a cipher is of those in which it was not seen or
--   none was agreed on. accepted counts the sessions for which somebody answers at present (a finding tls-*).
-- clauses: PCI DSS 12.3.3 (inventory), 4.2.1, 2.2.5; NIST SP 800-52r2 section 3.3, SP 800-53 SC-13; RFC 9325 section
--   4; BSI TR-02102-2; ISO/IEC 27001:2022 A.8.24.
-- limits: what was negotiated with the clients that came, not what a server would agree to: an inventory of settings
--   needs a scan. The grade knows version, cipher and key exchange, not the certificate, which TLS 1.3 hides. A
--   session captured at two vantages is counted twice: ask for one of them.
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
alike AS (
	SELECT protocol, server_ip, server_port,
		CASE
			WHEN tls_implicit THEN 'from the first byte'
			WHEN starttls_requested THEN 'STARTTLS'
		END AS mode,
		tls_version, tls_cipher, tls_cipher_traits, tls_grade, tls_established, sum(sessions) AS sessions,
		min(first_ns) / 1000000000 - (min(first_ns) % 1000000000 < 0) AS first_s,
		max(last_ns) / 1000000000 - (max(last_ns) % 1000000000 < 0) AS last_s,
		sum(iif(tally_id IN (SELECT tally_id FROM answered), sessions, 0)) AS accepted
	FROM scope
	WHERE tls_started
	GROUP BY pattern_id
), counted_suites AS (
	SELECT
		protocol, server_ip, server_port, mode, tls_version, tls_cipher, tls_grade,
		max(tls_cipher_traits) & 2048 <> 0 AS forward_secrecy,
		sum(sessions) AS sessions,
		sum(sessions * (tls_established IS 1)) AS completed,
		min(first_s) AS first_s,
		max(last_s) AS last_s,
		sum(accepted) AS accepted
	FROM alike
	GROUP BY protocol, server_ip, server_port, mode, tls_version, tls_cipher, tls_grade
), shared AS (
	SELECT counted_suites.*, sum(sessions) OVER (PARTITION BY protocol, server_ip, server_port)
		AS tls_sessions
	FROM counted_suites
)
SELECT
	protocol,
	server_ip AS server,
	server_port AS port,
	mode,
	tls_version AS version,
	tls_cipher AS cipher,
	CASE WHEN tls_cipher IS NOT NULL THEN forward_secrecy END AS forward_secrecy,
	tls_grade AS grade,
	sessions,
	completed,
	tls_sessions,
	round(100.0 * sessions / tls_sessions, 1) AS percent,
	strftime('%Y-%m-%dT%H:%M:%SZ', first_s, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', last_s, 'unixepoch') AS last_seen,
	accepted
FROM shared
ORDER BY grade DESC, shared.sessions DESC, protocol, server, port, mode, version, cipher;
