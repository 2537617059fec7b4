-- A suggested pair is of two accounts of the CRM, the smaller id first.
-- wrong: Pairs that are not.
SELECT count(*) AS wrong
FROM identity.suggested_edges AS s
WHERE s.value_a >= s.value_b
   OR NOT EXISTS (SELECT 1 FROM ingest.raw_customers AS c WHERE c.user_id = s.value_a)
   OR NOT EXISTS (SELECT 1 FROM ingest.raw_customers AS c WHERE c.user_id = s.value_b)
HAVING count(*) > 0
