-- Takes what database `source` holds into this one, in the transaction of the caller.  `source` may come from anybody:
-- of it only tables are read, and only those that were found to be like ours.
--
-- What is the same in both is told by its content, since numbers are given anew in each database: a run by its name, a
-- capture by its digest and vantage or by its place in its run, a session by its capture, begin and ends.  Of two
-- readings of one capture that which began first counts, whichever comes first; of two states of one reading the later
-- one.  So the order in which databases are merged decides nothing.
--
-- Each temporary table tells of the rows of one table of the source (`from_id`) which rows of ours they are (`id`).

-- Runs --------------------------------------------------------------------------------------------

DROP TABLE IF EXISTS temp.merge_run;
CREATE TEMP TABLE merge_run (
	from_id INTEGER PRIMARY KEY,
	id      INTEGER UNIQUE,                 -- NULL until something of it is taken
	name    TEXT NOT NULL UNIQUE CHECK (name <> ''),
	started INTEGER NOT NULL
) STRICT;
INSERT INTO temp.merge_run
SELECT theirs.id, ours.id, theirs.name, theirs.started
FROM source.run AS theirs
LEFT JOIN main.run AS ours ON ours.name = theirs.name AND ours.name <> '';

-- Captures ----------------------------------------------------------------------------------------

-- `same`: ours of the same run.  `twin`: ours with the same bytes under the same vantage.  `wins`: the source has the
-- earlier reading of the two.
DROP TABLE IF EXISTS temp.merge_capture;
CREATE TEMP TABLE merge_capture (
	from_id  INTEGER PRIMARY KEY,
	id       INTEGER UNIQUE,                -- NULL: nothing of it is taken
	run      INTEGER NOT NULL,              -- merge_run.from_id
	complete INTEGER NOT NULL,
	live     INTEGER NOT NULL,
	same     INTEGER,
	twin     INTEGER,
	wins     INTEGER NOT NULL,
	take     INTEGER NOT NULL DEFAULT 0     -- its row, not only its sessions
) STRICT;
INSERT INTO temp.merge_capture (from_id, run, complete, live, same, twin, wins)
SELECT c.id, c.run_id, c.complete <> 0, c.live <> 0, same.id, twin.id,
	twin.id IS NULL OR (r.started, r.name) <= (twin_run.started, twin_run.name)
FROM source.capture AS c
CROSS JOIN temp.merge_run AS r ON r.from_id = c.run_id
LEFT JOIN main.capture AS same ON same.run_id = r.id AND same.number = c.number
LEFT JOIN main.capture AS twin ON twin.complete AND c.complete
	AND twin.sha256 = c.sha256 AND twin.vantage = c.vantage
LEFT JOIN main.run AS twin_run ON twin_run.id = twin.run_id;

-- What a run that was broken off left of a file is replaced by what a later one made of it; what a run has when it is
-- finished is all that it has.
DROP TABLE IF EXISTS temp.merge_broken;
CREATE TEMP TABLE merge_broken AS
SELECT ours.id AS id, m.from_id AS from_id,
	NOT m.complete AND (ours.complete OR (r.started, r.name) < (our_run.started, our_run.name)) AS ours_counts
FROM temp.merge_capture AS m
CROSS JOIN source.capture AS c ON c.id = m.from_id
CROSS JOIN temp.merge_run AS r ON r.from_id = m.run
CROSS JOIN main.capture AS ours ON ours.path = c.path AND ours.size = c.size AND ours.vantage = c.vantage
CROSS JOIN main.run AS our_run ON our_run.id = ours.run_id
WHERE NOT m.live AND NOT ours.live AND c.size > 0 AND ours.run_id IS NOT r.id
	AND NOT (m.complete AND ours.complete);

DROP TABLE IF EXISTS temp.merge_gone_capture;
CREATE TEMP TABLE merge_gone_capture AS
SELECT id FROM temp.merge_broken WHERE NOT ours_counts
UNION
SELECT same FROM temp.merge_capture WHERE same <> twin
UNION
SELECT ours.id
FROM main.capture AS ours
JOIN temp.merge_run AS r ON r.id = ours.run_id
JOIN source.run AS theirs ON theirs.id = r.from_id
WHERE NOT ours.complete AND NOT ours.live AND theirs.finished IS NOT NULL
	AND ours.id NOT IN (SELECT same FROM temp.merge_capture WHERE same IS NOT NULL);

