-- Why is this item not in this person's list?
-- One row per item considered for one person, in the order of the models. An item without a row was not needed: the list was
-- full before it, or the models do not know it. dmp recommend --person ID --why-not ITEM says which, and its place.
-- Also: why is an item not recommended; excluded from the recommendations; which rule keeps a product out; out of stock
-- Empty: Nobody has this account or person id, or nothing was recommended.
-- $person: Account or person id; the first account with a list where it is not set.
-- person_id: The person.
-- task: repeat: what the person will buy next; discover: what the person never bought.
-- candidate_rank: Place that the models gave it, from 1.
-- item_id: Item.
-- item_name: Its name, else its finest category and id.
-- item_category: Its category.
-- score: Score before the boost.
-- boost: Factor of dmp.yaml.
-- excluded_by: Rule that keeps it out.
-- rank: Place in the list; null where it is not shown.
WITH asked AS (
    SELECT person_id FROM identity.persons SEMI JOIN recommendations.recommendation_candidates USING (person_id)
    WHERE coalesce(getvariable('person') IN (person_id, user_id), true)
    ORDER BY user_id NULLS LAST, person_id LIMIT 1
)
SELECT c.person_id, c.task, c.candidate_rank, c.item_id, i.display_name AS item_name, i.item_category, round(c.score, 4) AS score, c.boost,
       c.excluded_by, c.rank
FROM recommendations.recommendation_candidates AS c JOIN asked USING (person_id) LEFT JOIN item_catalogue AS i USING (item_id)
ORDER BY c.task, c.candidate_rank;
