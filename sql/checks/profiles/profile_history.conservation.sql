-- Every snapshot holds all orders that persons had made by the end of its month.
-- as_of_date: End of the month.
-- orders: Orders by daily activity.
-- snapshot_orders: Orders in the snapshot.
WITH snapshots AS (SELECT as_of_date, sum(orders)::BIGINT AS orders FROM profiles.profile_history GROUP BY as_of_date),
monthly AS (
    SELECT last_day(a.event_date) AS month_end, sum(a.events)::BIGINT AS orders
    FROM events.daily_activity AS a JOIN identity.visitors AS v
      ON v.visitor_id = a.visitor_id AND a.first_event_at >= coalesce(v.effective_at, '-infinity')
     AND a.first_event_at < coalesce(v.superseded_at, 'infinity')
    WHERE a.event_name = 'purchase' GROUP BY month_end)
SELECT s.as_of_date, coalesce(sum(m.orders), 0)::BIGINT AS orders, s.orders AS snapshot_orders
FROM snapshots AS s LEFT JOIN monthly AS m ON m.month_end <= s.as_of_date
GROUP BY s.as_of_date, s.orders
HAVING coalesce(sum(m.orders), 0) <> s.orders
