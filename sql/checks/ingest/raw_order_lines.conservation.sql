-- The table is empty only where no accepted record of its kind landed, and never has more rows than there were records.
-- accepted: Accepted records by the ledger of files.
-- in_table: Rows of the table.
SELECT accepted, in_table
FROM (SELECT coalesce(sum(accepted), 0)::BIGINT AS accepted FROM ingest.landing_files WHERE kind = 'order_lines'),
     (SELECT count(*) AS in_table FROM ingest.raw_order_lines)
WHERE in_table > accepted OR (in_table = 0) <> (accepted = 0)
