-- What one session tells about another: footprints, what history concludes from them, and the policy.

ALTER TABLE run ADD COLUMN policy_sha256 BLOB;

-- What the user said about his networks and partners, as he wrote it.
CREATE TABLE policy (
	sha256 BLOB PRIMARY KEY,
	text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE session ADD COLUMN interface TEXT;
CREATE INDEX session_start ON session (started_ns);

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

-- The other sessions on which a finding rests.  Goes with either session.
CREATE TABLE finding_link (
	finding_id INTEGER NOT NULL,
	session_id INTEGER NOT NULL,
	origin     INTEGER NOT NULL,            -- as in signal
	PRIMARY KEY (finding_id, session_id)
) STRICT, WITHOUT ROWID;
