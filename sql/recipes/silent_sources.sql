-- Which sources have gone silent?
-- A source is silent where its newest day lies further behind the newest day of all sources than three times its usual gap
-- between days with records, and more than two days. Quarantined records do not count: one without a readable time lies
-- on the day on which its file arrived.
-- Also: dead sources; which feed stopped delivering; missing deliveries; is all data up to date and fresh
-- Empty: Not enough data: no source of events or orders has delivered.
-- source: Source in dmp.yaml.
-- is_silent: Whether it is silent.
-- first_date: First day with records that were not quarantined.
-- last_date: Newest day with such records.
-- days_silent: Days from it to the newest day of all sources.
-- days_with_records: Days with such records.
-- usual_gap_days: Median of the days between two days with records; null for a single day.
-- records: Records over all days, quarantined ones left out.
WITH days AS (
    SELECT source, event_date, records - quarantined AS records, max(event_date) OVER () AS newest,
           event_date - lag(event_date) OVER (PARTITION BY source ORDER BY event_date) AS gap
    FROM events.event_ledger WHERE records > quarantined
)
SELECT source, any_value(newest) - max(event_date) > greatest(2, 3 * coalesce(median(gap), 0)) AS is_silent,
       min(event_date) AS first_date, max(event_date) AS last_date, any_value(newest) - max(event_date) AS days_silent,
       count(*) AS days_with_records, median(gap) AS usual_gap_days, sum(records)::BIGINT AS records
FROM days
GROUP BY source
ORDER BY is_silent DESC, days_silent DESC, source;
