-- No landing file states more report lines than were accepted from it; the table is empty only where none was.
-- path: Landing file; null for all files together.
-- accepted: Accepted records by the ledger of files.
-- in_table: Report lines in the table.
WITH ledger AS (SELECT path, accepted FROM ingest.landing_files WHERE kind = 'ad_spend'),
stated AS (SELECT path, sum(records)::BIGINT AS records FROM ingest.raw_ad_spend GROUP BY path)
SELECT path, coalesce(ledger.accepted, 0) AS accepted, stated.records AS in_table
FROM stated LEFT JOIN ledger USING (path)
WHERE stated.records > coalesce(ledger.accepted, 0)
UNION ALL
SELECT NULL AS path, accepted, 0 AS in_table
FROM (SELECT coalesce(sum(accepted), 0)::BIGINT AS accepted FROM ledger)
WHERE accepted > 0 AND NOT EXISTS (FROM stated)
