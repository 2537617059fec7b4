-- The table is empty only where no accepted record of its kind landed; a record may hold several rates.
-- accepted: Accepted records by the ledger of files.
-- in_table: Rows of the table.
SELECT accepted, in_table
FROM (SELECT coalesce(sum(accepted), 0)::BIGINT AS accepted FROM ingest.landing_files WHERE kind = 'rates'),
     (SELECT count(*) AS in_table FROM ingest.raw_exchange_rates)
WHERE (in_table = 0) <> (accepted = 0)
