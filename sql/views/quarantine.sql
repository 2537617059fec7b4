-- One row per refused record of events and orders: why, from where, and since when.
-- event_date: Day of the event, or the day the file arrived where the time is unusable.
-- source: Source in dmp.yaml.
-- violation_code: Kind of violation.
-- violation_message: The violation in words.
-- path: Landing file.
-- line_number: Physical line in the file.
-- first_seen_at: When the file arrived (UTC).
-- event_id: The event's id, where it could be read.
-- raw_record: The record as it stands in the file.
SELECT q.event_date, q.source, q.violation_code, q.violation_message, q.path, q.line_number,
       f.arrived_at AS first_seen_at, q.event_id, q.raw_record
FROM events.quarantined_events AS q LEFT JOIN ingest.landing_files AS f USING (path)
ORDER BY q.event_date, q.path, q.line_number
