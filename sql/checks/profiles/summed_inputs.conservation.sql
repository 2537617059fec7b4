-- Every day that profiles were made from still has as many rows.
-- event_date: Day.
-- made_of: Rows that profiles were made from.
-- rows: Rows of the day now.
SELECT i.event_date, i.rows AS made_of, coalesce(d.rows, 0) AS rows
FROM profiles.summed_inputs AS i LEFT JOIN (
  SELECT event_date, count(*) AS rows
  FROM (SELECT event_date FROM events.daily_activity UNION ALL SELECT event_date FROM events.sessions
        UNION ALL SELECT event_date FROM events.event_items UNION ALL SELECT event_date FROM events.cleaned_events
        UNION ALL SELECT order_date FROM orders.orders UNION ALL SELECT order_date FROM orders.order_items
        UNION ALL SELECT reversal_date FROM orders.reversals)
  GROUP BY event_date) AS d USING (event_date)
WHERE i.input = 'day' AND coalesce(d.rows, 0) <> i.rows
