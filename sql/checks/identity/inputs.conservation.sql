-- Every day that the persons were made from still has as many pairs, and visitors of orders.
-- event_date: Day.
-- made_of: Rows that the persons were made from.
-- found: Rows of the day now.
WITH days AS (
    SELECT event_date FROM identity.daily_edges UNION ALL SELECT order_date FROM orders.order_visitors)
SELECT i.event_date, i.rows AS made_of, count(d.event_date) AS found
FROM identity.inputs AS i LEFT JOIN days AS d USING (event_date)
WHERE i.input = 'day' GROUP BY ALL HAVING count(d.event_date) <> i.rows
