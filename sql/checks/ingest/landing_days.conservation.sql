-- Every day in the list belongs to a file of the ledger, by the same reading.
-- path: Landing file.
SELECT d.path FROM ingest.landing_days AS d
LEFT JOIN ingest.landing_files AS f ON f.path = d.path AND f.reading_id = d.reading_id
WHERE f.path IS NULL
