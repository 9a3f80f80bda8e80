-- title: What was looked at, and what could not be seen
-- question: What do the other reports rest on, and where does silence prove nothing?
-- columns: one row a vantage and kind of capture. captures were read of it, damaged of them hold an error or end
--   too early, and unfinished ones were still being read when the program ended; first_frame and last_frame tell
--   from when to when. frames holds all frames of these captures; not_tcp of them carry something else, not_decoded
--   an encapsulation that is not looked into, malformed are cut short or give wrong lengths. drops counts the
--   frames of a live capture that were lost before they were looked at, and minutes_with_drops the minutes of
--   minutes in which that happened. sessions of this scope were judged, in_full of them without anything missing;
--   the columns behind tell what is missing in the others: their begin, one direction, a part, the end of long
--   contents, the end. Frames of the capture were lost during sessions_with_drops. undecided ones show too little
--   for a verdict. encrypted ones have TLS, and certificates_not_visible tells for how many of them the certificate
--   is hidden; accepted counts findings for which somebody answers.
-- clauses: NIST SP 800-53 AU-2 and AU-12, PCI DSS 10, ISO/IEC 27001 A.8.15 and A.8.16: what is recorded, and how
--   far that reaches. From working knowledge.
-- limits: nothing inside TLS is seen: a client that logs in to the wrong server after a good handshake looks
--   protected. TLS 1.3 hides the certificate, and so does a session that is resumed. Somebody who ends TLS towards
--   both sides shows only by another key, issuer, delay or fingerprint, or at a second vantage. Who took the offer
--   of TLS out from before the first capture on leaves no history to compare with. Frames that never came to the
--   capture are counted only where the kernel, the network card or the file says so. A file that holds several
--   interfaces counts whole for each vantage that it shows; frames count whole captures even where a period or a
--   network is asked for.
WITH
accepted AS MATERIALIZED (
	SELECT session_id, count(DISTINCT finding_id) AS findings
	FROM v_accepted
	GROUP BY session_id
),
answered AS MATERIALIZED (
	SELECT s.vantage AS vantage, s.capture_id AS capture_id, sum(accepted.findings) AS accepted
	FROM accepted
	CROSS JOIN report_session AS s ON s.session_id = accepted.session_id
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
	GROUP BY s.vantage, s.capture_id
),
judged AS MATERIALIZED (
	SELECT s.vantage AS vantage, s.capture_id AS capture_id, count(*) AS sessions,
		count(*) FILTER (WHERE s.missing = 0 AND s.lost = 0) AS in_full,
		count(*) FILTER (WHERE s.missing & 1) AS without_begin,
		count(*) FILTER (WHERE s.missing & 2) AS one_sided,
		count(*) FILTER (WHERE s.missing & 4) AS with_gaps,
		count(*) FILTER (WHERE s.missing & 8) AS cut_short,
		count(*) FILTER (WHERE s.missing & 16) AS without_end,
		count(*) FILTER (WHERE s.lost > 0) AS with_drops,
		count(*) FILTER (WHERE s.verdict = 'unknown-partial') AS undecided,
		count(*) FILTER (WHERE s.tls_established) AS encrypted,
		count(*) FILTER (WHERE s.tls_established AND NOT EXISTS (SELECT 1 FROM session_certificate AS shown
			WHERE shown.session_id = s.session_id)) AS certificates_hidden
	FROM report_session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
	GROUP BY s.vantage, s.capture_id
),
dropped AS MATERIALIZED (
	SELECT m.capture_id AS capture_id, count(*) AS minutes, sum(m.kernel_drops + m.interface_drops) AS drops,
		count(*) FILTER (WHERE m.kernel_drops + m.interface_drops > 0) AS minutes_with_drops
	FROM capture_minute AS m
	WHERE m.minute_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND m.minute_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
	GROUP BY m.capture_id
),
looked AS (
	SELECT coalesce(judged.vantage, c.vantage) AS seen_from, c.live AS is_live, c.*, judged.*, dropped.*,
		answered.accepted AS accepted
	FROM capture AS c
	LEFT JOIN judged ON judged.capture_id = c.id
	LEFT JOIN answered ON answered.capture_id = judged.capture_id AND answered.vantage = judged.vantage
	LEFT JOIN dropped ON dropped.capture_id = c.id
	WHERE (:vantage IS NULL OR coalesce(judged.vantage, c.vantage) = :vantage)
		AND (judged.sessions > 0
			OR (coalesce(c.last_ns >= unixepoch(:since) * 1000000000, true)
				AND coalesce(c.first_ns < unixepoch(:until) * 1000000000, true)))
)
SELECT
	seen_from AS vantage,
	iif(is_live, 'interface', 'file') AS kind,
	count(DISTINCT id) AS captures,
	count(DISTINCT id) FILTER (WHERE damaged IS NOT NULL) AS damaged,
	count(DISTINCT id) FILTER (WHERE NOT complete) AS unfinished,
	strftime('%Y-%m-%dT%H:%M:%SZ', min(first_ns) / 1000000000, 'unixepoch') AS first_frame,
	strftime('%Y-%m-%dT%H:%M:%SZ', max(last_ns) / 1000000000, 'unixepoch') AS last_frame,
	sum(frames) AS frames,
	sum(frames_other) AS not_tcp,
	sum(frames_unknown) AS not_decoded,
	sum(frames_malformed) AS malformed,
	sum(drops) AS drops,
	sum(minutes_with_drops) AS minutes_with_drops,
	sum(minutes) AS minutes,
	coalesce(sum(sessions), 0) AS sessions,
	coalesce(sum(in_full), 0) AS in_full,
	coalesce(sum(without_begin), 0) AS without_begin,
	coalesce(sum(one_sided), 0) AS one_sided,
	coalesce(sum(with_gaps), 0) AS with_gaps,
	coalesce(sum(cut_short), 0) AS cut_short,
	coalesce(sum(without_end), 0) AS without_end,
	coalesce(sum(with_drops), 0) AS sessions_with_drops,
	coalesce(sum(undecided), 0) AS undecided,
	coalesce(sum(encrypted), 0) AS encrypted,
	coalesce(sum(certificates_hidden), 0) AS certificates_not_visible,
	coalesce(sum(accepted), 0) AS accepted
FROM looked
GROUP BY seen_from, is_live
ORDER BY seen_from, is_live;
