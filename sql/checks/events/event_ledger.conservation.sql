-- On every built day and source: records in = kept + duplicates + superseded + quarantined, each counted in its own table.
-- event_date: Day.
-- source: Source.
-- records_in: Records in raw_events.
-- kept: Records that events say they were made from.
-- duplicates: Repetitions by the ledger.
-- superseded: Records of older statements by the ledger.
-- quarantined: Rows of quarantined_events.
WITH built AS (SELECT partition AS event_date FROM ops.current_commits WHERE table_name = 'events.event_ledger'),
raw AS (SELECT event_date, source, count(*) AS n FROM ingest.raw_events
        WHERE part <= 1 AND event_date IN (FROM built) GROUP BY ALL),
kept AS (SELECT event_date, source, sum(records)::BIGINT AS n FROM events.cleaned_events GROUP BY ALL),
refused AS (SELECT event_date, source, count(*) AS n FROM events.quarantined_events GROUP BY ALL)
SELECT event_date, source, coalesce(raw.n, 0) AS records_in, coalesce(kept.n, 0) AS kept,
       coalesce(l.duplicates, 0) AS duplicates, coalesce(l.superseded, 0) AS superseded, coalesce(refused.n, 0) AS quarantined
FROM raw FULL JOIN events.event_ledger AS l USING (event_date, source)
FULL JOIN kept USING (event_date, source) FULL JOIN refused USING (event_date, source)
WHERE coalesce(raw.n, 0) <> coalesce(kept.n, 0) + coalesce(l.duplicates, 0) + coalesce(l.superseded, 0) + coalesce(refused.n, 0)
   OR coalesce(l.records, 0) <> coalesce(raw.n, 0) OR coalesce(l.kept, 0) <> coalesce(kept.n, 0)
   OR coalesce(l.quarantined, 0) <> coalesce(refused.n, 0)
