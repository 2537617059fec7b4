-- Every statement that does not count is of a file and day of the ledger, with no more records than those have, and the
-- statement that counts in its place is of a file that is there.
-- path: Landing file.
-- event_date: Day.
-- records: Records of the day's statements that do not count.
-- in_file: Records that the file has on the day.
SELECT r.path, r.event_date, sum(r.records)::BIGINT AS records, any_value(d.records) AS in_file
FROM ingest.repeated_statements AS r
LEFT JOIN ingest.landing_days AS d USING (path, event_date)
LEFT JOIN ingest.landing_files AS f ON f.path = r.counted_path
GROUP BY r.path, r.event_date
HAVING sum(r.records) > coalesce(any_value(d.records), 0) OR count(f.path) < count(*)
