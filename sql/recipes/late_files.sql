-- Which files arrived late?
-- Days from the last day that a file is about to the day on which its bytes were first seen (UTC). Files of a first load are
-- all late; arrived_on_first_day marks them.
-- Also: late files; delayed deliveries; how long do sources take to deliver; old exports
-- Empty: No file of events or orders arrived so late.
-- $days: Days from which on a file is late; 2 where it is not set.
-- source: Source in dmp.yaml.
-- path: Landing file.
-- last_event_date: Last day that it is about.
-- arrived_at: When it arrived (UTC).
-- days_late: Days between both.
-- records: Records in it.
-- arrived_on_first_day: Whether it arrived on the day on which the source's first file did.
WITH dated AS (
    SELECT *, date_diff('day', last_event_date, arrived_at::DATE) AS days_late,
           arrived_at::DATE = min(arrived_at::DATE) OVER (PARTITION BY source) AS arrived_on_first_day
    FROM ingest.landing_files WHERE last_event_date IS NOT NULL
)
SELECT source, path, last_event_date, arrived_at, days_late, records, arrived_on_first_day
FROM dated
WHERE days_late >= coalesce(getvariable('days')::INT, 2)
ORDER BY arrived_on_first_day, days_late DESC, path;