UPDATE temp.merge_capture
SET id = coalesce(twin, same),
	take = CASE
		WHEN twin IS NOT NULL THEN wins AND twin IS NOT same
		WHEN same IS NOT NULL THEN complete AND NOT (SELECT complete FROM main.capture WHERE id = same)
		ELSE from_id NOT IN (SELECT from_id FROM temp.merge_broken WHERE ours_counts)
			AND (complete OR live OR NOT EXISTS (SELECT 1
				FROM temp.merge_run AS r
				JOIN main.run AS ours ON ours.id = r.id
				WHERE r.from_id = run AND ours.finished IS NOT NULL))
	END;
UPDATE temp.merge_capture AS m
SET id = given.id
FROM (
	SELECT from_id,
		(SELECT coalesce(max(id), 0) FROM main.capture) + row_number() OVER (ORDER BY run, from_id) AS id
	FROM temp.merge_capture
	WHERE take AND id IS NULL
) AS given
WHERE m.from_id = given.from_id;
UPDATE temp.merge_run AS r
SET id = given.id
FROM (
	SELECT from_id, (SELECT coalesce(max(id), 0) FROM main.run) + row_number() OVER (ORDER BY from_id) AS id
	FROM temp.merge_run
	WHERE id IS NULL AND from_id IN (SELECT run FROM temp.merge_capture WHERE take)
) AS given
WHERE r.from_id = given.from_id;

-- Sessions ----------------------------------------------------------------------------------------

