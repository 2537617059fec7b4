-- Which items did people buy who have lapsed since?
-- An item whose buyers lapse more often than others may have disappointed, or gone; or it is bought once in a life.
-- Also: products bought by churned customers; what did lost, dormant, inactive buyers purchase
-- Empty: Not enough data: nobody of this stage has bought an item.
-- $stage: Stage of profiles.lifecycle: lapsed, at_risk, reactivated, active or new; lapsed where it is not set.
-- item_id: Item.
-- item_name: Its name.
-- item_category: Its category.
-- buyers: Persons who bought it.
-- lapsed_buyers: Of them, those of the stage now.
-- lapsed_rate: lapsed_buyers / buyers, 0..1.
-- index: That rate / the rate among all buyers.
WITH bought AS (
    SELECT i.item_id, o.person_id, any_value(l.lifecycle_stage = coalesce(getvariable('stage'), 'lapsed')) AS is_lapsed
    FROM orders.order_items AS i JOIN profiles.orders_of_persons AS o USING (order_id) JOIN profiles.lifecycle AS l USING (person_id)
    WHERE i.item_id <> '' GROUP BY ALL
),
overall AS (
    SELECT avg((lifecycle_stage = coalesce(getvariable('stage'), 'lapsed'))::INT) AS rate FROM profiles.lifecycle WHERE orders > 0
)
SELECT item_id, item_name, item_category, count(*) AS buyers, count(*) FILTER (is_lapsed) AS lapsed_buyers,
       round(lapsed_buyers / buyers, 4) AS lapsed_rate, round(lapsed_buyers / buyers / nullif(any_value(rate), 0), 2) AS index
FROM bought CROSS JOIN overall LEFT JOIN item_catalogue USING (item_id)
GROUP BY ALL
HAVING lapsed_buyers > 0
ORDER BY lapsed_buyers DESC, item_id
LIMIT 50;
