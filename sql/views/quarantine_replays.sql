-- One row per rebuild of a day that changed its quarantine: how many records a corrected mapping, plan or file moved.
-- event_date: Day that was rebuilt.
-- rebuilt_at: When (UTC).
-- run_id: The run that did it.
-- quarantined_before: Refused records before.
-- quarantined_now: Refused records since.
-- moved_out: Records that left the quarantine; negative where it grew.
SELECT partition AS event_date, committed_at AS rebuilt_at, run_id, rows_before AS quarantined_before,
       rows AS quarantined_now, rows_before - rows AS moved_out
FROM (SELECT *, lag(rows) OVER (PARTITION BY partition ORDER BY commit_id) AS rows_before
      FROM ops.commits WHERE table_name = 'events.quarantined_events' AND rows IS NOT NULL)
WHERE rows_before <> rows
ORDER BY rebuilt_at, event_date
