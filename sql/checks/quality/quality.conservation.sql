-- Every source with records in the judged days is checked for duplicates, on exactly the records of the ledger.
-- source: Source.
-- records: Records of the judged days by the ledger.
-- checked: Records behind the check.
WITH judged AS (SELECT min(first_date) AS first_date, max(measured_date) AS measured_date FROM quality.quality
                WHERE dimension IN ('uniqueness', 'validity')),
ledger AS (SELECT source, sum(records)::BIGINT AS n FROM events.event_ledger, judged
           WHERE event_date BETWEEN first_date AND measured_date GROUP BY source HAVING sum(records) > 0),
checked AS (SELECT source, rows AS n FROM quality.quality WHERE dimension = 'uniqueness')
SELECT source, coalesce(ledger.n, 0) AS records, coalesce(checked.n, 0) AS checked
FROM ledger FULL JOIN checked USING (source)
WHERE coalesce(ledger.n, 0) <> coalesce(checked.n, 0)
