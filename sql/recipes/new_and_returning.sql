-- How many buyers are new each month, how many return, and what do they bring?
-- Who has the first order of the data in the month is new. The first months hold old customers who only look new.
-- Also: new vs returning customers by month; customer acquisition over time; share of revenue from existing customers
-- Empty: Not enough data: no order of a known person.
-- month: First day of the month.
-- buyers: Persons with an order that counts.
-- new_buyers: Of them, with their first order in the month.
-- returning_buyers: The others.
-- new_buyers_rate: new_buyers / buyers, 0..1.
-- new_revenue: Net sales of new buyers in the month, less what was taken back since, base currency.
-- returning_revenue: The same of returning buyers.
WITH bought AS (
    SELECT person_id, date_trunc('month', order_date)::DATE AS month, bool_or(is_first_order) AS is_new,
           sum(net_sales) AS revenue
    FROM orders_of_persons WHERE counts AND person_id IS NOT NULL GROUP BY ALL
)
SELECT month, count(*) AS buyers, count(*) FILTER (is_new) AS new_buyers, buyers - new_buyers AS returning_buyers,
       round(new_buyers / buyers, 4) AS new_buyers_rate,
       coalesce(sum(revenue) FILTER (is_new), 0)::DECIMAL(38, 2) AS new_revenue,
       coalesce(sum(revenue) FILTER (NOT is_new), 0)::DECIMAL(38, 2) AS returning_revenue
FROM bought
GROUP BY month
ORDER BY month;
