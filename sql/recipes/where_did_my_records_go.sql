-- Did every record of every event source arrive, and if not, why not?
-- records = kept + duplicates + superseded + quarantined, over all days; unaccounted must be 0. superseded are older
-- statements of orders, and files that a final one replaced. violations names what was wrong with the quarantined ones; events.quarantined_events has each of them with its file, line and text.
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
