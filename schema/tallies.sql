-- What the writer needs for itself to keep tallies right: when a session is counted no more, and what one is to be counted
-- as that is not counted as it is stored.
-- Triggers of a database are never run, since nobody knows who made them; these belong to the connection.

-- As the trigger of the table, which is for others.
CREATE TEMP TRIGGER IF NOT EXISTS uncounted AFTER DELETE ON main.session WHEN OLD.tally_id IS NOT NULL
BEGIN
	UPDATE tally
	SET sessions = sessions - 1,
		bytes = bytes - min(OLD.bytes_client, 1 << 40) - min(OLD.bytes_server, 1 << 40),
		mails = mails - min(OLD.mails, 1 << 40), recipients = recipients - min(OLD.recipients, 1 << 40),
		messages = messages - min(coalesce(OLD.messages, 0), 1 << 40),
		secrets = secrets - min(coalesce(OLD.secrets, 0), 1 << 40),
		(first_ns, first_session) = (SELECT s.started_ns, s.id FROM session AS s
			WHERE s.tally_id = OLD.tally_id ORDER BY s.started_ns, s.id LIMIT 1),
		(last_ns, last_session) = (SELECT s.started_ns, s.id FROM session AS s
			WHERE s.tally_id = OLD.tally_id ORDER BY s.started_ns DESC, s.id DESC LIMIT 1)
	WHERE id = OLD.tally_id;
END;

-- Sessions that are to be counted anew: more or something else is said of them than when they were.
CREATE TEMP TABLE IF NOT EXISTS unsettled (session_id INTEGER PRIMARY KEY) STRICT;

-- What history says of a session comes with a row of its own.
CREATE TEMP TRIGGER IF NOT EXISTS unsettled_judged AFTER INSERT ON main.hindsight_session
BEGIN
	INSERT OR IGNORE INTO unsettled VALUES (NEW.session_id);
END;
CREATE TEMP TRIGGER IF NOT EXISTS unsettled_forgotten AFTER DELETE ON main.hindsight_session
BEGIN
	INSERT OR IGNORE INTO unsettled VALUES (OLD.session_id);
END;

-- What makes sessions alike, one row a session: the columns of pattern and tally, from the session's own rows.
-- `findings` has a number for each one: ((kind.id * 8 + severity) * 4 + confidence) * 128 + score.
CREATE TEMP VIEW IF NOT EXISTS session_pattern AS
SELECT
	s.id AS session_id,
	s.client_octets AS client_octets,
	s.client_ip AS client_ip,
	strftime('%Y-%m', s.started_ns / 1000000000 - (s.started_ns % 1000000000 < 0), 'unixepoch') AS month,
	CASE WHEN EXISTS (SELECT 1
			FROM credential AS login
			WHERE login.session_id = s.id AND login.username IS NOT NULL)
		THEN (SELECT '[' || group_concat(json_quote(username)) || ']'
			FROM (SELECT DISTINCT login.username AS username
				FROM credential AS login
				WHERE login.session_id = s.id AND login.username IS NOT NULL
				ORDER BY login.username))
		ELSE '' END AS accounts,
	coalesce(nullif(c.vantage, ''), s.interface, '') AS vantage,
	s.protocol AS protocol,
	s.server_ip AS server_ip,
	s.server_octets AS server_octets,
	s.server_port AS server_port,
	coalesce(h.verdict, s.verdict) AS verdict,
	coalesce(h.severity, s.severity) AS severity,
	s.exposed AS exposed,
	s.missing AS missing,
	s.lost > 0 AS lost,
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
	s.tls_ja4 AS tls_ja4,
	own.certificate_id AS certificate_id,
	foot.client_kind AS client_kind,
	foot.offers_version AS offers_version,
	s.client_name IS NOT NULL AS named,
	s.recipients > 0 AS recipients,
	s.messages > 0 AS messages,
	s.secrets > 0 AS secrets,
	(SELECT count(*) FROM credential AS login WHERE login.session_id = s.id AND login.in_clear) AS logins,
	EXISTS (SELECT 1
		FROM credential AS login
		WHERE login.session_id = s.id AND login.in_clear AND login.outcome = 'accepted') AS logged_in,
	(SELECT group_concat(((f.kind_id * 8 + coalesce(judged.severity, f.severity)) * 4
			+ coalesce(judged.confidence, f.confidence)) * 128 + coalesce(judged.score, f.score))
		FROM finding AS f
		LEFT JOIN hindsight_finding AS judged ON judged.finding_id = f.id
		WHERE f.id BETWEEN s.id * 1000 AND s.id * 1000 + 999) AS findings
FROM session AS s
CROSS JOIN capture AS c ON c.id = s.capture_id
LEFT JOIN hindsight_session AS h ON h.session_id = s.id
LEFT JOIN footprint AS foot ON foot.session_id = s.id
LEFT JOIN session_certificate AS own ON own.session_id = s.id AND own.position = 0;
