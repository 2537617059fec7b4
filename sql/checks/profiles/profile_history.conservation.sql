-- Every snapshot holds all orders that persons had made by the end of its month.
-- as_of_date: End of the month.
-- orders: Orders that count, of persons.
-- snapshot_orders: Orders in the snapshot.
WITH snapshots AS (SELECT as_of_date, sum(orders)::BIGINT AS orders FROM profiles.profile_history GROUP BY as_of_date),
monthly AS (
    SELECT last_day(o.order_date) AS month_end, count(*) AS orders
    FROM orders.orders AS o JOIN identity.visitors AS v
      ON v.visitor_id = o.visitor_id AND o.ordered_at >= coalesce(v.effective_at, '-infinity')
     AND o.ordered_at < coalesce(v.superseded_at, 'infinity')
    WHERE o.counts GROUP BY month_end)
SELECT s.as_of_date, coalesce(sum(m.orders), 0)::BIGINT AS orders, s.orders AS snapshot_orders
FROM snapshots AS s LEFT JOIN monthly AS m ON m.month_end <= s.as_of_date
GROUP BY s.as_of_date, s.orders
HAVING coalesce(sum(m.orders), 0) <> s.orders
