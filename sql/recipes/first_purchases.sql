-- What do new customers buy first?
-- Categories of people's first orders, beside all orders: with an index over 1, newcomers buy more of it than others. The
-- first order is the first in the data, so buyers of its first weeks may be old customers. The view first_orders has the items.
-- Also: first purchase of new buyers; entry products; with which items do people start; beginners' basket
-- Empty: Not enough data: no first order with items of a known person.
-- item_category: Category, or unknown.
-- new_buyers: Persons whose first order has it.
-- new_buyers_rate: Share of all new buyers, 0..1.
-- revenue: Net sales of these lines, base currency.
-- revenue_share_rate: Share of the revenue of first orders, 0..1.
-- index: That share / the category's share of the revenue of all orders.
WITH firsts AS (
    SELECT coalesce(nullif(item_category, ''), 'unknown') AS item_category, count(DISTINCT person_id) AS new_buyers,
           sum(net_sales) AS revenue
    FROM first_orders WHERE item_id IS NOT NULL GROUP BY ALL
),
sold AS (
    SELECT coalesce(nullif(c.item_category, ''), 'unknown') AS item_category,
           (sum(i.net_sales) / nullif(sum(sum(i.net_sales)) OVER (), 0))::DOUBLE AS share
    FROM orders.order_items AS i LEFT JOIN item_catalogue AS c USING (item_id) GROUP BY ALL
),
people AS (SELECT count(DISTINCT person_id) AS people FROM first_orders)
SELECT item_category, new_buyers, round(new_buyers / people, 4) AS new_buyers_rate, revenue::DECIMAL(38, 2) AS revenue,
       round((revenue / nullif(sum(revenue) OVER (), 0))::DOUBLE, 4) AS revenue_share_rate,
       round((revenue / nullif(sum(revenue) OVER (), 0))::DOUBLE / nullif(share, 0), 2) AS index
FROM firsts CROSS JOIN people LEFT JOIN sold USING (item_category)
ORDER BY new_buyers DESC, item_category
LIMIT 30;
