-- The tables behind the views.  The views of views.sql are what others query; what stands here is
-- free to change, by a file in migrations/ and the same change here: this file is always the newest
-- version.
--
-- NULL means "the capture does not show it".  Times are nanoseconds since 1970, UTC.  Text from the
-- wire is redacted and printable before it comes here.

-- What this database was made with: `catalogue`, the digest of the one it holds.  `judged_through`: what history
-- says of the sessions up to this one may rest on sessions that are gone; it stands, but for those of `unjudged`.
-- `to_judge`: sessions were merged into it, and history has still to be asked about `all`.
CREATE TABLE setting (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The ordered words, so that reports can sort by them.
CREATE TABLE severity (
	rank INTEGER PRIMARY KEY,
	word TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO severity VALUES (0, 'info'), (1, 'low'), (2, 'medium'), (3, 'high'), (4, 'critical');

CREATE TABLE confidence (
	rank INTEGER PRIMARY KEY,
	word TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO confidence VALUES (0, 'possible'), (1, 'likely'), (2, 'proven');

-- The work ----------------------------------------------------------------------------------------

-- One call of the program.  `finished` stays NULL when it was killed.
CREATE TABLE run (
	id            INTEGER PRIMARY KEY,
	tool_version  TEXT NOT NULL,
	started       INTEGER NOT NULL,
	finished      INTEGER,
	policy_sha256 BLOB,                     -- policy.sha256 of what was in force
	name          TEXT NOT NULL DEFAULT '', -- that no other run has, in whatever database it is told of
	host          TEXT NOT NULL DEFAULT '', -- where it ran
	merged        INTEGER NOT NULL DEFAULT 0        -- it wrote another database, of which this one has a copy
) STRICT;
CREATE UNIQUE INDEX run_name ON run (name) WHERE name <> '';

-- What the user said about his networks and partners, as he wrote it.
CREATE TABLE policy (
	sha256 BLOB PRIMARY KEY,
	text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE capture (
	id               INTEGER PRIMARY KEY,
	run_id           INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	number           INTEGER NOT NULL,      -- in its run, from 0, in the order of time
	path             TEXT NOT NULL,
	vantage          TEXT NOT NULL,
	live             INTEGER NOT NULL,      -- an interface: it cannot be read again
	size             INTEGER NOT NULL,
	link_type        INTEGER NOT NULL,
	snaplen          INTEGER NOT NULL,
	complete         INTEGER NOT NULL DEFAULT 0,    -- its run came to its end
	sha256           BLOB,
	frames           INTEGER,
	bytes            INTEGER,
	first_ns         INTEGER,
	last_ns          INTEGER,
	damaged          TEXT,                  -- why reading stopped early
	frames_other     INTEGER,               -- not TCP
	frames_unknown   INTEGER,               -- of a kind that is not decoded
	frames_malformed INTEGER
) STRICT;
CREATE UNIQUE INDEX capture_known ON capture (sha256, vantage) WHERE complete;
CREATE INDEX capture_size ON capture (size) WHERE complete;
CREATE UNIQUE INDEX capture_run ON capture (run_id, number);

-- What a live capture came to, minute by minute: frames that were handed over, their bytes, and frames that were not.
CREATE TABLE capture_minute (
	capture_id      INTEGER NOT NULL REFERENCES capture (id) ON DELETE CASCADE,
	minute_ns       INTEGER NOT NULL,       -- its begin
	frames          INTEGER NOT NULL,
	bytes           INTEGER NOT NULL,
	kernel_drops    INTEGER NOT NULL,       -- the program was too slow
	interface_drops INTEGER NOT NULL,       -- the network card or its driver was
	PRIMARY KEY (capture_id, minute_ns)
) STRICT, WITHOUT ROWID;

-- What was seen -----------------------------------------------------------------------------------

-- A number is never given twice: what was written down of session 12 is never another one's, also when 12 is gone.
CREATE TABLE session (
	id                 INTEGER PRIMARY KEY AUTOINCREMENT,
	capture_id         INTEGER NOT NULL REFERENCES capture (id) ON DELETE CASCADE,
	last_capture       INTEGER NOT NULL,    -- capture.number of its last frame, in the same run
	protocol           TEXT NOT NULL,
	client_ip          TEXT NOT NULL,
	client_port        INTEGER NOT NULL,
	server_ip          TEXT NOT NULL,
	server_port        INTEGER NOT NULL,
	vlan               INTEGER NOT NULL,    -- outer tag << 16 | inner tag of its first frame: the client's where the
	                                        -- SYN came first
	started_ns         INTEGER NOT NULL,
	ended_ns           INTEGER NOT NULL,
	first_frame        INTEGER NOT NULL,
	last_frame         INTEGER NOT NULL,
	frames             INTEGER NOT NULL,
	bytes_client       INTEGER NOT NULL,
	bytes_server       INTEGER NOT NULL,
	missing            INTEGER NOT NULL,    -- 1 midstream, 2 one-sided, 4 gap, 8 truncated,
	                                        -- 16 open
	closed_by          TEXT,
	verdict            TEXT NOT NULL,
	exposed            INTEGER NOT NULL,    -- 1 identity, 2 software, 4 account, 8 credential,
	                                        -- 16 envelope, 32 content, 64 other
	tls_grade          TEXT,
	severity           INTEGER,             -- severity.rank of its worst finding
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
	messages           INTEGER,             -- complete bodies in clear
	secrets            INTEGER,             -- reusable secrets in clear
	opinion            TEXT,                -- what a second classifier takes the flow for
	opinion_risks      TEXT,
	interface          TEXT,                -- all its frames came by this one of several
	lost               INTEGER NOT NULL,    -- frames of the whole capture that were dropped while it
	lost_of            INTEGER NOT NULL,    -- lasted, and all of them
	ongoing            INTEGER NOT NULL,    -- stored before it ended; replaced when it ends
	client_octets      BLOB NOT NULL DEFAULT x'',   -- 16, an IPv4 address mapped into IPv6: networks are ranges of
	server_octets      BLOB NOT NULL DEFAULT x'',   -- them
	other_vlan         INTEGER,             -- as vlan, of the other direction, where it travels in another one
	tally_id           INTEGER              -- tally.id; NULL only while it is being stored
) STRICT;
CREATE INDEX session_capture ON session (capture_id, tally_id);
CREATE INDEX session_start ON session (started_ns);
CREATE INDEX session_end ON session (ended_ns);
CREATE INDEX session_ongoing ON session (id) WHERE ongoing;
CREATE INDEX session_tally ON session (tally_id, started_ns);

-- What was said, in one row a session: `lines` is a JSON array of
-- [microseconds since the session began, frame, "C" or "S", kind, text], `notes` one of
-- [kind, "C" or "S", count, frame, text].  v_dialogue and v_note unfold them.
CREATE TABLE dialogue (
	session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
	lines      TEXT NOT NULL,
	left_out   INTEGER NOT NULL,            -- lines beyond the limit
	notes      TEXT
) STRICT;

-- The finding kinds met so far, by number: four findings a session make short rows worth it.  What
-- they mean is in finding_kind, which is loaded anew with each version of the catalogue and therefore
-- not referred to.
CREATE TABLE kind (
	id   INTEGER PRIMARY KEY,
	word TEXT NOT NULL UNIQUE
) STRICT;

-- The id tells the session: finding 3 of session 12 is 12003, and a session's findings lie beside
-- each other.  That spares an index and a third of the cost of writing them.  They refer to session,
-- kind, severity and confidence; whoever deletes a session deletes its findings first.
--
-- 1 to 499 are what the session shows by itself, 500 to 799 what earlier sessions teach about it,
-- 800 to 899 what a comparison of vantages showed.
CREATE TABLE finding (
	id            INTEGER PRIMARY KEY,
	kind_id       INTEGER NOT NULL,         -- kind.id
	severity      INTEGER NOT NULL,         -- severity.rank
	confidence    INTEGER NOT NULL,         -- confidence.rank
	score         INTEGER NOT NULL,
	count         INTEGER NOT NULL,
	capture       INTEGER,                  -- capture.number of its frames, if not the session's
	first_frame   INTEGER,                  -- the evidence begins here
	frame         INTEGER,                  -- ... and is complete here,
	at_ns         INTEGER,                  -- at this time
	side          INTEGER,                  -- 0 client, 1 server
	stream_offset INTEGER,
	stream_length INTEGER,
	evidence      TEXT,
	reasons       TEXT
) STRICT;
CREATE INDEX finding_of_kind ON finding (kind_id);

CREATE TABLE credential (
	id                 INTEGER PRIMARY KEY,
	session_id         INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
	mechanism          TEXT,
	username           TEXT,
	outcome            TEXT NOT NULL,
	in_clear           INTEGER NOT NULL,
	frame              INTEGER NOT NULL,
	at_ns              INTEGER NOT NULL,
	secret_fingerprint TEXT,
	sent               TEXT                 -- what crossed: password, token or response; NULL: nothing that tells of one
) STRICT;
CREATE INDEX credential_session ON credential (session_id);

-- Each certificate once, however many sessions show it.
CREATE TABLE certificate (
	id                  INTEGER PRIMARY KEY,
	sha256              BLOB NOT NULL UNIQUE,
	spki_sha256         BLOB,
	subject             TEXT,
	issuer              TEXT,
	serial              TEXT,
	not_before          INTEGER,            -- seconds since 1970
	not_after           INTEGER,
	key_type            TEXT,
	key_bits            INTEGER,
	signature_algorithm TEXT,
	self_signed         INTEGER,
	is_ca               INTEGER,
	names               TEXT
) STRICT;

CREATE TABLE session_certificate (
	session_id     INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
	position       INTEGER NOT NULL,        -- 0 is the server's own
	certificate_id INTEGER NOT NULL REFERENCES certificate (id),
	PRIMARY KEY (session_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_certificate_seen ON session_certificate (certificate_id);

-- What sessions mean to each other ----------------------------------------------------------------

-- What a session leaves behind to be compared with, apart from what its own row tells.  `places` is a
-- JSON array of the lines that a finding can point at: [place, capture.number or null for that of the
-- session, first frame, last frame, nanoseconds since the session began, side, offset, length, code,
-- text].
CREATE TABLE footprint (
	session_id        INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
	flags             INTEGER NOT NULL,
	client_kind       INTEGER NOT NULL,     -- 0 ordinary, 1 scanner, 2 monitor
	verdict           TEXT NOT NULL,        -- if nothing had been tampered with,
	verdict_suspected TEXT NOT NULL,        -- if that were suspected,
	verdict_proven    TEXT NOT NULL,        -- if it were proven
	greeting_name     TEXT,
	product           TEXT,
	syn_shape         TEXT,
	keywords          TEXT,
	list_octets       INTEGER NOT NULL,
	mechanisms        TEXT,
	refusal_code      INTEGER NOT NULL,
	logins_accepted   INTEGER NOT NULL,
	logins_wrong      INTEGER NOT NULL,
	logins_refused    INTEGER NOT NULL,
	account           TEXT,
	mechanism         TEXT,
	envelope_mark     INTEGER NOT NULL,
	content_bytes     INTEGER NOT NULL,
	sender_domain     TEXT,
	recipient_domains TEXT,
	offers_version    INTEGER NOT NULL,
	cipher_traits     INTEGER NOT NULL,
	offered_extras    INTEGER NOT NULL,
	key_share_sha256  TEXT,
	ticket_name       TEXT,
	client_random     TEXT,
	queue_id          TEXT,
	client_sequence   INTEGER NOT NULL,     -- the initial ones
	server_sequence   INTEGER NOT NULL,
	places            TEXT NOT NULL
) STRICT;

-- Signs that something between the two ends changed what they said.  Numbered like findings, and
-- deleted with the session like them.
CREATE TABLE signal (
	id            INTEGER PRIMARY KEY,
	origin        INTEGER NOT NULL,         -- 0 session, 1 history, 2 comparison
	name          TEXT NOT NULL,
	grp           INTEGER NOT NULL,         -- 0 text, 1 wire, 2 history, 3 client, 4 reply, 5 vantage
	points        INTEGER NOT NULL,
	decisive      INTEGER NOT NULL,
	words         TEXT,
	capture       INTEGER,                  -- from here on as in finding
	first_frame   INTEGER,
	frame         INTEGER,
	at_ns         INTEGER,
	side          INTEGER,
	stream_offset INTEGER,
	stream_length INTEGER,
	evidence      TEXT
) STRICT;

-- What history says of a session beyond its own row; one row for each session of which it says
-- anything.  NULL: the session's own word stands.
CREATE TABLE hindsight_session (
	session_id INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
	verdict    TEXT,
	severity   INTEGER,                     -- severity.rank
	points     INTEGER NOT NULL             -- of all its signals, as the combiner adds them
) STRICT;

-- What history says instead of a finding's own words.  Refers to finding; goes with the session.
CREATE TABLE hindsight_finding (
	finding_id INTEGER PRIMARY KEY,
	severity   INTEGER NOT NULL,
	confidence INTEGER NOT NULL,
	score      INTEGER NOT NULL,
	reasons    TEXT
) STRICT;

-- Sessions up to setting `judged_through` that history has still to judge.  One that is replaced is still to be judged:
-- nothing goes with its row.
CREATE TABLE unjudged (
	session_id INTEGER PRIMARY KEY
) STRICT;

-- The other sessions on which a finding rests.  Goes with either session.
CREATE TABLE finding_link (
	finding_id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	origin     INTEGER NOT NULL,            -- as in signal
	PRIMARY KEY (finding_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_link_session ON finding_link (session_id);

-- What is alike ------------------------------------------------------------------------------------

-- Clients do the same again and again.  So that a report need not look at a million sessions, those that are alike in
-- all that reports ask are counted here as they are stored: a pattern is how sessions with one service went and what
-- was found in them, a tally the sessions of a pattern that one client had in one month, with the same accounts.
-- A session is counted as it is stored, and again when what is said of it changes.
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

-- What was accepted -------------------------------------------------------------------------------

-- Somebody answers for findings of a kind, in a network or of a service, until a day.  What is NULL limits nothing.
-- Rows are added and ended, never changed otherwise; whatever happens to them is written down beside them.
CREATE TABLE acceptance (
	id                  INTEGER PRIMARY KEY AUTOINCREMENT,
	kind                TEXT NOT NULL,           -- a finding kind, or the begin of some and '*'
	network             TEXT,                    -- of client or server, as it was written
	network_first       BLOB,                    -- ... and its first and last address, as session.client_octets
	network_last        BLOB,
	service             TEXT,                    -- of the server, as it was written: PORT, ADDRESS or ADDRESS:PORT
	server_octets       BLOB,
	server_port         INTEGER,
	accepted_by         TEXT NOT NULL,
	reason              TEXT NOT NULL,
	accepted            INTEGER NOT NULL,        -- seconds since 1970, as all times here
	until               INTEGER NOT NULL,        -- from here on the findings count again
	recorded_by         TEXT NOT NULL,           -- the account that said so to the program
	revoked             INTEGER,
	revoked_by          TEXT,
	revoked_reason      TEXT,
	revoked_recorded_by TEXT                     -- the account, as recorded_by
) STRICT;

CREATE TABLE acceptance_change (
	id            INTEGER PRIMARY KEY AUTOINCREMENT,
	at            INTEGER NOT NULL,
	acceptance_id INTEGER NOT NULL,
	action        TEXT NOT NULL,            -- accepted, revoked, changed, deleted
	was           TEXT,                     -- the row as a JSON object
	became        TEXT
) STRICT;

CREATE TRIGGER acceptance_accepted AFTER INSERT ON acceptance
BEGIN
	INSERT INTO acceptance_change (at, acceptance_id, action, was, became)
	VALUES (unixepoch(), NEW.id, 'accepted',
		NULL,
		json_object('id', NEW.id,
		'kind', NEW.kind,
		'network', NEW.network,
		'network_first', hex(NEW.network_first),
		'network_last', hex(NEW.network_last),
		'service', NEW.service,
		'server_octets', hex(NEW.server_octets),
		'server_port', NEW.server_port,
		'accepted_by', NEW.accepted_by,
		'reason', NEW.reason,
		'accepted', NEW.accepted,
		'until', NEW.until,
		'recorded_by', NEW.recorded_by,
		'revoked', NEW.revoked,
		'revoked_by', NEW.revoked_by,
		'revoked_reason', NEW.revoked_reason,
		'revoked_recorded_by', NEW.revoked_recorded_by));
END;

CREATE TRIGGER acceptance_changed AFTER UPDATE ON acceptance
BEGIN
	INSERT INTO acceptance_change (at, acceptance_id, action, was, became)
	VALUES (unixepoch(), NEW.id,
		CASE WHEN OLD.revoked IS NULL AND NEW.revoked IS NOT NULL THEN 'revoked' ELSE 'changed' END,
		json_object('id', OLD.id,
		'kind', OLD.kind,
		'network', OLD.network,
		'network_first', hex(OLD.network_first),
		'network_last', hex(OLD.network_last),
		'service', OLD.service,
		'server_octets', hex(OLD.server_octets),
		'server_port', OLD.server_port,
		'accepted_by', OLD.accepted_by,
		'reason', OLD.reason,
		'accepted', OLD.accepted,
		'until', OLD.until,
		'recorded_by', OLD.recorded_by,
		'revoked', OLD.revoked,
		'revoked_by', OLD.revoked_by,
		'revoked_reason', OLD.revoked_reason,
		'revoked_recorded_by', OLD.revoked_recorded_by),
		json_object('id', NEW.id,
		'kind', NEW.kind,
		'network', NEW.network,
		'network_first', hex(NEW.network_first),
		'network_last', hex(NEW.network_last),
		'service', NEW.service,
		'server_octets', hex(NEW.server_octets),
		'server_port', NEW.server_port,
		'accepted_by', NEW.accepted_by,
		'reason', NEW.reason,
		'accepted', NEW.accepted,
		'until', NEW.until,
		'recorded_by', NEW.recorded_by,
		'revoked', NEW.revoked,
		'revoked_by', NEW.revoked_by,
		'revoked_reason', NEW.revoked_reason,
		'revoked_recorded_by', NEW.revoked_recorded_by));
END;

CREATE TRIGGER acceptance_deleted AFTER DELETE ON acceptance
BEGIN
	INSERT INTO acceptance_change (at, acceptance_id, action, was, became)
	VALUES (unixepoch(), OLD.id, 'deleted',
		json_object('id', OLD.id,
		'kind', OLD.kind,
		'network', OLD.network,
		'network_first', hex(OLD.network_first),
		'network_last', hex(OLD.network_last),
		'service', OLD.service,
		'server_octets', hex(OLD.server_octets),
		'server_port', OLD.server_port,
		'accepted_by', OLD.accepted_by,
		'reason', OLD.reason,
		'accepted', OLD.accepted,
		'until', OLD.until,
		'recorded_by', OLD.recorded_by,
		'revoked', OLD.revoked,
		'revoked_by', OLD.revoked_by,
		'revoked_reason', OLD.revoked_reason,
		'revoked_recorded_by', OLD.revoked_recorded_by),
		NULL);
END;

CREATE TRIGGER acceptance_change_stays BEFORE UPDATE ON acceptance_change
BEGIN
	SELECT RAISE(ABORT, 'what was written down stays as it is');
END;

CREATE TRIGGER acceptance_change_stays_there BEFORE DELETE ON acceptance_change
BEGIN
	SELECT RAISE(ABORT, 'what was written down stays as it is');
END;

-- A REPLACE deletes without asking the one above.
CREATE TRIGGER acceptance_change_is_not_replaced BEFORE INSERT ON acceptance_change
WHEN EXISTS (SELECT 1 FROM acceptance_change WHERE id = NEW.id)
BEGIN
	SELECT RAISE(ABORT, 'what was written down stays as it is');
END;

-- What it means: filled by catalogue.sql ----------------------------------------------------------

CREATE TABLE finding_kind (
	id           TEXT PRIMARY KEY,
	title        TEXT NOT NULL,
	severity     TEXT NOT NULL,
	sentence     TEXT NOT NULL,
	trigger      TEXT NOT NULL,
	confidence   TEXT NOT NULL,
	fix          TEXT NOT NULL,
	rule_version INTEGER NOT NULL
) STRICT;

CREATE TABLE finding_clause (
	kind    TEXT NOT NULL REFERENCES finding_kind (id),
	source  TEXT NOT NULL,
	clause  TEXT NOT NULL,
	certain INTEGER NOT NULL
) STRICT;

CREATE TABLE finding_remedy (
	kind    TEXT NOT NULL REFERENCES finding_kind (id),
	product TEXT NOT NULL,
	setting TEXT NOT NULL
) STRICT;

CREATE TABLE control_map (
	prefix    TEXT NOT NULL,
	framework TEXT NOT NULL,
	clause    TEXT NOT NULL,
	note      TEXT,
	certain   INTEGER NOT NULL
) STRICT;

CREATE TABLE verdict_kind (
	word     TEXT PRIMARY KEY,
	sentence TEXT NOT NULL
) STRICT;
