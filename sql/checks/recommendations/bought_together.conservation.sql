-- Items bought with each item are ranked from 1 without gaps, and in no more orders together than each of them alone.
-- wrong: Items with a gap, with themselves, or with impossible counts.
SELECT count(*) AS wrong
FROM (SELECT item_id FROM recommendations.bought_together GROUP BY item_id
      HAVING max(rank) <> count(*) OR bool_or(item_id = other_item_id)
          OR bool_or(orders_together > least(item_orders, other_item_orders) OR item_orders > orders))
HAVING count(*) > 0
