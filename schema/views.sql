-- What others query: names, columns and meaning of these views are the contract.  Made anew whenever a
-- run opens the database, so that they always fit the tables of this version.
--
-- Times are ISO 8601 in UTC with microseconds.  The whole second is taken towards the past and its
-- part upwards, so that a time before 1970, which only a damaged capture holds, is still right.
--
-- Where other sessions teach something about a session or its finding, that is what is shown.

DROP VIEW IF EXISTS v_session;
CREATE VIEW v_session AS
SELECT
	s.id AS session_id,
	c.path AS capture,
	coalesce(nullif(c.vantage, ''), s.interface, '') AS vantage,
	s.protocol AS protocol,
	s.client_ip AS client_ip,
	s.client_port AS client_port,
	s.server_ip AS server_ip,
	s.server_port AS server_port,
	strftime('%Y-%m-%dT%H:%M:%S',
		s.started_ns / 1000000000 - (s.started_ns % 1000000000 < 0), 'unixepoch')
		|| printf('.%06dZ',
			(s.started_ns % 1000000000 + 1000000000) % 1000000000 / 1000) AS started_at,
	strftime('%Y-%m-%dT%H:%M:%S',
		s.ended_ns / 1000000000 - (s.ended_ns % 1000000000 < 0), 'unixepoch')
		|| printf('.%06dZ',
			(s.ended_ns % 1000000000 + 1000000000) % 1000000000 / 1000) AS ended_at,
	coalesce(h.verdict, s.verdict) AS verdict,
	s.exposed AS exposed,
	s.tls_grade AS tls_grade,
	severity.word AS severity,
	CASE s.missing WHEN 0 THEN 'full' ELSE substr(
		CASE WHEN s.missing & 1 THEN ',midstream' ELSE '' END
		|| CASE WHEN s.missing & 2 THEN ',one-sided' ELSE '' END
		|| CASE WHEN s.missing & 4 THEN ',gap' ELSE '' END
		|| CASE WHEN s.missing & 8 THEN ',truncated' ELSE '' END
		|| CASE WHEN s.missing & 16 THEN ',open' ELSE '' END, 2) END AS complete,
	s.server_banner AS server_banner,
	s.client_name AS client_name,
	s.capabilities AS capabilities,
	s.starttls_offered AS starttls_offered,
	s.starttls_requested AS starttls_requested,
	s.starttls_reply AS starttls_reply,
	s.tls_started AS tls_started,
	s.tls_established AS tls_established,
	s.tls_version AS tls_version,
	s.tls_cipher AS tls_cipher,
	s.tls_sni AS tls_sni,
	s.tls_alpn AS tls_alpn,
	s.tls_ja3 AS tls_ja3,
	s.tls_ja3s AS tls_ja3s,
	s.tls_ja4 AS tls_ja4,
	nullif(lower(hex(leaf.sha256)), '') AS certificate_sha256,
	s.messages AS messages_in_clear,
	s.secrets AS credentials_in_clear,
	s.bytes_client AS bytes_client,
	s.bytes_server AS bytes_server,
	s.first_frame AS first_frame,
	s.last_frame AS last_frame
FROM session AS s
JOIN capture AS c ON c.id = s.capture_id
LEFT JOIN hindsight_session AS h ON h.session_id = s.id
LEFT JOIN severity ON severity.rank = coalesce(h.severity, s.severity)
LEFT JOIN session_certificate AS shown ON shown.session_id = s.id AND shown.position = 0
LEFT JOIN certificate AS leaf ON leaf.id = shown.certificate_id;

