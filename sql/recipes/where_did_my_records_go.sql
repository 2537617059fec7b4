-- Did every record of every event source arrive, and if not, why not?
-- records = kept + duplicates + superseded + quarantined, over all days. events.quarantined_events has each quarantined
-- record with its file, line and text.
-- Also: where did my records go; are lines lost; account of records by source; duplicates per source
-- Empty: Not enough data: no source of events or orders has delivered.
-- source: Source in dmp.yaml.
-- first_date: First day with records.
-- last_date: Newest day with records.
-- records: Landing records.
-- kept: Records that became part of an event.
-- duplicates: Repetitions of a kept record.
-- superseded: Older statements of orders, and records of files that a final one replaced.
-- quarantined: Records refused.
-- unaccounted: Records of which nothing is known: must be 0.
-- violations: What was wrong with the quarantined ones, with their number.
WITH reasons AS (
    SELECT source, string_agg(violation_code || ': ' || n, ', ' ORDER BY n DESC, violation_code) AS violations
    FROM (SELECT source, violation_code, count(*) AS n FROM events.quarantined_events GROUP BY ALL)
    GROUP BY source
)
SELECT source, min(event_date) AS first_date, max(event_date) AS last_date, sum(records)::BIGINT AS records,
       sum(kept)::BIGINT AS kept, sum(duplicates)::BIGINT AS duplicates, sum(superseded)::BIGINT AS superseded,
       sum(quarantined)::BIGINT AS quarantined,
       sum(records - kept - duplicates - superseded - quarantined)::BIGINT AS unaccounted, any_value(violations) AS violations
FROM events.event_ledger LEFT JOIN reasons USING (source)
GROUP BY source
ORDER BY source;
