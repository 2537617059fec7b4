-- Every line of a report differs from the others. Where not, the amounts were added: the file repeats lines, or
-- has a breakdown that the preset does not name.
-- path: Landing file.
-- platform: Ad platform.
-- level: Level of the report.
-- breakdown_by: Columns by which lines do differ.
-- in_table: Rows of the table that more than one line went into.
-- added: Lines that went into them.
SELECT path, platform, level, breakdown_by, count(*) AS in_table, sum(records)::BIGINT AS added
FROM ingest.raw_ad_spend
WHERE records > 1
GROUP BY ALL
ORDER BY ALL
