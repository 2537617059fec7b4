-- Lists are those of the day that their inputs name.
-- as_of_date: Day of the lists.
-- made_of: Day of the inputs.
SELECT DISTINCT p.as_of_date, i.fingerprint AS made_of
FROM recommendations.serving_paths AS p
LEFT JOIN recommendations.serving_inputs AS i ON i.input = 'as_of'
WHERE p.as_of_date::VARCHAR IS DISTINCT FROM i.fingerprint
