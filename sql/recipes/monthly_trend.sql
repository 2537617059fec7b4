-- How does each month compare with the one before?
-- Orders, revenue, average order value and discount rate by month. The first and the last month of the data
-- may be incomplete: days says how many days have any event.
WITH months AS (
    SELECT date_trunc('month', event_date)::DATE AS month, count(*) AS days, sum(orders)::BIGINT AS orders,
           sum(revenue) AS revenue, sum(discounts) AS discounts
    FROM daily_kpis GROUP BY ALL
)
SELECT month, days, orders, revenue,
       round(revenue / nullif(orders, 0), 2) AS average_order_value,
       round(discounts / nullif(revenue + discounts, 0), 4) AS discount_rate,
       round(revenue / nullif(lag(revenue) OVER (ORDER BY month), 0) - 1, 4) AS revenue_change_rate
FROM months
ORDER BY month;
