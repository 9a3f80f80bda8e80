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
scope AS NOT MATERIALIZED (
	SELECT s.*
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
clear AS MATERIALIZED (
	SELECT session_id, server_octets, server_port, protocol, role, client_octets, started_ns, messages, secrets,
		verdict,
		messages > 0 OR (recipients > 0 AND NOT coalesce(tls_established, false)) OR (exposed & 64) <> 0
			OR ((exposed & 12) <> 0 AND EXISTS (SELECT 1 FROM credential AS login
				WHERE login.session_id = scope.session_id AND login.in_clear
					AND login.outcome = 'accepted'))
			AS got_through
	FROM scope
	WHERE verdict IN ('plaintext-declined', 'plaintext-not-asked', 'plaintext-refused', 'blocked-tls-required')
),
placed AS MATERIALIZED (
	SELECT clear.*,
		CASE
			WHEN (SELECT foot.client_kind
				FROM footprint AS foot
				WHERE foot.session_id = clear.session_id) > 0 THEN 'other'
			WHEN NOT coalesce(got_through, false) THEN 'turned away'
			WHEN session_id IN (SELECT session_id FROM accepted) THEN 'accepted'
			ELSE verdict
		END AS place
	FROM clear
),
tried AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, role,
		count(*) FILTER (WHERE place = 'plaintext-declined') AS declined,
		count(*) FILTER (WHERE place = 'plaintext-not-asked') AS not_asked,
		count(*) FILTER (WHERE place = 'plaintext-refused') AS refused_later,
		count(*) FILTER (WHERE place = 'turned away') AS turned_away,
		count(*) FILTER (WHERE place = 'accepted') AS accepted,
		count(*) FILTER (WHERE place = 'other') AS others,
		count(DISTINCT client_octets) FILTER (WHERE place GLOB 'plaintext-*') AS clients,
		sum(messages) FILTER (WHERE place GLOB 'plaintext-*') AS messages,
		sum(secrets) FILTER (WHERE place GLOB 'plaintext-*') AS secrets,
		min(started_ns) FILTER (WHERE place GLOB 'plaintext-*') AS first_ns,
		max(started_ns) FILTER (WHERE place GLOB 'plaintext-*') AS last_ns,
		max(session_id) FILTER (WHERE place GLOB 'plaintext-*') AS example
	FROM placed
	GROUP BY server_octets, server_port, protocol, role
),
service AS MATERIALIZED (
	SELECT server_octets, server_port, protocol, role, server_ip, max(tls_sni) AS name, count(*) AS sessions,
		count(DISTINCT client_octets) AS clients, count(starttls_offered) AS with_list,
		count(*) FILTER (WHERE starttls_offered) AS offered
	FROM scope
	WHERE EXISTS (SELECT 1 FROM placed)
	GROUP BY server_octets, server_port, protocol, role
)
SELECT
	v.server_ip AS server,
	v.server_port AS port,
	v.protocol AS protocol,
	v.role AS role,
	v.name AS server_name,
	v.sessions AS sessions,
	v.clients AS clients,
	v.with_list AS with_list,
	v.offered AS offered,
	tried.declined AS declined,
	tried.not_asked AS not_asked,
	tried.refused_later AS refused_later,
	tried.turned_away AS turned_away,
	tried.accepted AS accepted,
	tried.others AS scanners_and_monitors,
	tried.clients AS clients_in_clear,
	coalesce(tried.messages, 0) AS messages,
	coalesce(tried.secrets, 0) AS secrets,
	strftime('%Y-%m-%dT%H:%M:%SZ', tried.first_ns / 1000000000, 'unixepoch') AS first_seen,
	strftime('%Y-%m-%dT%H:%M:%SZ', tried.last_ns / 1000000000, 'unixepoch') AS last_seen,
	tried.example AS example_session
FROM tried
JOIN service AS v ON v.server_octets = tried.server_octets AND v.server_port = tried.server_port
	AND v.protocol = tried.protocol AND v.role = tried.role
WHERE v.offered > 0 AND tried.declined + tried.not_asked + tried.refused_later + tried.accepted > 0
ORDER BY v.role = 'relay', tried.declined + tried.not_asked + tried.refused_later DESC, v.server_ip, v.server_port;
