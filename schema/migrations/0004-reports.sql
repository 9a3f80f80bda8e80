-- Version 4: what reports ask: where addresses lie, whose run it was, what crossed, and what was accepted.

ALTER TABLE run ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN host TEXT NOT NULL DEFAULT '';
ALTER TABLE run ADD COLUMN merged INTEGER NOT NULL DEFAULT 0;
UPDATE run SET name = lower(hex(randomblob(8)));
CREATE UNIQUE INDEX run_name ON run (name) WHERE name <> '';

ALTER TABLE session ADD COLUMN client_octets BLOB NOT NULL DEFAULT x'';
ALTER TABLE session ADD COLUMN server_octets BLOB NOT NULL DEFAULT x'';
UPDATE session SET client_octets = address_octets(client_ip), server_octets = address_octets(server_ip);

CREATE INDEX finding_of_kind ON finding (kind_id);

-- What crossed was told by the mechanism, and whether it did by the session.
ALTER TABLE credential ADD COLUMN sent TEXT;
UPDATE credential SET sent = CASE
	WHEN mechanism IN ('PLAIN', 'LOGIN', 'SECURID') THEN 'password'
	WHEN mechanism IN ('XOAUTH2', 'OAUTHBEARER') THEN 'token'
END
WHERE session_id IN (SELECT id FROM session WHERE secrets > 0);

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