-- A finding about something that never came has no frame of its own: its time is the session's.
DROP VIEW IF EXISTS v_finding;
CREATE VIEW v_finding AS
SELECT
	f.id AS finding_id,
	s.id AS session_id,
	kind.word AS kind,
	coalesce(known.title, kind.word) AS title,
	severity.word AS severity,
	confidence.word AS confidence,
	coalesce(h.score, f.score) AS score,
	strftime('%Y-%m-%dT%H:%M:%S', coalesce(f.at_ns, s.started_ns) / 1000000000
		- (coalesce(f.at_ns, s.started_ns) % 1000000000 < 0), 'unixepoch')
		|| printf('.%06dZ', (coalesce(f.at_ns, s.started_ns) % 1000000000 + 1000000000)
			% 1000000000 / 1000) AS at,
	f.frame AS frame,
	CASE f.side WHEN 0 THEN 'client' WHEN 1 THEN 'server' END AS direction,
	f.stream_offset AS stream_offset,
	f.evidence AS evidence,
	CASE WHEN h.finding_id IS NULL THEN f.reasons ELSE h.reasons END AS reasons,
	CASE WHEN f.capture IS NULL THEN c.path ELSE shown.path END AS capture,
	coalesce(nullif(c.vantage, ''), s.interface, '') AS vantage,
	s.protocol AS protocol,
	s.client_ip AS client_ip,
	s.client_port AS client_port,
	s.server_ip AS server_ip,
	s.server_port AS server_port,
	CASE
		WHEN f.frame IS NULL THEN ''
		WHEN f.first_frame = f.frame OR f.first_frame > f.frame
			THEN printf('frame.number == %d && ', f.frame)
		ELSE printf('frame.number >= %d && frame.number <= %d && ', f.first_frame, f.frame)
	END
		|| printf(CASE WHEN instr(s.client_ip, ':') > 0
				THEN 'ipv6.addr == %s && ipv6.addr == %s'
				ELSE 'ip.addr == %s && ip.addr == %s' END
				|| ' && tcp.port == %d && tcp.port == %d',
			s.client_ip, s.server_ip, s.client_port, s.server_port) AS wireshark_filter
FROM session AS s
CROSS JOIN finding AS f ON f.id BETWEEN s.id * 1000 AND s.id * 1000 + 999
CROSS JOIN capture AS c ON c.id = s.capture_id
CROSS JOIN kind ON kind.id = f.kind_id
LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id
CROSS JOIN severity ON severity.rank = coalesce(h.severity, f.severity)
CROSS JOIN confidence ON confidence.rank = coalesce(h.confidence, f.confidence)
LEFT JOIN finding_kind AS known ON known.id = kind.word
LEFT JOIN capture AS shown ON f.capture IS NOT NULL
	AND shown.run_id = c.run_id AND shown.number = f.capture;

-- The other sessions on which a finding rests.
DROP VIEW IF EXISTS v_finding_link;
CREATE VIEW v_finding_link AS
SELECT finding_id, session_id
FROM finding_link;

-- What suggests, alone or together, that something between the two ends changed what they said.
DROP VIEW IF EXISTS v_signal;
CREATE VIEW v_signal AS
SELECT
	s.id AS session_id,
	g.name AS signal,
	CASE g.grp WHEN 0 THEN 'text' WHEN 1 THEN 'wire' WHEN 2 THEN 'history' WHEN 3 THEN 'client'
		WHEN 4 THEN 'reply' WHEN 5 THEN 'vantage' END AS "group",
	g.points AS points,
	g.decisive AS decisive,
	CASE g.origin WHEN 0 THEN 'session' WHEN 1 THEN 'history' WHEN 2 THEN 'comparison' END
		AS origin,
	CASE g.side WHEN 0 THEN 'client' WHEN 1 THEN 'server' END AS direction,
	g.frame AS frame,
	g.stream_offset AS stream_offset,
	g.evidence AS evidence,
	g.words AS words
FROM session AS s
CROSS JOIN signal AS g ON g.id BETWEEN s.id * 1000 AND s.id * 1000 + 999;

