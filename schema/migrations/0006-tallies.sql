-- Version 6: sessions that are alike are counted as they are stored.  Those that are there get their tallies when the
-- tables are up to date.

ALTER TABLE session ADD COLUMN tally_id INTEGER;
DROP INDEX session_capture;
CREATE INDEX session_capture ON session (capture_id, tally_id);
CREATE INDEX session_tally ON session (tally_id, started_ns);

CREATE TABLE pattern (
	id                 INTEGER PRIMARY KEY,
	key                BLOB NOT NULL UNIQUE,    -- a digest of all of it, findings too
	vantage            TEXT NOT NULL,           -- as v_session
	protocol           TEXT NOT NULL,
	server_ip          TEXT NOT NULL,
	server_octets      BLOB NOT NULL,
	server_port        INTEGER NOT NULL,
	verdict            TEXT NOT NULL,           -- the last word, as severity
	severity           INTEGER,
	exposed            INTEGER NOT NULL,
	missing            INTEGER NOT NULL,
	lost               INTEGER NOT NULL,        -- whether frames were dropped
	starttls_offered   INTEGER,
	starttls_requested INTEGER,
	tls_started        INTEGER,
	tls_implicit       INTEGER,
	tls_established    INTEGER,
	tls_version        TEXT,
	tls_cipher         TEXT,
	tls_cipher_traits  INTEGER,
	tls_grade          TEXT,
	tls_sni            TEXT,
	tls_ja4            TEXT,
	certificate_id     INTEGER,                 -- the server's own
	client_kind        INTEGER,                 -- as in footprint
	offers_version     INTEGER,
	named              INTEGER NOT NULL,        -- whether the client introduced itself
	recipients         INTEGER NOT NULL,        -- whether there are any; as the next two, NULL: not known
	messages           INTEGER,
	secrets            INTEGER,
	logins             INTEGER NOT NULL,        -- in clear, of each session,
	logged_in          INTEGER NOT NULL         -- and whether one was accepted
) STRICT;

-- What was found in each session of a pattern, in the last words that were said of it.
CREATE TABLE pattern_finding (
	pattern_id INTEGER NOT NULL,
	kind_id    INTEGER NOT NULL,
	severity   INTEGER NOT NULL,
	confidence INTEGER NOT NULL,
	score      INTEGER NOT NULL,
	findings   INTEGER NOT NULL,                -- a session
	PRIMARY KEY (pattern_id, kind_id, severity, confidence, score)
) STRICT, WITHOUT ROWID;

CREATE TABLE tally (
	id            INTEGER PRIMARY KEY,
	client_octets BLOB NOT NULL,
	pattern_id    INTEGER NOT NULL,
	month         TEXT NOT NULL,                -- in which they began, as 2024-05
	accounts      TEXT NOT NULL,                -- of their logins, as a JSON array; empty: none
	client_ip     TEXT NOT NULL,
	sessions      INTEGER NOT NULL DEFAULT 0,   -- an empty one counts for nothing, and is deleted later
	bytes         INTEGER NOT NULL DEFAULT 0,   -- sums over the sessions, as those up to secrets
	mails         INTEGER NOT NULL DEFAULT 0,
	recipients    INTEGER NOT NULL DEFAULT 0,
	messages      INTEGER NOT NULL DEFAULT 0,
	secrets       INTEGER NOT NULL DEFAULT 0,
	first_ns      INTEGER,                      -- when they began,
	first_session INTEGER,                      -- and which one that was
	last_ns       INTEGER,
	last_session  INTEGER,
	UNIQUE (client_octets, pattern_id, month, accounts)
) STRICT;
CREATE INDEX tally_pattern ON tally (pattern_id);
CREATE INDEX tally_empty ON tally (id) WHERE sessions = 0;

-- For others, who delete sessions with the means of SQL; the program counts by what it knows itself (tallies.sql).
CREATE TRIGGER session_deleted AFTER DELETE ON session WHEN OLD.tally_id IS NOT NULL
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
