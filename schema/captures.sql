-- What was read, one row a capture, in the order in which it was taken: the ground on which a page stands.
SELECT
	c.path AS capture,
	c.vantage,
	CASE
		WHEN c.damaged IS NOT NULL THEN 'damaged: ' || c.damaged
		WHEN NOT c.complete THEN 'not read to its end'
		WHEN c.live THEN 'live'
		ELSE 'whole'
	END AS state,
	strftime('%Y-%m-%d %H:%M:%S', c.first_ns / 1000000000, 'unixepoch') AS first_frame,
	strftime('%Y-%m-%d %H:%M:%S', c.last_ns / 1000000000, 'unixepoch') AS last_frame,
	c.frames,
	c.bytes,
	c.frames_other AS not_tcp,
	c.frames_unknown AS not_decoded,
	c.frames_malformed AS malformed,
	(SELECT sum(m.kernel_drops + m.interface_drops) FROM capture_minute AS m WHERE m.capture_id = c.id) AS dropped,
	lower(hex(c.sha256)) AS sha256,
	r.tool_version AS read_by,
	r.host
FROM capture AS c
JOIN run AS r ON r.id = c.run_id
ORDER BY c.first_ns, c.id;
