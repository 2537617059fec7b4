-- After which first purchase do people come back for a second one?
-- By category of the first order in the data, of people who have had the days to come back. A category with few buyers says little.
-- Also: second purchase; what makes customers order twice; first category that leads to repeat business
-- Empty: Not enough data: no first order is old enough.
-- $days: Days in which the second order must come; 90 where it is not set.
-- item_category: Category of the first order, or unknown.
-- new_buyers: Persons who began with it, so many days ago or more.
-- second_buyers: Of them, with a second order within the days.
-- second_rate: second_buyers / new_buyers, 0..1.
-- median_days: Half of the second orders came within so many days.
WITH span AS (SELECT max(event_date) AS newest, coalesce(getvariable('days')::INT, 90) AS days FROM calendar_days),
placed AS (
    SELECT person_id, order_id, order_date, order_sequence, days_since_previous_order AS gap
    FROM orders_of_persons WHERE counts AND order_sequence <= 2
),
begun AS (
    SELECT DISTINCT p.person_id, coalesce(nullif(c.item_category, ''), 'unknown') AS item_category, s.gap
    FROM placed AS p CROSS JOIN span LEFT JOIN orders.order_items AS i USING (order_id) LEFT JOIN item_catalogue AS c USING (item_id)
    LEFT JOIN placed AS s ON s.person_id = p.person_id AND s.order_sequence = 2 AND s.gap <= days
    WHERE p.order_sequence = 1 AND newest - p.order_date >= days
)
SELECT item_category, count(*) AS new_buyers, count(gap) AS second_buyers,
       round(count(gap) / count(*), 4) AS second_rate, median(gap) AS median_days
FROM begun
GROUP BY item_category
ORDER BY new_buyers DESC, item_category
LIMIT 30;
