-- How does each month compare with the one before?
-- Orders, revenue, average order value and discount rate by month. The first and the last month of the data
-- may be incomplete: days says how many days have any event or reversal. A refund counts in the month in which it came.
WITH months AS (
    SELECT date_trunc('month', event_date)::DATE AS month, count(*) AS days, sum(orders)::BIGINT AS orders,
           sum(revenue)::DECIMAL(38, 2) AS revenue, sum(gross_sales) AS gross_sales, sum(discounts) AS discounts
    FROM daily_kpis GROUP BY ALL
)
SELECT month, days, orders, revenue,
       round((gross_sales - discounts) / nullif(orders, 0), 2) AS average_order_value,
       round(discounts / nullif(gross_sales, 0), 4) AS discount_rate,
       round(revenue / nullif(lag(revenue) OVER (ORDER BY month), 0) - 1, 4) AS revenue_change_rate
FROM months
ORDER BY month;