-- What a signal's name stands for.
DROP VIEW IF EXISTS v_signal_kind;
CREATE VIEW v_signal_kind (signal, meaning) AS
VALUES
	('S1', 'a keyword of the length of STARTTLS is overwritten with X''s'),
	('S2', 'another keyword is overwritten with X''s: a device inspects mail here'),
	('S3', 'a keyword is STARTTLS with a letter or two changed'),
	('S4', 'a line of the feature list is blanked'),
	('S5', 'a line of the feature list stands there twice'),
	('S6', 'the greeting is overwritten with asterisks: a device inspects mail here'),
	('S7', 'the feature list does not end, or its lines do not, as the protocol wants'),
	('S8', 'the feature list has a hole'),
	('S9', 'the feature list is that of earlier sessions, less STARTTLS alone'),
	('S10', 'STARTTLS is gone and a password login has come'),
	('S11', 'the feature list is quite another one than before: another server, or new settings'),
	('S12', 'software that usually offers TLS does not offer it'),
	('D-CONFLICT', 'the same bytes of the negotiation were seen in two versions'),
	('D-RTT', 'the answer came faster than the server''s distance allows'),
	('D-DOUBLE', 'one command got two different answers'),
	('D-TTL', 'packets of the negotiation made another number of hops'),
	('D-IPID', 'packets of the negotiation do not fit the numbering of those around them'),
	('D-TS', 'packets of the negotiation do not fit the TCP timestamps of those around them'),
	('D-WIN', 'packets of the negotiation have a TCP window or options like no others'),
	('D-FLOW', 'packets of the negotiation differ in flow label, class or hardware address'),
	('D-SEQ', 'the acknowledgements do not fit the bytes that were seen'),
	('D-CSUM', 'only packets of the negotiation have a wrong checksum'),
	('D-RST', 'the connection was reset at the begin of TLS by somebody who is not the other end'),
	('D-HIST', 'earlier sessions with this server had the offer'),
	('D-SPLIT', 'at the same time other networks had the offer'),
	('D-MEM', 'this client used TLS with this server before'),
	('D-ASK', 'the client asked for TLS that was not on offer'),
	('D-QUIT', 'clients that want TLS left for want of the offer'),
	('D-FALL', 'the client came back in clear after TLS had failed'),
	('D-LEGACY', 'EHLO was refused and the client went on with HELO'),
	('D-CONTRA', 'the server refused STARTTLS as unknown right after it offered it'),
	('D-XCMD', 'the server was given a row of X''s where the client gave a command'),
	('D-ECHO', 'the server quotes X''s that the client did not send'),
	('D-2V', 'the two vantages show different words');

-- What a session's signals add up to: of each group the most, of the packets' the two most, and what speaks against;
-- 150 at most.  30 are a suspicion, from 60 on it is likely; one that is decisive proves.
DROP VIEW IF EXISTS v_interference;
CREATE VIEW v_interference AS
SELECT
	s.id AS session_id,
	min(150,
		(SELECT coalesce(sum(most), 0) FROM (
			SELECT max(g.points) AS most
			FROM signal AS g
			WHERE g.id BETWEEN s.id * 1000 AND s.id * 1000 + 999 AND g.points > 0
			GROUP BY g.grp))
		+ coalesce((SELECT g.points
			FROM signal AS g
			WHERE g.id BETWEEN s.id * 1000 AND s.id * 1000 + 999 AND g.points > 0 AND g.grp = 1
			ORDER BY g.points DESC
			LIMIT 1 OFFSET 1), 0)
		+ (SELECT coalesce(sum(g.points), 0)
			FROM signal AS g
			WHERE g.id BETWEEN s.id * 1000 AND s.id * 1000 + 999 AND g.points < 0)) AS points,
	(SELECT max(g.decisive)
		FROM signal AS g
		WHERE g.id BETWEEN s.id * 1000 AND s.id * 1000 + 999) AS decisive,
	(SELECT group_concat(said, ', ') FROM (
		SELECT g.name || ' ' || max(g.points) AS said
		FROM signal AS g
		WHERE g.id BETWEEN s.id * 1000 AND s.id * 1000 + 999
		GROUP BY g.name
		ORDER BY max(g.decisive) DESC, max(g.points) DESC, g.name)) AS signals
FROM session AS s
WHERE EXISTS (SELECT 1 FROM signal AS g WHERE g.id BETWEEN s.id * 1000 AND s.id * 1000 + 999);

DROP VIEW IF EXISTS v_credential;
CREATE VIEW v_credential AS
SELECT session_id, mechanism, username, outcome, in_clear, frame, secret_fingerprint
FROM credential;

DROP VIEW IF EXISTS v_certificate;
CREATE VIEW v_certificate AS
SELECT
	shown.session_id AS session_id,
	shown.position AS position,
	lower(hex(x.sha256)) AS certificate_sha256,
	x.subject AS subject,
	x.issuer AS issuer,
	strftime('%Y-%m-%dT%H:%M:%S.000000Z', x.not_before, 'unixepoch') AS not_before,
	strftime('%Y-%m-%dT%H:%M:%S.000000Z', x.not_after, 'unixepoch') AS not_after,
	x.key_type AS key_type,
	x.key_bits AS key_bits,
	x.signature_algorithm AS signature_algorithm,
	x.self_signed AS self_signed,
	x.names AS names
