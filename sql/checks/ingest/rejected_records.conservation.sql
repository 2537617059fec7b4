-- Every rejected record of sources that are no events is kept, with its file and line.
-- path: Landing file.
-- rejected: Rejected records by the ledger of files.
-- kept: Records of the file in rejected_records.
SELECT f.path, f.rejected, count(r.path) AS kept
FROM ingest.landing_files AS f LEFT JOIN ingest.rejected_records AS r USING (path)
WHERE f.kind NOT IN ('events', 'orders', 'unknown')
GROUP BY ALL HAVING f.rejected <> count(r.path)
