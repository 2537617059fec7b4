-- Refused records of each built day are those that the ledger says were refused.
-- event_date: Day.
-- in_ledger: Quarantined records by the ledger.
-- in_table: Rows of quarantined_events.
SELECT event_date, coalesce(l.n, 0) AS in_ledger, coalesce(q.n, 0) AS in_table
FROM (SELECT event_date, sum(quarantined)::BIGINT AS n FROM events.event_ledger GROUP BY 1) AS l
FULL JOIN (SELECT event_date, count(*) AS n FROM events.quarantined_events GROUP BY 1) AS q USING (event_date)
WHERE coalesce(l.n, 0) <> coalesce(q.n, 0)
