-- Places of each list run from 1 without gaps, no item is offered twice, and every place is that of a candidate.
-- wrong: Lists with a gap or a repetition, and places that no candidate has.
SELECT (SELECT count(*) FROM (
            SELECT person_id FROM recommendations.recommendations GROUP BY person_id, task
            HAVING max(rank) <> count(*) OR count(DISTINCT item_id) <> count(*)))
     + (SELECT count(*) FROM recommendations.recommendations AS r
        LEFT JOIN recommendations.recommendation_candidates AS c USING (person_id, task, item_id)
        WHERE c.rank IS DISTINCT FROM r.rank) AS wrong
WHERE wrong > 0
