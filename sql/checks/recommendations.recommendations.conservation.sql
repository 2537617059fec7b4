-- Ranks of each person run from 1 without gaps, and no item is offered twice.
-- wrong: Persons with a gap or a repetition.
SELECT count(*) AS wrong
FROM (SELECT person_id FROM recommendations.recommendations GROUP BY person_id
      HAVING max(rank) <> count(*) OR count(DISTINCT item_id) <> count(*))
HAVING count(*) > 0
