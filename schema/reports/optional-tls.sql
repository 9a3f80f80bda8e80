-- title: Servers whose TLS is optional
-- question: Which servers offer TLS, but accept mail or logins without it?
-- columns: one row a service that offered TLS and took something in clear all the same. sessions is all of this
--   scope, with_list those that show the whole list of what the server offers, and offered those of them with TLS
--   on it. declined sessions saw the offer, did not ask, and mail or a login was accepted; not_asked never saw the
--   list of this service and got through as well; refused_later asked and were refused, and it went on in clear.
--   turned_away tried without TLS and got nothing accepted: what enforcing looks like. accepted sessions are those
--   of the three in which somebody answers for a finding about it; they are not in the three. scanners_and_monitors
--   are in none of these.
-- clauses: RFC 8314 section 4.1 for submission and mailboxes; PCI DSS 2.2.5 and NIST SP 800-53 CM-7, from working
--   knowledge. RFC 3207 section 4 forbids a public relay on port 25 to require TLS of everybody.
-- limits: a server may treat networks differently: what it offers and accepts elsewhere is not known. Whether an
--   offer was taken out on the way is told by the report stripping, and such sessions stand in none of the columns.
--   A login whose answer was not captured is not counted as accepted.
WITH
accepted AS MATERIALIZED (
	SELECT DISTINCT a.session_id AS session_id
	FROM v_accepted AS a
	JOIN report_finding AS f ON f.finding_id = a.finding_id
	WHERE f.severity > 0 AND (f.kind GLOB 'cred-*' OR f.kind GLOB 'data-*' OR f.kind GLOB 'posture-*')
),
clear AS (
	SELECT s.*,
		s.verdict IN ('plaintext-declined', 'plaintext-not-asked', 'plaintext-refused', 'blocked-tls-required')
			AS counts,
		s.messages > 0 OR (s.recipients > 0 AND NOT coalesce(s.tls_established, false)) OR (s.exposed & 64) <> 0
			OR ((s.exposed & 12) <> 0 AND EXISTS (SELECT 1 FROM credential AS login
				WHERE login.session_id = s.session_id AND login.in_clear
					AND login.outcome = 'accepted'))
			AS got_through,
		CASE WHEN NOT coalesce(s.tls_established, false)
			THEN (SELECT foot.client_kind FROM footprint AS foot WHERE foot.session_id = s.session_id)
		END AS client_kind
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
told AS (
	SELECT clear.*,
		CASE
			WHEN client_kind > 0 THEN 'other'
			WHEN counts AND got_through AND session_id IN (SELECT session_id FROM accepted) THEN 'accepted'
			WHEN counts AND got_through THEN verdict
			WHEN counts THEN 'turned away'
		END AS place
	FROM clear
)
SELECT
	server_ip AS server,
	server_port AS port,
	protocol,
	role,
	max(tls_sni) AS server_name,
	count(*) AS sessions,
	count(DISTINCT client_octets) AS clients,
	count(starttls_offered) AS with_list,
	count(*) FILTER (WHERE starttls_offered) AS offered,
	count(*) FILTER (WHERE place = 'plaintext-declined') AS declined,
	count(*) FILTER (WHERE place = 'plaintext-not-asked') AS not_asked,
	count(*) FILTER (WHERE place = 'plaintext-refused') AS refused_later,
	count(*) FILTER (WHERE place = 'turned away') AS turned_away,
	count(*) FILTER (WHERE place = 'accepted') AS accepted,
	count(*) FILTER (WHERE place = 'other') AS scanners_and_monitors,
	count(DISTINCT client_octets) FILTER (WHERE place GLOB 'plaintext-*') AS clients_in_clear,
	coalesce(sum(messages) FILTER (WHERE place GLOB 'plaintext-*'), 0) AS messages,
	coalesce(sum(secrets) FILTER (WHERE place GLOB 'plaintext-*'), 0) AS secrets,
	strftime('%Y-%m-%dT%H:%M:%SZ', min(started_ns) FILTER (WHERE place GLOB 'plaintext-*') / 1000000000,
		'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', max(started_ns) FILTER (WHERE place GLOB 'plaintext-*') / 1000000000,
		'unixepoch') AS last_seen,
	max(session_id) FILTER (WHERE place GLOB 'plaintext-*') AS example_session
FROM told
GROUP BY server_octets, server_port, protocol, role
HAVING offered > 0 AND declined + not_asked + refused_later + accepted > 0
ORDER BY role = 'relay', declined + not_asked + refused_later DESC, server_ip, server_port;
