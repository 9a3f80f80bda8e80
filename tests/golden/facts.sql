-- What a database says of its sessions, as text that can be compared: one fact a line, tab separated, no ids, no
-- frames, no times.  NULL is left out.  Sessions are numbered in the order of their first frames.  What is shown of
-- the facts is for rows.sql and history.sql.
.bail on
.headers off
.mode list
.separator "\t"

CREATE TEMP TABLE numbered AS
	SELECT session_id, row_number() OVER (ORDER BY first_frame, session_id) AS n FROM v_session;

-- What nDPI makes of a flow depends on how its bytes were cut, so that it disagrees is left out.
CREATE TEMP TABLE judged AS SELECT * FROM v_finding WHERE kind <> 'capture-classifier-disagrees';

CREATE TEMP TABLE fact (session_id INTEGER, part INTEGER, place INTEGER, line TEXT);

-- the session itself
INSERT INTO fact
	SELECT session_id, 1, 0, 'session' || char(9) || n || char(9) || protocol
		|| char(9) || client_ip || ':' || client_port
		|| char(9) || server_ip || ':' || server_port
	FROM v_session JOIN numbered USING (session_id);

INSERT INTO fact
	SELECT session_id, 1, place, 'session' || char(9) || n || char(9) || name || char(9) || value
	FROM (
		SELECT session_id, 1 AS place, 'verdict' AS name, verdict AS value FROM v_session
		UNION ALL
		SELECT session_id, 2, 'exposed', exposed FROM v_session
		UNION ALL
		SELECT session_id, 3, 'tls_grade', tls_grade FROM v_session
		UNION ALL
		SELECT session_id, 4, 'severity', severity FROM v_session
			WHERE session_id IN (SELECT session_id FROM judged)
		UNION ALL
		SELECT session_id, 5, 'complete', complete FROM v_session
		UNION ALL
		SELECT session_id, 6, 'server_banner', server_banner FROM v_session
		UNION ALL
		SELECT session_id, 7, 'client_name', client_name FROM v_session
		UNION ALL
		SELECT session_id, 8, 'capabilities', capabilities FROM v_session
		UNION ALL
		SELECT session_id, 9, 'starttls_offered', starttls_offered FROM v_session
		UNION ALL
		SELECT session_id, 10, 'starttls_requested', starttls_requested FROM v_session
		UNION ALL
		SELECT session_id, 11, 'starttls_reply', starttls_reply FROM v_session
		UNION ALL
		SELECT session_id, 12, 'tls_started', tls_started FROM v_session
		UNION ALL
		SELECT session_id, 13, 'tls_established', tls_established FROM v_session
		UNION ALL
		SELECT session_id, 14, 'tls_version', tls_version FROM v_session
		UNION ALL
		SELECT session_id, 15, 'tls_cipher', tls_cipher FROM v_session
		UNION ALL
		SELECT session_id, 16, 'tls_sni', tls_sni FROM v_session
		UNION ALL
		SELECT session_id, 17, 'tls_alpn', tls_alpn FROM v_session
		UNION ALL
		SELECT session_id, 18, 'tls_ja3', tls_ja3 FROM v_session
		UNION ALL
		SELECT session_id, 19, 'tls_ja3s', tls_ja3s FROM v_session
		UNION ALL
		SELECT session_id, 20, 'tls_ja4', tls_ja4 FROM v_session
		UNION ALL
		SELECT session_id, 21, 'certificate_sha256', certificate_sha256 FROM v_session
		UNION ALL
		SELECT session_id, 22, 'messages_in_clear', messages_in_clear FROM v_session
		UNION ALL
		SELECT session_id, 23, 'credentials_in_clear', credentials_in_clear FROM v_session
		UNION ALL
		SELECT session_id, 24, 'bytes_client', bytes_client FROM v_session
		UNION ALL
		SELECT session_id, 25, 'bytes_server', bytes_server FROM v_session
	) JOIN numbered USING (session_id)
	WHERE value IS NOT NULL;

-- what was said, and what was odd about it
INSERT INTO fact
	SELECT session_id, 2, line, 'line' || char(9) || n || char(9) || coalesce(direction, '')
		|| char(9) || kind || char(9) || coalesce(text, '')
	FROM v_dialogue JOIN numbered USING (session_id);

INSERT INTO fact
	SELECT session_id, 3, row_number() OVER (ORDER BY kind, direction, quote),
		'note' || char(9) || n || char(9) || kind || char(9) || coalesce(direction, '')
		|| char(9) || count || char(9) || coalesce(quote, '')
	FROM v_note JOIN numbered USING (session_id);

-- who logged in, and who proved to be whom
INSERT INTO fact
	SELECT session_id, 4, row_number() OVER (ORDER BY frame, mechanism, username),
		'credential' || char(9) || n || char(9) || coalesce(mechanism, '')
		|| char(9) || coalesce(username, '') || char(9) || outcome
		|| char(9) || CASE in_clear WHEN 1 THEN 'in-clear' WHEN 0 THEN 'under-tls' ELSE '' END
	FROM v_credential JOIN numbered USING (session_id);

INSERT INTO fact
	SELECT session_id, 5, position, 'certificate' || char(9) || n || char(9) || position
		|| char(9) || coalesce(subject, '') || char(9) || coalesce(key_type, '')
		|| ' ' || coalesce(key_bits, '') || char(9) || coalesce(names, '')
	FROM v_certificate JOIN numbered USING (session_id);

-- the judgement
INSERT INTO fact
	SELECT session_id, 6, row_number() OVER (ORDER BY kind, direction, evidence),
		'finding' || char(9) || n || char(9) || kind || char(9) || severity
		|| char(9) || confidence || char(9) || score || char(9) || coalesce(direction, '')
		|| char(9) || coalesce(evidence, '') || char(9) || coalesce(reasons, '')
	FROM judged JOIN numbered USING (session_id);

-- the signs that the judgement weighed
INSERT INTO fact
	SELECT session_id, 7, row_number() OVER (ORDER BY origin, signal, direction, evidence, words),
		'signal' || char(9) || n || char(9) || origin || char(9) || signal || char(9) || "group"
		|| char(9) || points || char(9) || CASE decisive WHEN 1 THEN 'decisive' ELSE '' END
		|| char(9) || coalesce(direction, '') || char(9) || coalesce(evidence, '') || char(9) || coalesce(words, '')
	FROM v_signal JOIN numbered USING (session_id);

-- the other sessions that a finding rests on
INSERT INTO fact
	SELECT f.session_id, 8, row_number() OVER (ORDER BY f.kind, f.direction, f.evidence, other.n),
		'link' || char(9) || own.n || char(9) || f.kind || char(9) || other.n
	FROM v_finding_link AS link
	JOIN v_finding AS f ON f.finding_id = link.finding_id
	JOIN numbered AS own ON own.session_id = f.session_id
	JOIN numbered AS other ON other.session_id = link.session_id;
