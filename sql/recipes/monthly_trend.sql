-- How does each month compare with the one before?
-- The first and the last month of the data may be incomplete: days says how many days have any event or reversal. A refund
-- counts in the month in which it came.
-- Also: monthly sales trend; is business growing; revenue development month by month
-- Empty: Not enough data: no day with data.
-- month: First day of the month.
-- days: Days with data.
-- orders: Orders that count.
-- revenue: Net sales less what was taken back in the month, base currency.
-- average_order_value: Net sales of the month's orders per order, before what was taken back, base currency.
-- discount_rate: Discounts / gross sales, 0..1.
-- revenue_change_rate: revenue / that of the month before - 1.
WITH months AS (
    SELECT date_trunc('month', event_date)::DATE AS month, count(*) AS days, sum(orders)::BIGINT AS orders,
           sum(revenue)::DECIMAL(38, 2) AS revenue, sum(gross_sales) AS gross_sales, sum(discounts) AS discounts
    FROM daily_kpis WHERE has_data GROUP BY ALL
)
SELECT month, days, orders, revenue,
       round((gross_sales - discounts) / nullif(orders, 0), 2) AS average_order_value,
       round(discounts / nullif(gross_sales, 0), 4) AS discount_rate,
       round(revenue / nullif(lag(revenue) OVER (ORDER BY month), 0) - 1, 4) AS revenue_change_rate
FROM months
ORDER BY month;
