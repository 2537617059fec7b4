-- On which weekdays and at which hours do people order?
-- By the clock of the business's time zone. An order whose source gives a day without a time counts at 0 o'clock.
-- Also: busiest day of the week, peak hours; what time of day do customers shop; when should we send a newsletter
-- Empty: Not enough data: no order is known.
-- weekday: 1 Monday to 7 Sunday; null in rows of hours.
-- hour: 0 to 23; null in rows of weekdays.
-- orders: Orders that count.
-- orders_rate: Share of all orders, 0..1.
-- revenue: Net sales of these less what was taken back since, base currency.
-- average_order_value: revenue / orders, base currency.
WITH zone AS (
    SELECT coalesce(nullif(regexp_extract(max(settings_id), 'zone=(\S+)', 1), ''), 'UTC') AS time_zone
    FROM ops.current_commits WHERE table_name = 'orders.orders'
),
sold AS (
    SELECT isodow(order_date) AS weekday, hour(ordered_at AT TIME ZONE 'UTC' AT TIME ZONE time_zone) AS hour, net_sales
    FROM orders_of_persons CROSS JOIN zone WHERE counts
)
SELECT weekday, hour, count(*) AS orders,
       round(count(*) / sum(count(*)) OVER (PARTITION BY weekday IS NULL), 4) AS orders_rate,
       sum(net_sales)::DECIMAL(38, 2) AS revenue, round(sum(net_sales) / count(*), 2) AS average_order_value
FROM sold
GROUP BY GROUPING SETS ((weekday), (hour))
ORDER BY weekday IS NULL, weekday, hour;
