-- Every record of every landing file was accepted or rejected, and the days of event files add up to the file.
-- path: Landing file.
-- records: Records in the file.
-- accounted: Accepted and rejected records.
-- in_days: Records over the file's days.
SELECT f.path, f.records, f.accepted + f.rejected AS accounted, coalesce(d.records, 0) AS in_days
FROM ingest.landing_files AS f
LEFT JOIN (SELECT path, sum(records)::BIGINT AS records FROM ingest.landing_days GROUP BY path) AS d USING (path)
WHERE f.records <> f.accepted + f.rejected OR (f.kind IN ('events', 'orders') AND f.records <> coalesce(d.records, 0))
