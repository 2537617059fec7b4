-- How many records are quarantined, and for what reasons?
-- Records of all sources that could not be used. The view quarantine has those of events and orders, and
-- ingest.rejected_records the others, each with its file, line and text.
-- Also: rejected, refused, invalid, bad records by reason; why is data missing; broken rows in our files
-- Empty: No record is quarantined.
-- source: Source in dmp.yaml.
-- violation_code: Kind of violation.
-- records: Records.
-- files: Landing files that they are in.
-- first_path: First of these files.
-- first_arrived_at: When the first of these files arrived (UTC).
-- last_arrived_at: When the last of them arrived (UTC).
WITH refused AS (
    SELECT source, violation_code, path FROM events.quarantined_events
    UNION ALL SELECT source, violation_code, path FROM ingest.rejected_records
)
SELECT r.source, r.violation_code, count(*) AS records, count(DISTINCT path) AS files, min(path) AS first_path,
       min(f.arrived_at) AS first_arrived_at, max(f.arrived_at) AS last_arrived_at
FROM refused AS r LEFT JOIN ingest.landing_files AS f USING (path)
GROUP BY ALL
ORDER BY records DESC, r.source, r.violation_code;
