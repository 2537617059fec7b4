-- What share of buyers buys again?
-- Buyers of the last weeks have had little time to come back: repeat_rate_90d looks at the first 90 days of all buyers who
-- have had them. Purchases before the data begins are not known, so some who look new are not.
-- Also: repeat purchase rate; how many customers order more than once; one-time buyers; returning customer rate; one-timers
-- Empty: Not enough data: no order of a known person.
-- buyers: Persons with an order that counts.
-- repeat_buyers: Of them, with two orders or more.
-- repeat_rate: repeat_buyers / buyers, 0..1.
-- repeat_revenue_share_rate: Share of revenue that repeat buyers bring, 0..1.
-- buyers_of_90d: Buyers whose first order is 90 days old or older.
-- repeat_rate_90d: Of buyers_of_90d, the share with a second order within 90 days; null without any.
WITH bought AS (
    SELECT person_id, count(*) AS orders, sum(net_sales) AS revenue, min(order_date) AS first_date,
           max(days_since_previous_order) FILTER (order_sequence = 2) AS days
    FROM orders_of_persons WHERE counts AND person_id IS NOT NULL GROUP BY person_id
),
aged AS (SELECT *, (SELECT max(event_date) FROM calendar_days) - first_date >= 90 AS is_aged FROM bought)
SELECT count(*) AS buyers, count(*) FILTER (orders >= 2) AS repeat_buyers,
       round(repeat_buyers / count(*), 4) AS repeat_rate,
       round((sum(revenue) FILTER (orders >= 2) / nullif(sum(revenue), 0))::DOUBLE, 4) AS repeat_revenue_share_rate,
       count(*) FILTER (is_aged) AS buyers_of_90d,
       round(count(*) FILTER (is_aged AND days <= 90) / nullif(buyers_of_90d, 0), 4) AS repeat_rate_90d
FROM aged
HAVING count(*) > 0;
