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
counted AS NOT MATERIALIZED (
	-- of all time an index tells how many sessions of each tally a capture has; of a period they are counted
	SELECT c.id AS capture_id, s.tally_id AS tally_id, count(*) AS sessions
	FROM capture AS c
	CROSS JOIN session AS s ON s.capture_id = c.id
	WHERE :since IS NULL AND :until IS NULL
	GROUP BY c.id, s.tally_id
	UNION ALL
	SELECT s.capture_id, s.tally_id, count(*)
	FROM session AS s
	WHERE s.started_ns >= coalesce(unixepoch(:since) * 1000000000, -9223372036854775807)
		AND s.started_ns < coalesce(unixepoch(:until) * 1000000000, 9223372036854775807)
		AND (:since IS NOT NULL OR :until IS NOT NULL)
	GROUP BY s.capture_id, s.tally_id
),
scope AS NOT MATERIALIZED (
	SELECT s.*, counted.capture_id, counted.sessions
	FROM counted
	CROSS JOIN report_tally AS s ON s.tally_id = counted.tally_id
	WHERE (:vantage IS NULL OR s.vantage = :vantage)
		AND (:network_first IS NULL OR s.client_octets BETWEEN :network_first AND :network_last
			OR s.server_octets BETWEEN :network_first AND :network_last)
),
answered AS MATERIALIZED (
	SELECT scope.vantage AS vantage, scope.capture_id AS capture_id, sum(scope.sessions * f.findings) AS accepted
	FROM scope
	CROSS JOIN report_accepted AS a ON a.tally_id = scope.tally_id
	CROSS JOIN pattern_finding AS f ON f.pattern_id = scope.pattern_id AND f.kind_id = a.kind_id
	GROUP BY scope.vantage, scope.capture_id
),
judged AS MATERIALIZED (
	SELECT vantage, capture_id, sum(sessions) AS sessions,
		sum(sessions) FILTER (WHERE missing = 0 AND NOT lost) AS in_full,
		sum(sessions) FILTER (WHERE missing & 1) AS without_begin,
		sum(sessions) FILTER (WHERE missing & 2) AS one_sided,
		sum(sessions) FILTER (WHERE missing & 4) AS with_gaps,
		sum(sessions) FILTER (WHERE missing & 8) AS cut_short,
		sum(sessions) FILTER (WHERE missing & 16) AS without_end,
		sum(sessions) FILTER (WHERE lost) AS with_drops,
		sum(sessions) FILTER (WHERE verdict = 'unknown-partial') AS undecided,
		sum(sessions) FILTER (WHERE tls_established) AS encrypted,
		sum(sessions) FILTER (WHERE tls_established AND certificate_id IS NULL) AS certificates_hidden
	FROM scope
	GROUP BY vantage, capture_id
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