FROM session_certificate AS shown
JOIN certificate AS x ON x.id = shown.certificate_id;

-- One row a line, numbered from 1.
DROP VIEW IF EXISTS v_dialogue;
CREATE VIEW v_dialogue AS
SELECT
	session_id,
	line,
	strftime('%Y-%m-%dT%H:%M:%S', at_us / 1000000 - (at_us % 1000000 < 0), 'unixepoch')
		|| printf('.%06dZ', (at_us % 1000000 + 1000000) % 1000000) AS at,
	frame,
	direction,
	kind,
	text,
	capture
FROM (
	SELECT
		d.session_id AS session_id,
		line.key + 1 AS line,
		s.started_ns / 1000 + json_extract(line.value, '$[0]') AS at_us,
		json_extract(line.value, '$[1]') AS frame,
		CASE json_extract(line.value, '$[2]') WHEN 'C' THEN 'client' ELSE 'server' END AS direction,
		json_extract(line.value, '$[3]') AS kind,
		json_extract(line.value, '$[4]') AS text,
		CASE WHEN json_extract(line.value, '$[5]') IS NULL THEN c.path ELSE shown.path END AS capture
	FROM dialogue AS d
	JOIN session AS s ON s.id = d.session_id
	JOIN capture AS c ON c.id = s.capture_id
	JOIN json_each(d.lines) AS line
	LEFT JOIN capture AS shown ON json_extract(line.value, '$[5]') IS NOT NULL
		AND shown.run_id = c.run_id AND shown.number = json_extract(line.value, '$[5]'));

-- What was odd, unjudged; `count` is how often, `frame` and `quote` are of the first time.
DROP VIEW IF EXISTS v_note;
CREATE VIEW v_note AS
SELECT
	d.session_id AS session_id,
	json_extract(note.value, '$[0]') AS kind,
	CASE json_extract(note.value, '$[1]') WHEN 'C' THEN 'client' ELSE 'server' END AS direction,
	json_extract(note.value, '$[2]') AS count,
	json_extract(note.value, '$[3]') AS frame,
	json_extract(note.value, '$[4]') AS quote
FROM dialogue AS d
JOIN json_each(d.notes) AS note;

-- What a live capture came to, minute by minute: what was handed over, and what was lost on the way, by the kernel
-- where the program was too slow and by the network card.
DROP VIEW IF EXISTS v_capture_minute;
CREATE VIEW v_capture_minute AS
SELECT
	c.path AS capture,
	c.vantage AS vantage,
	strftime('%Y-%m-%dT%H:%M:%S.000000Z',
		m.minute_ns / 1000000000 - (m.minute_ns % 1000000000 < 0), 'unixepoch') AS minute,
	m.frames AS frames,
	m.bytes AS bytes,
	m.kernel_drops AS kernel_drops,
	m.interface_drops AS interface_drops
FROM capture_minute AS m
JOIN capture AS c ON c.id = m.capture_id;

-- What reports count, one row a session: like v_session, but with times as nanoseconds since 1970 and addresses that can
-- be compared, and without what few reports ask.  For schema/reports/, not for others.
DROP VIEW IF EXISTS report_session;
CREATE VIEW report_session AS
SELECT
	s.id AS session_id,
	s.capture_id AS capture_id,
	coalesce(nullif(c.vantage, ''), s.interface, '') AS vantage,
	s.protocol AS protocol,
	CASE
		WHEN s.protocol = 'lmtp' OR (s.protocol = 'smtp' AND s.server_port IN (25, 10025)) THEN 'relay'
		WHEN s.protocol = 'smtp' THEN 'submission'
		ELSE 'access'
	END AS role,
	s.client_ip AS client_ip,
	CASE WHEN instr(s.client_ip, ':') = 0
		THEN rtrim(s.client_ip, '0123456789') || '0/24'
		ELSE lower(substr(hex(s.client_octets), 1, 4) || ':' || substr(hex(s.client_octets), 5, 4) || ':'
			|| substr(hex(s.client_octets), 9, 4) || ':' || substr(hex(s.client_octets), 13, 2)) || '00::/56'
	END AS client_network,
	s.client_octets AS client_octets,
	s.client_port AS client_port,
	s.server_ip AS server_ip,
	s.server_octets AS server_octets,
	s.server_port AS server_port,
	s.started_ns AS started_ns,
	s.ended_ns AS ended_ns,
	coalesce(h.verdict, s.verdict) AS verdict,
	coalesce(h.severity, s.severity) AS severity,
	s.exposed AS exposed,
	s.missing AS missing,
	s.starttls_offered AS starttls_offered,
	s.starttls_requested AS starttls_requested,
	s.tls_started AS tls_started,
	s.tls_implicit AS tls_implicit,
	s.tls_established AS tls_established,
	s.tls_version AS tls_version,
	s.tls_cipher AS tls_cipher,
	s.tls_cipher_traits AS tls_cipher_traits,
	s.tls_grade AS tls_grade,
	s.tls_sni AS tls_sni,
	s.messages AS messages,
	s.secrets AS secrets,
	s.mails AS mails,
	s.recipients AS recipients,
	s.bytes_client + s.bytes_server AS bytes,
	s.client_name AS client_name,
	s.server_banner AS server_banner,
	s.tls_ja4 AS tls_ja4,
	s.lost AS lost
