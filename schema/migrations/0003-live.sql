-- What a live capture leaves: its minutes and what was dropped in them, and sessions that still go on.  Old sessions
-- may go meanwhile: nobody else gets their numbers, there is a way to find what hangs on them, and what was said by
-- their light is marked.

CREATE TABLE capture_minute (
	capture_id      INTEGER NOT NULL REFERENCES capture (id) ON DELETE CASCADE,
	minute_ns       INTEGER NOT NULL,
	frames          INTEGER NOT NULL,
	bytes           INTEGER NOT NULL,
	kernel_drops    INTEGER NOT NULL,
	interface_drops INTEGER NOT NULL,
	PRIMARY KEY (capture_id, minute_ns)
) STRICT, WITHOUT ROWID;

CREATE TABLE numbered_session (
	id                 INTEGER PRIMARY KEY AUTOINCREMENT,
	capture_id         INTEGER NOT NULL REFERENCES capture (id) ON DELETE CASCADE,
	last_capture       INTEGER NOT NULL,
	protocol           TEXT NOT NULL,
	client_ip          TEXT NOT NULL,
	client_port        INTEGER NOT NULL,
	server_ip          TEXT NOT NULL,
	server_port        INTEGER NOT NULL,
	vlan               INTEGER NOT NULL,
	started_ns         INTEGER NOT NULL,
	ended_ns           INTEGER NOT NULL,
	first_frame        INTEGER NOT NULL,
	last_frame         INTEGER NOT NULL,
	frames             INTEGER NOT NULL,
	bytes_client       INTEGER NOT NULL,
	bytes_server       INTEGER NOT NULL,
	missing            INTEGER NOT NULL,
	closed_by          TEXT,
	verdict            TEXT NOT NULL,
	exposed            INTEGER NOT NULL,
	tls_grade          TEXT,
	severity           INTEGER,
	server_banner      TEXT,
	client_name        TEXT,
	capabilities       TEXT,
	starttls_offered   INTEGER,
	starttls_requested INTEGER,
	starttls_reply     TEXT,
	tls_started        INTEGER,
	tls_implicit       INTEGER,
	tls_established    INTEGER,
	tls_resumed        INTEGER,
	tls_version        TEXT,
	tls_cipher         TEXT,
	tls_cipher_traits  INTEGER,
	tls_sni            TEXT,
	tls_alpn           TEXT,
	tls_ja3            TEXT,
	tls_ja3s           TEXT,
	tls_ja4            TEXT,
	mails              INTEGER NOT NULL,
	recipients         INTEGER NOT NULL,
	messages           INTEGER,
	secrets            INTEGER,
	opinion            TEXT,
	opinion_risks      TEXT,
	interface          TEXT,
	lost               INTEGER NOT NULL,
	lost_of            INTEGER NOT NULL,
	ongoing            INTEGER NOT NULL
) STRICT;

INSERT INTO numbered_session (
	id, capture_id, last_capture, protocol, client_ip, client_port, server_ip, server_port, vlan, started_ns,
	ended_ns, first_frame, last_frame, frames, bytes_client, bytes_server, missing, closed_by, verdict, exposed,
	tls_grade, severity, server_banner, client_name, capabilities, starttls_offered, starttls_requested,
	starttls_reply, tls_started, tls_implicit, tls_established, tls_resumed, tls_version, tls_cipher,
	tls_cipher_traits, tls_sni, tls_alpn, tls_ja3, tls_ja3s, tls_ja4, mails, recipients, messages, secrets,
	opinion, opinion_risks, interface,
	lost, lost_of, ongoing)
SELECT
	id, capture_id, last_capture, protocol, client_ip, client_port, server_ip, server_port, vlan, started_ns,
	ended_ns, first_frame, last_frame, frames, bytes_client, bytes_server, missing, closed_by, verdict, exposed,
	tls_grade, severity, server_banner, client_name, capabilities, starttls_offered, starttls_requested,
	starttls_reply, tls_started, tls_implicit, tls_established, tls_resumed, tls_version, tls_cipher,
	tls_cipher_traits, tls_sni, tls_alpn, tls_ja3, tls_ja3s, tls_ja4, mails, recipients, messages, secrets,
	opinion, opinion_risks, interface,
	0, 0, 0
FROM session ORDER BY id;
DROP TABLE session;
ALTER TABLE numbered_session RENAME TO session;
CREATE INDEX session_capture ON session (capture_id);
CREATE INDEX session_start ON session (started_ns);
CREATE INDEX session_end ON session (ended_ns);
CREATE INDEX session_ongoing ON session (id) WHERE ongoing;

CREATE TABLE unjudged (
	session_id INTEGER PRIMARY KEY
) STRICT;
CREATE INDEX finding_link_session ON finding_link (session_id);
