-- title: What happened to the acceptances
-- question: Who accepted what, who took it back, and was anything changed or deleted otherwise?
-- columns: change numbers what happened, in its order, and at tells when; action is "accepted" or "revoked", and
--   "changed" or "deleted" for what no command of this program does; by and account are who said so and in which
--   account; was and became are the whole row before and after.
-- limits: The database writes this down itself, whatever program changes an acceptance. Who may write to the file can
--   remove even that; keep a signed copy elsewhere.
WITH
written AS (
	SELECT id, at, acceptance_id, action, was, became,
		coalesce(iif(json_valid(became), became, NULL), iif(json_valid(was), was, NULL)) AS row
	FROM acceptance_change
)
SELECT
	id AS change,
	strftime('%Y-%m-%dT%H:%M:%SZ', at, 'unixepoch') AS at,
	action,
	acceptance_id AS acceptance,
	row ->> 'kind' AS kind,
	row ->> 'network' AS network,
	row ->> 'service' AS service,
	strftime('%Y-%m-%dT%H:%M:%SZ', row ->> 'until', 'unixepoch') AS until,
	CASE action WHEN 'accepted' THEN row ->> 'accepted_by' WHEN 'revoked' THEN row ->> 'revoked_by' END AS "by",
	CASE action WHEN 'accepted' THEN row ->> 'reason' WHEN 'revoked' THEN row ->> 'revoked_reason' END AS reason,
	CASE action WHEN 'accepted' THEN row ->> 'recorded_by' WHEN 'revoked' THEN row ->> 'revoked_recorded_by' END
		AS account,
	was,
	became
FROM written
ORDER BY id;