-- `had`: it is there already.  `settled`: history judged it for good, in the source.  `take`: its row comes from the
-- source, be it new or further than ours.
DROP TABLE IF EXISTS temp.merge_session;
CREATE TEMP TABLE merge_session (
	from_id    INTEGER PRIMARY KEY CHECK (from_id BETWEEN 1 AND 4000000000000000),
	id         INTEGER UNIQUE,
	capture_id INTEGER NOT NULL,
	settled    INTEGER NOT NULL,
	our_word   INTEGER NOT NULL DEFAULT 0,  -- history judged ours for good
	ongoing    INTEGER NOT NULL,
	had        INTEGER NOT NULL DEFAULT 1,
	take       INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT OR IGNORE INTO temp.merge_session (from_id, capture_id, settled, ongoing, id)
SELECT s.id, m.id,
	NOT s.ongoing AND s.id NOT IN (SELECT session_id FROM source.unjudged)
		AND s.id <= coalesce((SELECT CAST(value AS INTEGER)
			FROM source.setting
			WHERE name = 'judged_through'), 0),
	s.ongoing <> 0,
	(SELECT min(o.id)
		FROM main.session AS o
		WHERE o.started_ns = s.started_ns AND +o.capture_id = m.id AND o.first_frame = s.first_frame
			AND o.vlan = s.vlan
			AND min(o.client_ip || ' ' || o.client_port, o.server_ip || ' ' || o.server_port)
				= min(s.client_ip || ' ' || s.client_port, s.server_ip || ' ' || s.server_port)
			AND max(o.client_ip || ' ' || o.client_port, o.server_ip || ' ' || o.server_port)
				= max(s.client_ip || ' ' || s.client_port, s.server_ip || ' ' || s.server_port))
FROM temp.merge_capture AS m
CROSS JOIN source.session AS s ON s.capture_id = m.from_id
WHERE m.id IS NOT NULL;

UPDATE temp.merge_session
SET our_word = 1
WHERE id NOT IN (SELECT session_id FROM main.unjudged)
	AND id <= coalesce((SELECT CAST(value AS INTEGER) FROM main.setting WHERE name = 'judged_through'), 0);

-- One that was judged for good counts before one that was not, unless it leads into a capture that our run has not.
UPDATE temp.merge_session AS m
SET take = CASE
	WHEN m.settled <> m.our_word THEN m.settled AND (c.wins OR theirs.last_capture = their_capture.number)
	WHEN c.twin IS NOT NULL AND c.twin IS NOT c.same THEN c.wins
	ELSE (theirs.frames, theirs.ended_ns, NOT theirs.ongoing, NOT (theirs.missing & 16))
		> (ours.frames, ours.ended_ns, NOT ours.ongoing, NOT (ours.missing & 16))
END
FROM source.session AS theirs
CROSS JOIN temp.merge_capture AS c ON c.from_id = theirs.capture_id
CROSS JOIN source.capture AS their_capture ON their_capture.id = theirs.capture_id
CROSS JOIN main.session AS ours
WHERE theirs.id = m.from_id AND ours.id = m.id;

UPDATE temp.merge_session
SET take = 1, had = 0
WHERE id IS NULL AND capture_id IN (SELECT id FROM temp.merge_capture WHERE wins);
UPDATE temp.merge_session AS m
SET id = given.id
FROM (
	SELECT from_id,
		(SELECT coalesce(max(seq), 0) FROM main.sqlite_sequence WHERE name = 'session')
			+ row_number() OVER (ORDER BY from_id) AS id
	FROM temp.merge_session
	WHERE id IS NULL AND take
) AS given
WHERE m.from_id = given.from_id;

-- What makes room ---------------------------------------------------------------------------------

-- Sessions that are replaced keep what a comparison of vantages says of them, unless they still went on then.
DROP TABLE IF EXISTS temp.merge_gone;
CREATE TEMP TABLE merge_gone (
	id       INTEGER PRIMARY KEY,
	replaced INTEGER NOT NULL,
	through  INTEGER NOT NULL               -- the last number of what goes with it
) STRICT;
INSERT INTO temp.merge_gone
SELECT o.id, 1, CASE WHEN o.ongoing THEN 999 ELSE 799 END
FROM temp.merge_session AS m
CROSS JOIN main.session AS o ON o.id = m.id
WHERE m.take AND m.had;
INSERT OR IGNORE INTO temp.merge_gone
SELECT o.id, 0, 999
FROM main.session AS o
WHERE o.capture_id IN (SELECT id FROM temp.merge_gone_capture)
	OR (o.capture_id IN (SELECT twin FROM temp.merge_capture WHERE wins AND twin IS NOT same)
		AND o.id NOT IN (SELECT id FROM temp.merge_session WHERE id IS NOT NULL));

DELETE FROM main.finding WHERE id IN (SELECT x.id
	FROM temp.merge_gone AS gone
	CROSS JOIN main.finding AS x ON x.id BETWEEN gone.id * 1000 AND gone.id * 1000 + gone.through);
DELETE FROM main.signal WHERE id IN (SELECT x.id
	FROM temp.merge_gone AS gone
	CROSS JOIN main.signal AS x ON x.id BETWEEN gone.id * 1000 AND gone.id * 1000 + gone.through);
DELETE FROM main.hindsight_finding WHERE finding_id IN (SELECT x.finding_id
	FROM temp.merge_gone AS gone
	CROSS JOIN main.hindsight_finding AS x
		ON x.finding_id BETWEEN gone.id * 1000 AND gone.id * 1000 + gone.through);
DELETE FROM main.finding_link WHERE finding_id IN (SELECT x.finding_id
	FROM temp.merge_gone AS gone
	CROSS JOIN main.finding_link AS x ON x.finding_id BETWEEN gone.id * 1000 AND gone.id * 1000 + gone.through);
DELETE FROM main.finding_link WHERE session_id IN (SELECT id FROM temp.merge_gone WHERE NOT replaced);
DELETE FROM main.unjudged WHERE session_id IN (SELECT id FROM temp.merge_gone);
DELETE FROM main.session WHERE id IN (SELECT id FROM temp.merge_gone);
DELETE FROM main.capture WHERE id IN (SELECT id FROM temp.merge_gone_capture);

-- Rows of runs and captures -----------------------------------------------------------------------

INSERT OR IGNORE INTO main.policy (sha256, text)
SELECT sha256, text
FROM source.policy
WHERE sha256 IN (SELECT run.policy_sha256 FROM temp.merge_run AS m JOIN source.run AS run ON run.id = m.from_id
	WHERE m.id IS NOT NULL);

-- Of one that went on the end is known now.
UPDATE main.run AS ours
SET finished = theirs.finished, policy_sha256 = coalesce(ours.policy_sha256, theirs.policy_sha256)
FROM temp.merge_run AS m
CROSS JOIN source.run AS theirs ON theirs.id = m.from_id
WHERE ours.id = m.id AND ours.finished IS NULL AND theirs.finished IS NOT NULL;
INSERT INTO main.run (id, tool_version, started, finished, policy_sha256, name, host, merged)
SELECT m.id, r.tool_version, r.started, r.finished, r.policy_sha256, r.name, r.host, 1
FROM temp.merge_run AS m
CROSS JOIN source.run AS r ON r.id = m.from_id
WHERE m.id NOT IN (SELECT id FROM main.run);

-- A capture that another reading replaces keeps its id.
UPDATE main.capture AS ours
SET run_id = r.id,
	number = c.number, path = c.path, vantage = c.vantage, live = c.live, size = c.size,
	link_type = c.link_type, snaplen = c.snaplen, complete = c.complete, sha256 = c.sha256,
	frames = c.frames, bytes = c.bytes, first_ns = c.first_ns, last_ns = c.last_ns, damaged = c.damaged,
	frames_other = c.frames_other, frames_unknown = c.frames_unknown, frames_malformed = c.frames_malformed
FROM temp.merge_capture AS m
CROSS JOIN source.capture AS c ON c.id = m.from_id
CROSS JOIN temp.merge_run AS r ON r.from_id = m.run
WHERE ours.id = m.id AND m.take;
INSERT INTO main.capture (
	id, run_id,
	number, path, vantage, live, size, link_type, snaplen, complete, sha256, frames, bytes, first_ns,
	last_ns, damaged, frames_other, frames_unknown, frames_malformed)
SELECT
	m.id, r.id,
	c.number, c.path, c.vantage, c.live, c.size, c.link_type, c.snaplen, c.complete, c.sha256, c.frames,
	c.bytes, c.first_ns, c.last_ns, c.damaged, c.frames_other, c.frames_unknown, c.frames_malformed
FROM temp.merge_capture AS m
CROSS JOIN source.capture AS c ON c.id = m.from_id
CROSS JOIN temp.merge_run AS r ON r.from_id = m.run
WHERE m.take AND m.id NOT IN (SELECT id FROM main.capture);
DELETE FROM main.run WHERE merged AND id NOT IN (SELECT run_id FROM main.capture);

-- A minute only grows.
INSERT INTO main.capture_minute (capture_id, minute_ns, frames, bytes, kernel_drops, interface_drops)
SELECT m.id, x.minute_ns, x.frames, x.bytes, x.kernel_drops, x.interface_drops
FROM temp.merge_capture AS m
CROSS JOIN source.capture_minute AS x ON x.capture_id = m.from_id
WHERE m.id IS NOT NULL AND m.live
ON CONFLICT (capture_id, minute_ns) DO UPDATE
SET frames = max(frames, excluded.frames), bytes = max(bytes, excluded.bytes),
	kernel_drops = max(kernel_drops, excluded.kernel_drops),
	interface_drops = max(interface_drops, excluded.interface_drops)
WHERE excluded.frames > frames OR excluded.bytes > bytes OR excluded.kernel_drops > kernel_drops
	OR excluded.interface_drops > interface_drops;

-- Rows of sessions --------------------------------------------------------------------------------

-- A tally_id of theirs is none of ours: what has none is counted (tallies.sql).
INSERT INTO main.session (
	id, capture_id, last_capture,
	protocol, client_ip, client_port, server_ip, server_port, vlan, started_ns, ended_ns, first_frame,
	last_frame, frames, bytes_client, bytes_server, missing, closed_by, verdict, exposed, tls_grade,
	severity, server_banner, client_name, capabilities, starttls_offered, starttls_requested,
	starttls_reply, tls_started, tls_implicit, tls_established, tls_resumed, tls_version, tls_cipher,
	tls_cipher_traits, tls_sni, tls_alpn, tls_ja3, tls_ja3s, tls_ja4, mails, recipients, messages, secrets,
	opinion, opinion_risks, interface, lost, lost_of, ongoing, client_octets, server_octets,
	other_vlan)
SELECT
	m.id, m.capture_id,
	CASE WHEN s.last_capture = theirs.number THEN ours.number ELSE s.last_capture END,
	s.protocol, s.client_ip, s.client_port, s.server_ip, s.server_port, s.vlan, s.started_ns, s.ended_ns,
	s.first_frame, s.last_frame, s.frames, s.bytes_client, s.bytes_server, s.missing, s.closed_by,
	s.verdict, s.exposed, s.tls_grade, s.severity, s.server_banner, s.client_name, s.capabilities,
	s.starttls_offered, s.starttls_requested, s.starttls_reply, s.tls_started, s.tls_implicit,
	s.tls_established, s.tls_resumed, s.tls_version, s.tls_cipher, s.tls_cipher_traits, s.tls_sni,
	s.tls_alpn, s.tls_ja3, s.tls_ja3s, s.tls_ja4, s.mails, s.recipients, s.messages, s.secrets, s.opinion,
	s.opinion_risks, s.interface, s.lost, s.lost_of, s.ongoing, s.client_octets, s.server_octets,
	s.other_vlan
FROM temp.merge_session AS m
CROSS JOIN source.session AS s ON s.id = m.from_id
CROSS JOIN source.capture AS theirs ON theirs.id = s.capture_id
CROSS JOIN main.capture AS ours ON ours.id = m.capture_id
WHERE m.take;

INSERT INTO main.dialogue (session_id, lines, left_out, notes)
SELECT m.id, d.lines, d.left_out, d.notes
FROM temp.merge_session AS m
CROSS JOIN source.dialogue AS d ON d.session_id = m.from_id
WHERE m.take;

INSERT INTO main.credential (
	session_id, mechanism, username, outcome, in_clear, frame, at_ns, secret_fingerprint, sent)
SELECT
	m.id, x.mechanism, x.username, x.outcome, x.in_clear, x.frame, x.at_ns, x.secret_fingerprint, x.sent
FROM temp.merge_session AS m
CROSS JOIN source.credential AS x ON x.session_id = m.from_id
WHERE m.take
ORDER BY m.id, x.id;

INSERT OR IGNORE INTO main.certificate (
	sha256, spki_sha256, subject, issuer, serial, not_before, not_after, key_type, key_bits,
	signature_algorithm, self_signed, is_ca, names)
SELECT
	x.sha256, x.spki_sha256, x.subject, x.issuer, x.serial, x.not_before, x.not_after, x.key_type,
	x.key_bits, x.signature_algorithm, x.self_signed, x.is_ca, x.names
FROM source.certificate AS x
WHERE x.id IN (SELECT shown.certificate_id FROM temp.merge_session AS m
		CROSS JOIN source.session_certificate AS shown ON shown.session_id = m.from_id
		WHERE m.take)
	AND x.sha256 NOT IN (SELECT sha256 FROM main.certificate)
ORDER BY x.id;
INSERT INTO main.session_certificate (session_id, position, certificate_id)
SELECT m.id, shown.position, ours.id
FROM temp.merge_session AS m
CROSS JOIN source.session_certificate AS shown ON shown.session_id = m.from_id
CROSS JOIN source.certificate AS theirs ON theirs.id = shown.certificate_id
CROSS JOIN main.certificate AS ours ON ours.sha256 = theirs.sha256
WHERE m.take;
DELETE FROM main.certificate
WHERE EXISTS (SELECT 1 FROM temp.merge_gone)
	AND NOT EXISTS (SELECT 1 FROM main.session_certificate AS shown WHERE shown.certificate_id = certificate.id);

INSERT INTO main.footprint (
	session_id,
	flags, client_kind, verdict, verdict_suspected, verdict_proven, greeting_name, product, syn_shape,
	keywords, list_octets, mechanisms, refusal_code, logins_accepted, logins_wrong, logins_refused,
	account, mechanism, envelope_mark, content_bytes, sender_domain, recipient_domains, offers_version,
	cipher_traits, offered_extras, key_share_sha256, ticket_name, client_random, queue_id, client_sequence,
	server_sequence, places)
SELECT
	m.id,
	x.flags, x.client_kind, x.verdict, x.verdict_suspected, x.verdict_proven, x.greeting_name, x.product,
	x.syn_shape, x.keywords, x.list_octets, x.mechanisms, x.refusal_code, x.logins_accepted,
	x.logins_wrong, x.logins_refused, x.account, x.mechanism, x.envelope_mark, x.content_bytes,
	x.sender_domain, x.recipient_domains, x.offers_version, x.cipher_traits, x.offered_extras,
	x.key_share_sha256, x.ticket_name, x.client_random, x.queue_id, x.client_sequence, x.server_sequence,
	x.places
FROM temp.merge_session AS m
CROSS JOIN source.footprint AS x ON x.session_id = m.from_id
WHERE m.take;

-- What is said of them ----------------------------------------------------------------------------

-- What history says it says anew, but of those that it judged for good.
INSERT OR IGNORE INTO main.kind (word)
SELECT word FROM source.kind ORDER BY id;
DROP TABLE IF EXISTS temp.merge_kind;
CREATE TEMP TABLE merge_kind (from_id INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;
INSERT INTO temp.merge_kind
SELECT theirs.id, ours.id
FROM source.kind AS theirs
CROSS JOIN main.kind AS ours ON ours.word = theirs.word;

INSERT INTO main.finding (
	id, kind_id,
	severity, confidence, score, count, capture, first_frame, frame, at_ns, side, stream_offset,
	stream_length, evidence, reasons)
SELECT
	f.id + (m.id - m.from_id) * 1000, kind.id,
	f.severity, f.confidence, f.score, f.count, f.capture, f.first_frame, f.frame, f.at_ns, f.side,
	f.stream_offset, f.stream_length, f.evidence, f.reasons
FROM temp.merge_session AS m
CROSS JOIN source.finding AS f ON f.id BETWEEN m.from_id * 1000 + 1
	AND m.from_id * 1000 + CASE WHEN m.settled THEN 799 ELSE 499 END
CROSS JOIN temp.merge_kind AS kind ON kind.from_id = f.kind_id
WHERE m.take;
INSERT INTO main.signal (
	id,
	origin, name, grp, points, decisive, words, capture, first_frame, frame, at_ns, side, stream_offset,
	stream_length, evidence)
SELECT
	g.id + (m.id - m.from_id) * 1000,
	g.origin, g.name, g.grp, g.points, g.decisive, g.words, g.capture, g.first_frame, g.frame, g.at_ns,
	g.side, g.stream_offset, g.stream_length, g.evidence
FROM temp.merge_session AS m
CROSS JOIN source.signal AS g ON g.id BETWEEN m.from_id * 1000 + 1
	AND m.from_id * 1000 + CASE WHEN m.settled THEN 799 ELSE 499 END
WHERE m.take;

INSERT INTO main.hindsight_session (session_id, verdict, severity, points)
SELECT m.id, h.verdict, h.severity, h.points
FROM temp.merge_session AS m
CROSS JOIN source.hindsight_session AS h ON h.session_id = m.from_id
WHERE m.take AND m.settled;
INSERT INTO main.hindsight_finding (finding_id, severity, confidence, score, reasons)
SELECT h.finding_id + (m.id - m.from_id) * 1000, h.severity, h.confidence, h.score, h.reasons
FROM temp.merge_session AS m
CROSS JOIN source.hindsight_finding AS h ON h.finding_id BETWEEN m.from_id * 1000 + 1 AND m.from_id * 1000 + 799
WHERE m.take AND m.settled;
INSERT OR IGNORE INTO main.finding_link (finding_id, session_id, origin)
SELECT l.finding_id + (m.id - m.from_id) * 1000, other.id, l.origin
FROM temp.merge_session AS m
CROSS JOIN source.finding_link AS l ON l.finding_id BETWEEN m.from_id * 1000 + 1 AND m.from_id * 1000 + 799
CROSS JOIN temp.merge_session AS other ON other.from_id = l.session_id AND other.id IS NOT NULL
WHERE m.take AND m.settled;

-- What a comparison of vantages said is added to what another one said.
DROP TABLE IF EXISTS temp.merge_compared;
CREATE TEMP TABLE merge_compared (from_id INTEGER PRIMARY KEY, id INTEGER NOT NULL) STRICT;
INSERT INTO temp.merge_compared
SELECT f.id,
	row_number() OVER (PARTITION BY m.id ORDER BY f.id)
		+ coalesce((SELECT max(id) FROM main.finding WHERE id BETWEEN m.id * 1000 + 800 AND m.id * 1000 + 899),
			m.id * 1000 + 799)
FROM temp.merge_session AS m
CROSS JOIN source.finding AS f ON f.id BETWEEN m.from_id * 1000 + 800 AND m.from_id * 1000 + 899
CROSS JOIN temp.merge_kind AS kind ON kind.from_id = f.kind_id
WHERE m.id IS NOT NULL AND NOT m.ongoing AND NOT EXISTS (
	SELECT 1
	FROM main.finding AS o
	WHERE o.id BETWEEN m.id * 1000 + 800 AND m.id * 1000 + 899 AND o.kind_id = kind.id AND o.capture IS f.capture
		AND o.frame IS f.frame AND o.side IS f.side AND o.evidence IS f.evidence AND o.reasons IS f.reasons
		AND (SELECT min(l.session_id) FROM main.finding_link AS l WHERE l.finding_id = o.id AND l.origin = 2)
			IS (SELECT min(other.id) FROM source.finding_link AS l
				JOIN temp.merge_session AS other ON other.from_id = l.session_id
				WHERE l.finding_id = f.id AND l.origin = 2));
DELETE FROM temp.merge_compared WHERE id % 1000 NOT BETWEEN 800 AND 899;
INSERT INTO main.finding (
	id, kind_id,
	severity, confidence, score, count, capture, first_frame, frame, at_ns, side, stream_offset,
	stream_length, evidence, reasons)
SELECT
	m.id, kind.id,
	f.severity, f.confidence, f.score, f.count, f.capture, f.first_frame, f.frame, f.at_ns, f.side,
	f.stream_offset, f.stream_length, f.evidence, f.reasons
FROM temp.merge_compared AS m
CROSS JOIN source.finding AS f ON f.id = m.from_id
CROSS JOIN temp.merge_kind AS kind ON kind.from_id = f.kind_id;
INSERT INTO main.signal (
	id,
	origin, name, grp, points, decisive, words, capture, first_frame, frame, at_ns, side, stream_offset,
	stream_length, evidence)
SELECT
	m.id,
	g.origin, g.name, g.grp, g.points, g.decisive, g.words, g.capture, g.first_frame, g.frame, g.at_ns,
	g.side, g.stream_offset, g.stream_length, g.evidence
FROM temp.merge_compared AS m
CROSS JOIN source.signal AS g ON g.id = m.from_id;
INSERT OR IGNORE INTO main.finding_link (finding_id, session_id, origin)
SELECT m.id, other.id, l.origin
FROM temp.merge_compared AS m
CROSS JOIN source.finding_link AS l ON l.finding_id = m.from_id
CROSS JOIN temp.merge_session AS other ON other.from_id = l.session_id AND other.id IS NOT NULL;

-- Of these more was found.
INSERT OR IGNORE INTO temp.unsettled
SELECT id / 1000
FROM temp.merge_compared;

-- What is judged for good -------------------------------------------------------------------------

-- Ours up to the new mark that it does not mean are still to be judged; so are those that were replaced by one that is,
-- or of which a comparison says more now.
DROP TABLE IF EXISTS temp.merge_mark;
CREATE TEMP TABLE merge_mark AS
SELECT was, max(was, coalesce((SELECT max(id) FROM temp.merge_session WHERE take AND settled), 0)) AS through
FROM (SELECT coalesce((SELECT CAST(value AS INTEGER) FROM main.setting WHERE name = 'judged_through'), 0) AS was);
INSERT OR IGNORE INTO main.unjudged
SELECT s.id
FROM temp.merge_mark AS mark
CROSS JOIN main.session AS s ON s.id > mark.was AND s.id <= mark.through;
INSERT OR IGNORE INTO main.unjudged
SELECT m.id
FROM temp.merge_session AS m
CROSS JOIN temp.merge_mark AS mark
WHERE m.id <= mark.through AND m.take;
DELETE FROM main.unjudged WHERE session_id IN (SELECT id FROM temp.merge_session WHERE take AND settled);
INSERT OR IGNORE INTO main.unjudged
SELECT m.id
FROM temp.merge_session AS m
CROSS JOIN temp.merge_mark AS mark
WHERE m.id <= mark.through AND NOT m.take AND m.id IN (SELECT id / 1000 FROM temp.merge_compared);
INSERT OR REPLACE INTO main.setting
SELECT 'judged_through', through FROM temp.merge_mark WHERE through > was;

INSERT OR REPLACE INTO main.setting
SELECT 'to_judge', 'all'
WHERE EXISTS (SELECT 1 FROM temp.merge_session WHERE take) OR EXISTS (SELECT 1 FROM temp.merge_gone)
	OR EXISTS (SELECT 1 FROM temp.merge_compared);

-- Acceptances -------------------------------------------------------------------------------------

-- One is known by what it was when it was made; what was written down tells that also of one that was deleted.
DROP TABLE IF EXISTS temp.merge_accepted;
CREATE TEMP TABLE merge_accepted (
	ours    INTEGER NOT NULL,
	number  INTEGER NOT NULL,
	content TEXT NOT NULL,
	changed INTEGER NOT NULL,               -- when last
	PRIMARY KEY (ours, number)
) STRICT, WITHOUT ROWID;
INSERT INTO temp.merge_accepted
SELECT 1, known.id,
	json_remove(coalesce(
		(SELECT coalesce(x.became, x.was) FROM main.acceptance_change AS x
			WHERE x.acceptance_id = known.id ORDER BY x.id LIMIT 1),
		(SELECT json_object('kind', a.kind,
			'network', a.network,
			'network_first', hex(a.network_first),
			'network_last', hex(a.network_last),
			'service', a.service,
			'server_octets', hex(a.server_octets),
			'server_port', a.server_port,
			'accepted_by', a.accepted_by,
			'reason', a.reason,
			'accepted', a.accepted,
			'until', a.until,
			'recorded_by', a.recorded_by) FROM main.acceptance AS a WHERE a.id = known.id)),
		'$.id', '$.revoked', '$.revoked_by', '$.revoked_reason', '$.revoked_recorded_by'),
	coalesce((SELECT max(x.at) FROM main.acceptance_change AS x WHERE x.acceptance_id = known.id), 0)
FROM (SELECT id FROM main.acceptance UNION SELECT acceptance_id FROM main.acceptance_change) AS known;
INSERT INTO temp.merge_accepted
SELECT 0, known.id,
	json_remove(coalesce(
		(SELECT coalesce(x.became, x.was) FROM source.acceptance_change AS x
			WHERE x.acceptance_id = known.id ORDER BY x.id LIMIT 1),
		(SELECT json_object('kind', a.kind,
			'network', a.network,
			'network_first', hex(a.network_first),
			'network_last', hex(a.network_last),
			'service', a.service,
			'server_octets', hex(a.server_octets),
			'server_port', a.server_port,
			'accepted_by', a.accepted_by,
			'reason', a.reason,
			'accepted', a.accepted,
			'until', a.until,
			'recorded_by', a.recorded_by) FROM source.acceptance AS a WHERE a.id = known.id)),
		'$.id', '$.revoked', '$.revoked_by', '$.revoked_reason', '$.revoked_recorded_by'),
	coalesce((SELECT max(x.at) FROM source.acceptance_change AS x WHERE x.acceptance_id = known.id), 0)
FROM (SELECT id FROM source.acceptance UNION SELECT acceptance_id FROM source.acceptance_change) AS known;

DROP TABLE IF EXISTS temp.merge_acceptance;
CREATE TEMP TABLE merge_acceptance (from_id INTEGER PRIMARY KEY, id INTEGER, later INTEGER NOT NULL) STRICT;
INSERT INTO temp.merge_acceptance
SELECT theirs.number, ours.number, ours.number IS NULL OR theirs.changed > ours.changed
FROM temp.merge_accepted AS theirs
LEFT JOIN (
	SELECT content, min(number) AS number, max(changed) AS changed
	FROM temp.merge_accepted
	WHERE ours
	GROUP BY content
) AS ours USING (content)
WHERE NOT theirs.ours;
UPDATE temp.merge_acceptance AS m
SET id = given.id
FROM (
	SELECT number, (SELECT coalesce(max(seq), 0) FROM main.sqlite_sequence WHERE name = 'acceptance')
		+ dense_rank() OVER (ORDER BY first) AS id
	FROM (SELECT number, min(number) OVER (PARTITION BY content) AS first
		FROM temp.merge_accepted
		WHERE NOT ours AND number IN (SELECT from_id FROM temp.merge_acceptance WHERE id IS NULL))
) AS given
WHERE m.from_id = given.number;

-- An id is taken also by one that is there no more: nobody else is to get it.
INSERT INTO main.acceptance (id, kind, accepted_by, reason, accepted, until, recorded_by)
SELECT DISTINCT id, '', '', '', 0, 0, ''
FROM temp.merge_acceptance
WHERE id > (SELECT coalesce(max(seq), 0) FROM main.sqlite_sequence WHERE name = 'acceptance');
INSERT OR REPLACE INTO main.acceptance (
	id,
	kind, network, network_first, network_last, service, server_octets, server_port, accepted_by, reason,
	accepted, until, recorded_by, revoked, revoked_by, revoked_reason, revoked_recorded_by)
SELECT
	m.id,
	a.kind, a.network, a.network_first, a.network_last, a.service, a.server_octets, a.server_port,
	a.accepted_by, a.reason, a.accepted, a.until, a.recorded_by, a.revoked, a.revoked_by, a.revoked_reason,
	a.revoked_recorded_by
FROM temp.merge_acceptance AS m
CROSS JOIN source.acceptance AS a ON a.id = m.from_id
LEFT JOIN main.acceptance AS ours ON ours.id = m.id
WHERE m.later OR (ours.revoked IS NULL AND a.revoked IS NOT NULL)
ORDER BY m.id, a.revoked IS NOT NULL;

INSERT INTO main.acceptance_change (at, acceptance_id, action, was, became)
SELECT x.at, m.id, x.action, json_replace(x.was, '$.id', m.id), json_replace(x.became, '$.id', m.id)
FROM source.acceptance_change AS x
CROSS JOIN temp.merge_acceptance AS m ON m.from_id = x.acceptance_id
WHERE NOT EXISTS (
	SELECT 1
	FROM main.acceptance_change AS o
	WHERE o.acceptance_id = m.id AND o.at = x.at AND o.action = x.action
		AND o.was IS json_replace(x.was, '$.id', m.id) AND o.became IS json_replace(x.became, '$.id', m.id))
ORDER BY x.id;
DELETE FROM main.acceptance
WHERE accepted_by = '' OR id IN (SELECT acceptance_id FROM main.acceptance_change WHERE action = 'deleted');
