-- What is the average order of each age band worth?
-- Ages come from customer records; unknown holds everybody without one.
-- Also: average order by age; basket value of young and old customers; AOV per age group; spending by age; generation
-- Empty: Not enough data: no order of a known person.
-- age_range: Age band as the records have it, or unknown.
-- buyers: Persons with an order that counts.
-- orders: Their orders.
-- revenue: Net sales of these less what was taken back since, base currency.
-- average_order_value: revenue / orders, base currency.
-- orders_per_buyer: orders / buyers.
SELECT coalesce(p.age_range, 'unknown') AS age_range, count(*) AS buyers, sum(v.orders)::BIGINT AS orders,
       sum(v.revenue)::DECIMAL(38, 2) AS revenue, round(sum(v.revenue) / nullif(sum(v.orders), 0), 2) AS average_order_value,
       round(sum(v.orders) / count(*), 1) AS orders_per_buyer
FROM customer_value AS v LEFT JOIN profiles.profiles AS p USING (person_id)
GROUP BY ALL
ORDER BY ALL;