FROM session AS s
CROSS JOIN capture AS c ON c.id = s.capture_id
LEFT JOIN hindsight_session AS h ON h.session_id = s.id;

-- Sessions that are alike, one row a tally: what report_session tells of each of them, and how many there are.
DROP VIEW IF EXISTS report_tally;
CREATE VIEW report_tally AS
SELECT
	t.id AS tally_id,
	t.pattern_id AS pattern_id,
	t.month AS month,
	t.accounts AS accounts,
	t.client_ip AS client_ip,
	CASE WHEN instr(t.client_ip, ':') = 0
		THEN rtrim(t.client_ip, '0123456789') || '0/24'
		ELSE lower(substr(hex(t.client_octets), 1, 4) || ':' || substr(hex(t.client_octets), 5, 4) || ':'
			|| substr(hex(t.client_octets), 9, 4) || ':' || substr(hex(t.client_octets), 13, 2)) || '00::/56'
	END AS client_network,
	t.client_octets AS client_octets,
	p.vantage AS vantage,
	p.protocol AS protocol,
	CASE
		WHEN p.protocol = 'lmtp' OR (p.protocol = 'smtp' AND p.server_port IN (25, 10025)) THEN 'relay'
		WHEN p.protocol = 'smtp' THEN 'submission'
		ELSE 'access'
	END AS role,
	p.server_ip AS server_ip,
	p.server_octets AS server_octets,
	p.server_port AS server_port,
	p.verdict AS verdict,
	p.severity AS severity,
	p.exposed AS exposed,
	p.missing AS missing,
	p.lost AS lost,
	p.starttls_offered AS starttls_offered,
	p.starttls_requested AS starttls_requested,
	p.tls_started AS tls_started,
	p.tls_implicit AS tls_implicit,
	p.tls_established AS tls_established,
	p.tls_version AS tls_version,
	p.tls_cipher AS tls_cipher,
	p.tls_cipher_traits AS tls_cipher_traits,
	p.tls_grade AS tls_grade,
	p.tls_sni AS tls_sni,
	p.tls_ja4 AS tls_ja4,
	p.certificate_id AS certificate_id,
	p.client_kind AS client_kind,
	p.offers_version AS offers_version,
	p.named AS is_named,
	p.recipients AS has_recipients,
	p.messages AS has_messages,
	p.secrets AS has_secrets,
	p.logins AS logins,
	p.logged_in AS logged_in
FROM tally AS t
CROSS JOIN pattern AS p ON p.id = t.pattern_id
WHERE t.sessions > 0;

