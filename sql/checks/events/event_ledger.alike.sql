-- Kept records of events differ in mapped columns. Where not, no table can tell them apart: map a column in which they
-- differ, or name it in ignore_columns if it says when or where they were exported.
-- warns
-- source: Source.
-- alike: Kept records that equal another of their day in every mapped column.
-- kept: All kept records.
-- differ_in: Unmapped columns of the files in which such records differ; ingest.landing_files.distinguishing names them.
WITH counts AS (
    SELECT source, sum(alike)::BIGINT AS alike, sum(kept)::BIGINT AS kept FROM events.event_ledger GROUP BY source
),
files AS (
    SELECT source, any_value(kind) AS kind, list_sort(list_distinct(flatten(list(distinguishing)))) AS differ_in
    FROM ingest.landing_files GROUP BY source
)
SELECT source, alike, kept, len(differ_in) AS differ_in
FROM counts JOIN files USING (source)
WHERE alike > 0 AND (kind = 'events' OR len(differ_in) > 0)
ORDER BY alike DESC
