-- Sessions and findings as events, one row each, in the order in which a sensor tells them: by time, the findings of a
-- session before the session itself.  JSON LINES in the manual page says what each member means; src/sensor/line.c
-- writes the same lines of what a sensor sees, and tests/export holds the two against each other.
--
-- A column is a member of the object: its name is the path to it, and behind a blank may stand what the value is:
--
--   bool       0, 1 or NULL: false, true or null
--   time       nanoseconds since 1970
--   optional   left out where it is NULL
--   list       texts with commas between; left out where it is NULL
--
-- A column named "if" decides whether the members behind it are there, up to the next "if".
--
-- :events is 'sessions' or 'findings', or NULL for both; the scope is that of the reports.
WITH
-- What is asked for, as keys alone, since that is what has to be sorted: finding 3 of session 12 is 12003, and the
-- session itself 12999.
event AS (
	SELECT s.ended_ns AS at_ns, s.id * 1000 + 999 AS id
	FROM session AS s
	JOIN capture AS c ON c.id = s.capture_id
	WHERE :events IS NOT 'findings'
		AND s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR coalesce(nullif(c.vantage, ''), s.interface, '') = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
	UNION ALL
	SELECT min(coalesce(f.at_ns, s.ended_ns), s.ended_ns) AS at_ns, f.id AS id
	FROM session AS s
	JOIN capture AS c ON c.id = s.capture_id
	CROSS JOIN finding AS f ON f.id BETWEEN s.id * 1000 AND s.id * 1000 + 998
	WHERE :events IS NOT 'sessions'
		AND s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR coalesce(nullif(c.vantage, ''), s.interface, '') = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
	ORDER BY 1, 2
	LIMIT -1                -- makes SQLite keep this order, without sorting the wide rows below once more
)
SELECT
	coalesce(f.at_ns, s.ended_ns) AS "@timestamp time",
	CASE WHEN f.id IS NULL THEN 'event' ELSE 'alert' END AS "event.kind",
	CASE WHEN f.id IS NOT NULL THEN 'finding' WHEN s.ongoing THEN 'session-ongoing' ELSE 'session' END AS "event.action",
	'starttrace' AS "event.dataset",
	CASE severity.rank WHEN 0 THEN 1 WHEN 1 THEN 21 WHEN 2 THEN 47 WHEN 3 THEN 73 WHEN 4 THEN 99 END
		AS "event.severity optional",

	'starttrace' AS "observer.vendor",
	'starttrace' AS "observer.product",
	r.tool_version AS "observer.version",
	nullif(r.host, '') AS "observer.name",
	coalesce(nullif(c.vantage, ''), s.interface) AS "observer.vantage",
	CASE WHEN c.live THEN c.path ELSE s.interface END AS "observer.ingress.interface.name optional",

	s.client_ip AS "source.ip",
	s.client_port AS "source.port",
	s.bytes_client AS "source.bytes",
	s.server_ip AS "destination.ip",
	s.server_port AS "destination.port",
	s.bytes_server AS "destination.bytes",

	'tcp' AS "network.transport",
	s.protocol AS "network.protocol",
	community_id(s.client_ip, s.client_port, s.server_ip, s.server_port) AS "network.community_id",
	nullif(CAST(CASE WHEN s.vlan > 65535 THEN s.vlan >> 16 ELSE s.vlan END AS TEXT), '0') AS "network.vlan.id optional",
	CASE WHEN s.vlan > 65535 THEN CAST(s.vlan & 65535 AS TEXT) END AS "network.inner.vlan.id optional",

	f.id IS NULL OR s.tls_started AS "if",
	s.tls_started AS "tls.started bool",
	s.tls_established AS "tls.established bool",
	s.tls_started AS "if",
	s.tls_implicit AS "tls.implicit bool",
	s.tls_resumed AS "tls.resumed bool",
	s.tls_version AS "tls.version",
	s.tls_cipher AS "tls.cipher",
	s.tls_alpn AS "tls.next_protocol",
	s.tls_sni AS "tls.client.server_name",
	s.tls_ja3 AS "tls.client.ja3",
	s.tls_ja4 AS "tls.client.ja4",
	s.tls_ja3s AS "tls.server.ja3s",
	nullif(lower(hex(leaf.sha256)), '') AS "tls.server.hash.sha256",

	1 AS "if",
	session_identity(coalesce(nullif(c.vantage, ''), s.interface, ''), s.vlan, s.client_ip, s.client_port,
		s.server_ip, s.server_port, s.started_ns) AS "session.id",
	s.started_ns AS "session.started time",
	f.id IS NULL AS "if",
	CASE WHEN NOT s.ongoing THEN s.ended_ns END AS "session.ended time",
	s.ongoing AS "session.ongoing bool",
	coalesce(judged.verdict, s.verdict) AS "session.verdict",
	severity.word AS "session.severity",
	CASE s.missing WHEN 0 THEN 'full' ELSE substr(
		CASE WHEN s.missing & 1 THEN ',midstream' ELSE '' END
		|| CASE WHEN s.missing & 2 THEN ',one-sided' ELSE '' END
		|| CASE WHEN s.missing & 4 THEN ',gap' ELSE '' END
		|| CASE WHEN s.missing & 8 THEN ',truncated' ELSE '' END
		|| CASE WHEN s.missing & 16 THEN ',open' ELSE '' END, 2) END AS "session.complete",
	s.tls_grade AS "session.tls_grade",
	s.exposed AS "session.exposed",
	s.starttls_offered AS "session.starttls.offered bool",
	s.starttls_requested AS "session.starttls.requested bool",
	s.starttls_reply AS "session.starttls.reply",
	1 AS "if",
	s.server_banner AS "session.server_banner",
	s.client_name AS "session.client_name",
	f.id IS NULL AS "if",
	s.messages AS "session.messages_in_clear",
	s.secrets AS "session.credentials_in_clear",
	1 AS "if",
	s.first_frame AS "session.first_frame",
	f.id IS NULL AS "if",
	s.last_frame AS "session.last_frame",
	NOT c.live AS "if",
	c.path AS "session.capture",

	f.id IS NOT NULL AS "if",
	kind.word AS "finding.kind",
	coalesce(known.title, kind.word) AS "finding.title",
	severity.word AS "finding.severity",
	confidence.word AS "finding.confidence",
	coalesce(said.score, f.score) AS "finding.score",
	f.count AS "finding.count",
	f.frame AS "finding.frame",
	f.first_frame AS "finding.first_frame",
	CASE f.side WHEN 0 THEN 'client' WHEN 1 THEN 'server' END AS "finding.direction",
	f.stream_offset AS "finding.stream_offset",
	f.evidence AS "finding.evidence",
	CASE WHEN said.finding_id IS NULL THEN f.reasons ELSE said.reasons END AS "finding.reasons",
	(SELECT group_concat(id) FROM (
		SELECT session_identity(coalesce(nullif(oc.vantage, ''), o.interface, ''), o.vlan, o.client_ip, o.client_port,
			o.server_ip, o.server_port, o.started_ns) AS id
		FROM finding_link AS link
		CROSS JOIN session AS o ON o.id = link.session_id
		CROSS JOIN capture AS oc ON oc.id = o.capture_id
		WHERE link.finding_id = f.id
		ORDER BY o.started_ns, o.id)) AS "finding.rests_on list",
	CASE
		WHEN f.frame IS NULL THEN ''
		WHEN f.first_frame >= f.frame THEN printf('frame.number == %d && ', f.frame)
		ELSE printf('frame.number >= %d && frame.number <= %d && ', f.first_frame, f.frame)
	END
		|| printf(CASE WHEN instr(s.client_ip, ':') > 0
				THEN 'ipv6.addr == %s && ipv6.addr == %s'
				ELSE 'ip.addr == %s && ip.addr == %s' END
				|| ' && tcp.port == %d && tcp.port == %d',
			s.client_ip, s.server_ip, s.client_port, s.server_port) AS "finding.wireshark_filter",
	CASE WHEN NOT c.live THEN later.path END AS "finding.capture optional"
FROM event
CROSS JOIN session AS s ON s.id = event.id / 1000
CROSS JOIN capture AS c ON c.id = s.capture_id
CROSS JOIN run AS r ON r.id = c.run_id
LEFT JOIN hindsight_session AS judged ON judged.session_id = s.id
LEFT JOIN session_certificate AS shown ON shown.session_id = s.id AND shown.position = 0
LEFT JOIN certificate AS leaf ON leaf.id = shown.certificate_id
LEFT JOIN finding AS f ON f.id = event.id AND event.id % 1000 <> 999
LEFT JOIN kind ON kind.id = f.kind_id
LEFT JOIN finding_kind AS known ON known.id = kind.word
LEFT JOIN hindsight_finding AS said ON said.finding_id = f.id
LEFT JOIN severity ON severity.rank = CASE WHEN f.id IS NULL THEN coalesce(judged.severity, s.severity)
	ELSE coalesce(said.severity, f.severity) END
LEFT JOIN confidence ON confidence.rank = coalesce(said.confidence, f.confidence)
LEFT JOIN capture AS later ON f.capture IS NOT NULL AND later.run_id = c.run_id AND later.number = f.capture;
