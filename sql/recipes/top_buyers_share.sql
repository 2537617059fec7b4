-- What share of revenue do the top 10 % of buyers bring?
-- Buyers by revenue in ten equal parts, the best first; with fewer than ten buyers each is a part.
-- Also: revenue share of the best customers; pareto, 80/20, concentration of sales on the biggest buyers; deciles; how dependent are we on few
-- Empty: Not enough data: no order of a known person.
-- tenth: 1: the 10 % of buyers with most revenue.
-- buyers: Persons in it.
-- lowest_revenue: Revenue of the least of them, base currency.
-- revenue: Their net sales less what was taken back, base currency.
-- revenue_share_rate: Share of all revenue, 0..1.
-- revenue_share_so_far_rate: Share of all revenue of this tenth and those before it.
WITH ranked AS (SELECT revenue, ntile(10) OVER (ORDER BY revenue DESC, person_id) AS tenth FROM customer_value),
tenths AS (
    SELECT tenth, count(*) AS buyers, min(revenue) AS lowest_revenue, sum(revenue) AS revenue FROM ranked GROUP BY tenth
)
SELECT tenth, buyers, lowest_revenue::DECIMAL(38, 2) AS lowest_revenue, revenue::DECIMAL(38, 2) AS revenue,
       round((revenue / nullif(sum(revenue) OVER (), 0))::DOUBLE, 4) AS revenue_share_rate,
       round((sum(revenue) OVER (ORDER BY tenth) / nullif(sum(revenue) OVER (), 0))::DOUBLE, 4) AS revenue_share_so_far_rate
FROM tenths
ORDER BY tenth;
