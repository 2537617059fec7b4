-- An item is like others by people or by content: a count of people and no share of attributes, or the other way round.
-- wrong: Items with neighbours of both kinds, or with figures of the other kind.
SELECT count(*) AS wrong
FROM (SELECT item_id FROM recommendations.item_neighbours GROUP BY item_id
      HAVING count(DISTINCT likeness) > 1 OR bool_or((likeness = 'people') <> (people_together > 0))
          OR bool_or(likeness = 'content' AND NOT similarity BETWEEN 0 AND 1))
HAVING count(*) > 0
