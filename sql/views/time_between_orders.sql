-- One row per place of an order, and one for all: how many days people let pass until the next order.
-- Of consecutive orders that count of one person. People who have not bought again yet are in no gap, so the gaps of
-- young customers look short: next_order_rate says how many are missing. The gap of each single order is
-- orders_of_persons.days_since_previous_order.
-- from_order: all, or the place of the order that the gap begins with: 1 to 9, or 10 and more.
-- orders: Orders at this place.
-- gaps: Orders that another one followed.
-- next_order_rate: gaps / orders, 0..1.
-- mean_days: Mean days to the next order.
-- p25_days: A quarter of the gaps are at most so many days.
-- median_days: Half of the gaps are at most so many days.
-- p75_days: Three quarters of the gaps are at most so many days.
-- p90_days: Nine tenths of the gaps are at most so many days.
-- same_day_rate: Share of gaps of 0 days: two orders on one day.
-- within_30d_rate: Share of gaps of at most 30 days.
-- within_90d_rate: Share of gaps of at most 90 days.
WITH steps AS (
    SELECT least(order_sequence, 10) AS place,
           lead(order_date) OVER (PARTITION BY person_id ORDER BY order_sequence) - order_date AS days
    FROM orders_of_persons WHERE order_sequence IS NOT NULL
)
SELECT CASE WHEN grouping(place) = 1 THEN 'all' WHEN place = 10 THEN '10 and more' ELSE place::VARCHAR END
           AS from_order,
       count(*) AS orders, count(days) AS gaps, round(count(days) / count(*), 4) AS next_order_rate,
       round(avg(days), 1) AS mean_days, quantile_disc(days, 0.25) AS p25_days, quantile_disc(days, 0.5) AS median_days,
       quantile_disc(days, 0.75) AS p75_days, quantile_disc(days, 0.9) AS p90_days,
       round(count(*) FILTER (days = 0) / nullif(count(days), 0), 4) AS same_day_rate,
       round(count(*) FILTER (days <= 30) / nullif(count(days), 0), 4) AS within_30d_rate,
       round(count(*) FILTER (days <= 90) / nullif(count(days), 0), 4) AS within_90d_rate
FROM steps GROUP BY GROUPING SETS ((), (place))
HAVING count(*) > 0
ORDER BY place NULLS FIRST
