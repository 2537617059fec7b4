-- Every record that the ledger has for a built day is in raw_events, once.
-- event_date: Day.
-- in_ledger: Records of the day by the ledger of files.
-- in_table: Records of the day in raw_events.
WITH ledger AS (SELECT event_date, sum(records)::BIGINT AS records FROM ingest.landing_days GROUP BY event_date),
built AS (SELECT partition AS event_date, rows FROM ops.current_commits WHERE table_name = 'ingest.raw_events'),
-- The further items of a record are rows too.
items AS (SELECT event_date, count(*) AS rows FROM ingest.raw_events WHERE part > 1 GROUP BY event_date)
SELECT built.event_date, coalesce(ledger.records, 0) AS in_ledger, built.rows - coalesce(items.rows, 0) AS in_table
FROM built LEFT JOIN ledger USING (event_date) LEFT JOIN items USING (event_date)
WHERE built.rows - coalesce(items.rows, 0) <> coalesce(ledger.records, 0)
