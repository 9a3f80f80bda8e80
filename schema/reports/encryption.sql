-- title: How much mail is encrypted in transit
-- question: What share of mail is encrypted in transit, per service and month?
-- columns: one row for each month (of the session's begin, UTC) and service. Every session is in one of four
--   columns: encrypted (TLS before anything that matters), in_clear (a login, an envelope, content or other data
--   crossed outside TLS, be it before a late TLS), undecided (too little was captured to tell, and nothing was seen
--   in clear), idle (nothing but greetings crossed: refused, broken off, failed). encrypted_percent is encrypted of
--   encrypted and in_clear; with the undecided on the one or the other side it lies between least_percent and
--   most_percent. weak counts encrypted sessions whose TLS has a grade below B. messages counts those that crossed
--   in clear. accepted counts sessions in clear for which somebody answers at present.
-- clauses: NIST SP 800-53 SC-8(1); HIPAA 164.312(e)(1), (e)(2)(ii); GDPR Article 32(1)(a); ISO/IEC 27001:2022
--   A.5.14, A.8.24; PCI DSS 4.2.1 and 4.2.2, where card numbers are sent.
-- limits: how many messages an encrypted session carried cannot be seen, so sessions are counted, not messages. An
--   encrypted session may be with the wrong server: see certificates and stripping. Connections without a word are
--   left out. A session captured at two vantages is counted twice, and may be encrypted at one of them only: ask for
--   one.
-- The sessions are sorted once, alike ones together, and looked at closely when there are few groups left.
WITH alike AS (
	SELECT
		strftime('%Y-%m', s.started_ns / 1000000000 - (s.started_ns % 1000000000 < 0), 'unixepoch') AS month,
		s.protocol AS protocol,
		s.role AS role,
		s.server_ip AS server,
		s.server_port AS port,
		s.verdict AS verdict,
		s.exposed AS exposed,
		s.tls_grade AS tls_grade,
		s.session_id IN (SELECT a.session_id FROM v_accepted AS a) AS is_accepted,
		count(*) AS sessions,
		sum(s.messages) AS messages
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
		AND s.verdict NOT IN ('no-dialogue', 'not-applicable')
	GROUP BY server, port, verdict, s.exposed, s.tls_grade, month, s.protocol, role, is_accepted
), parted AS MATERIALIZED (
	SELECT
		alike.*,
		CASE
			WHEN verdict IN ('protected-implicit', 'protected-starttls') THEN 'encrypted'
			WHEN exposed & 124 THEN 'in clear'
			WHEN verdict = 'unknown-partial' THEN 'undecided'
			ELSE 'idle'
		END AS part
	FROM alike
), counted AS (
	SELECT
		month, protocol, role, server, port,
		sum(sessions) AS sessions,
		coalesce(sum(sessions) FILTER (WHERE part = 'encrypted'), 0) AS encrypted,
		coalesce(sum(sessions) FILTER (WHERE part = 'in clear'), 0) AS in_clear,
		coalesce(sum(sessions) FILTER (WHERE part = 'undecided'), 0) AS undecided,
		coalesce(sum(sessions) FILTER (WHERE part = 'idle'), 0) AS idle,
		coalesce(sum(sessions) FILTER (WHERE part = 'encrypted' AND tls_grade NOT IN ('A', 'B')), 0) AS weak,
		sum(messages) AS messages,
		coalesce(sum(sessions) FILTER (WHERE part = 'in clear' AND is_accepted), 0) AS accepted
	FROM parted
	GROUP BY month, protocol, role, server, port
)
SELECT
	month,
	protocol,
	role,
	server,
	port,
	sessions,
	encrypted,
	in_clear,
	undecided,
	idle,
	round(100.0 * encrypted / nullif(encrypted + in_clear, 0), 1) AS encrypted_percent,
	round(100.0 * encrypted / nullif(encrypted + in_clear + undecided, 0), 1) AS least_percent,
	round(100.0 * (encrypted + undecided) / nullif(encrypted + in_clear + undecided, 0), 1) AS most_percent,
	weak,
	messages,
	accepted
FROM counted
ORDER BY month, protocol, encrypted_percent IS NULL, encrypted_percent, sessions DESC, server, port;
