-- One row per day of the business's calendar from the first to the last day with an event, order or reversal: no gaps.
-- event_date: Day in the business's calendar.
-- has_data: Whether any event, order or reversal is known of the day.
WITH known AS (
    SELECT event_date FROM events.cleaned_events
    UNION SELECT order_date FROM orders.orders
    UNION SELECT reversal_date FROM orders.reversals
),
bounds AS (SELECT min(event_date) AS first_date, max(event_date) AS last_date FROM known)
SELECT d.event_date, k.event_date IS NOT NULL AS has_data
FROM (SELECT unnest(generate_series(first_date, last_date, INTERVAL 1 DAY))::DATE AS event_date FROM bounds) AS d
LEFT JOIN known AS k USING (event_date)
ORDER BY d.event_date
