-- Kept records of each built day are those that the ledger says were kept.
-- event_date: Day.
-- in_ledger: Kept records by the ledger.
-- in_events: Records that events say they were made from.
SELECT event_date, coalesce(l.n, 0) AS in_ledger, coalesce(e.n, 0) AS in_events
FROM (SELECT event_date, sum(kept)::BIGINT AS n FROM events.event_ledger GROUP BY 1) AS l
FULL JOIN (SELECT event_date, sum(records)::BIGINT AS n FROM events.cleaned_events GROUP BY 1) AS e USING (event_date)
WHERE coalesce(l.n, 0) <> coalesce(e.n, 0)
