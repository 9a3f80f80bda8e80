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
WITH shaken AS (
	SELECT
		s.protocol, s.server_ip, s.server_port,
		CASE
			WHEN s.tls_implicit THEN 'from the first byte'
			WHEN s.starttls_requested THEN 'STARTTLS'
		END AS mode,
		s.tls_version, s.tls_cipher, s.tls_cipher_traits, s.tls_grade, s.tls_established,
		s.started_ns / 1000000000 - (s.started_ns % 1000000000 < 0) AS started_s,
		s.session_id IN (SELECT a.session_id FROM v_accepted AS a WHERE a.kind GLOB 'tls-*') AS is_accepted
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
		AND s.tls_started
), counted AS (
	SELECT
		protocol, server_ip, server_port, mode, tls_version, tls_cipher, tls_grade,
		max(tls_cipher_traits) & 2048 <> 0 AS forward_secrecy,
		count(*) AS sessions,
		sum(tls_established IS 1) AS completed,
		min(started_s) AS first_s,
		max(started_s) AS last_s,
		sum(is_accepted) AS accepted
	FROM shaken
	GROUP BY protocol, server_ip, server_port, mode, tls_version, tls_cipher, tls_grade
), shared AS (
	SELECT counted.*, sum(sessions) OVER (PARTITION BY protocol, server_ip, server_port) AS tls_sessions
	FROM counted
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