-- What somebody answers for in tallies, as v_accepted tells of findings: all of a kind in a tally, or none.
DROP VIEW IF EXISTS report_accepted;
CREATE VIEW report_accepted AS
WITH
in_force AS MATERIALIZED (
	SELECT kind.id AS kind_id, kind.word AS kind, a.network_first, a.network_last, a.server_octets, a.server_port
	FROM acceptance AS a
	CROSS JOIN kind ON kind.word = a.kind OR (substr(a.kind, -1) = '*'
		AND substr(kind.word, 1, length(a.kind) - 1) = substr(a.kind, 1, length(a.kind) - 1))
	WHERE a.revoked IS NULL AND a.until > unixepoch()
)
SELECT DISTINCT t.id AS tally_id, a.kind_id AS kind_id, a.kind AS kind
FROM in_force AS a
CROSS JOIN pattern AS p
CROSS JOIN pattern_finding AS f ON f.pattern_id = p.id AND f.kind_id = a.kind_id
CROSS JOIN tally AS t ON t.pattern_id = p.id
WHERE (a.network_first IS NULL OR t.client_octets BETWEEN a.network_first AND a.network_last
		OR p.server_octets BETWEEN a.network_first AND a.network_last)
	AND (a.server_octets IS NULL OR a.server_octets = p.server_octets)
	AND (a.server_port IS NULL OR a.server_port = p.server_port);

-- What reports count of findings: the words that count are hindsight's where it has any.  `kind_id` is of table kind.
DROP VIEW IF EXISTS report_finding;
CREATE VIEW report_finding AS
SELECT
	f.id AS finding_id,
	f.id / 1000 AS session_id,
	f.kind_id AS kind_id,
	kind.word AS kind,
	coalesce(h.severity, f.severity) AS severity,
	coalesce(h.confidence, f.confidence) AS confidence,
	coalesce(h.score, f.score) AS score,
	f.count AS count,
	f.at_ns AS at_ns,
	f.capture AS capture,
	f.first_frame AS first_frame,
	f.frame AS frame,
	f.side AS side,
	f.evidence AS evidence,
	CASE WHEN h.finding_id IS NULL THEN f.reasons ELSE h.reasons END AS reasons
FROM finding AS f
CROSS JOIN kind ON kind.id = f.kind_id
LEFT JOIN hindsight_finding AS h ON h.finding_id = f.id;

-- What somebody answers for, and whether that still holds.
DROP VIEW IF EXISTS v_acceptance;
CREATE VIEW v_acceptance AS
SELECT
	id AS acceptance_id,
	kind,
	network,
	service,
	accepted_by,
	reason,
	strftime('%Y-%m-%dT%H:%M:%S.000000Z', accepted, 'unixepoch') AS accepted_at,
	strftime('%Y-%m-%dT%H:%M:%S.000000Z', until, 'unixepoch') AS until,
	recorded_by,
	strftime('%Y-%m-%dT%H:%M:%S.000000Z', revoked, 'unixepoch') AS revoked_at,
	revoked_by,
	revoked_reason,
	revoked_recorded_by,
	CASE WHEN revoked IS NOT NULL THEN 'revoked' WHEN until <= unixepoch() THEN 'expired' ELSE 'in force' END
		AS state
FROM acceptance;

-- The findings for which somebody answers now, and by which acceptance; by several, where they overlap.  Asked for all
-- findings it reads those of the kinds in force once, asked for one it looks it up, and where nothing is in force it
-- reads none.
DROP VIEW IF EXISTS v_accepted;
CREATE VIEW v_accepted AS
WITH
in_force AS MATERIALIZED (
	SELECT a.id, kind.id AS kind_id, kind.word AS kind, a.network_first, a.network_last, a.server_octets, a.server_port
	FROM acceptance AS a
	CROSS JOIN kind ON kind.word = a.kind OR (substr(a.kind, -1) = '*'
		AND substr(kind.word, 1, length(a.kind) - 1) = substr(a.kind, 1, length(a.kind) - 1))
	WHERE a.revoked IS NULL AND a.until > unixepoch()
)
SELECT
	f.id AS finding_id,
	f.id / 1000 AS session_id,
	a.kind AS kind,
	a.id AS acceptance_id
FROM (SELECT 1 FROM in_force LIMIT 1) AS some
CROSS JOIN finding AS f ON f.kind_id IN (SELECT kind_id FROM in_force)
CROSS JOIN in_force AS a ON a.kind_id = f.kind_id
CROSS JOIN session AS s ON s.id = f.id / 1000
WHERE (a.network_first IS NULL OR s.client_octets BETWEEN a.network_first AND a.network_last
		OR s.server_octets BETWEEN a.network_first AND a.network_last)
	AND (a.server_octets IS NULL OR a.server_octets = s.server_octets)
	AND (a.server_port IS NULL OR a.server_port = s.server_port);
