-- What the page has to agree with, as one JSON object: counts, every finding with its session and filter, and what
-- peers said in sessions that have findings above info.
SELECT json_object(
	'sessions', (SELECT count(*) FROM v_session),
	'verdicts', (SELECT json_group_object(verdict, n)
		FROM (SELECT verdict, count(*) AS n FROM v_session GROUP BY 1)),
	'severities', (SELECT json_group_object(severity, n)
		FROM (SELECT severity, count(*) AS n FROM v_finding GROUP BY 1)),
	'findings', (SELECT json_group_object(finding_id, json_object('session', session_id, 'severity', severity,
		'kind', kind, 'filter', wireshark_filter, 'evidence', evidence)) FROM v_finding),
	'captures', (SELECT json_group_array(lower(hex(sha256))) FROM capture),
	'said', (SELECT json_group_array(json_object('session', session_id, 'line', text)) FROM v_dialogue),
	'reports', json('["' || replace(:reports, ' ', '","') || '"]'),
	'names', (SELECT json_group_array(DISTINCT username) FROM v_credential WHERE username <> ''));
