-- Why is this item not in this person's list?
-- One row per item considered for one person, in the order of the models; excluded_by names the rule that keeps it out.
-- An item without a row was not needed: the list was full before it. Put another account in the last line but one.
SELECT c.task, c.candidate_rank, c.item_id, i.item_category, round(c.score, 4) AS score, c.boost, c.excluded_by, c.rank
FROM recommendations.recommendation_candidates AS c JOIN identity.persons USING (person_id)
LEFT JOIN ingest.raw_items AS i USING (item_id)
WHERE user_id = '1'
ORDER BY c.task, c.candidate_rank;
