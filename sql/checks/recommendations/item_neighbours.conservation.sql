-- Neighbours of each item are ranked from 1 without gaps, and no item is its own.
-- wrong: Items with a gap or with themselves as a neighbour.
SELECT count(*) AS wrong
FROM (SELECT item_id FROM recommendations.item_neighbours GROUP BY item_id
      HAVING max(rank) <> count(*) OR bool_or(item_id = similar_item_id))
HAVING count(*) > 0
