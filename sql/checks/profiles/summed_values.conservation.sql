-- Every number of a value in the sums has its value.
-- value_id: Number.
SELECT DISTINCT value_id
FROM (SELECT unnest(interest_value_id || favourite_value_id) AS value_id FROM profiles.running_sums)
WHERE value_id NOT IN (SELECT value_id FROM profiles.summed_values)
