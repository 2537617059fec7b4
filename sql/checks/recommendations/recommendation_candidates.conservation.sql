-- Every candidate with a place is in a list, and none that a rule keeps out.
-- wrong: Candidates with a place that are in no list, or that a rule keeps out.
SELECT count(*) AS wrong
FROM recommendations.recommendation_candidates AS c
LEFT JOIN recommendations.recommendations AS r USING (person_id, task, item_id)
WHERE c.rank IS NOT NULL AND (r.rank IS NULL OR c.excluded_by IS NOT NULL)
HAVING count(*) > 0
