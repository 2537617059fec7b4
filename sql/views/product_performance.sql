-- One row per product ever bought: buyers, units and revenue, best sellers first.
-- item_id: Product.
-- item_name: Name, from item_catalogue.
-- item_category: Category, from item_catalogue.
-- item_category2: Sub-category, from item_catalogue.
-- item_brand: Brand, from item_catalogue.
-- buyers: Persons who bought it.
-- repeat_buyers: Persons who bought it in two orders or more.
-- repeat_rate: repeat_buyers / buyers, 0..1; null without a known buyer.
-- orders: Orders with it.
-- quantity: Units; weighed goods and fuel count in their own unit.
-- gross_sales: Before discounts, base currency.
-- discounts: Of its lines, and their shares of orders' discounts, base currency.
-- revenue: Net sales of its lines, base currency; what was taken back is not subtracted.
-- revenue_share_rate: Share of all item revenue, 0..1.
-- sales_reversals: Taken back of it where known: of orders taken back whole, or without another product; base currency.
-- orders_with_unknown_reversals: Orders with it of which a part was taken back, nobody says of which product.
-- first_sold_date: Oldest day with a sale.
-- last_sold_date: Newest day with a sale.
WITH summed AS (
    SELECT item_id, sum(quantity) AS quantity, sum(gross_sales) AS gross_sales, sum(discounts) AS discounts,
           sum(net_sales) AS revenue, min(order_date) AS first_sold_date, max(order_date) AS last_sold_date
    FROM orders.order_items WHERE item_id <> '' GROUP BY item_id
),
-- Apart from the sums, and an order once: counting distinct texts in one query with them takes twice as long.
sold AS (
    SELECT item_id, order_id, any_value(visitor_id) AS visitor_id, any_value(ordered_at) AS ordered_at
    FROM orders.order_items WHERE item_id <> '' GROUP BY item_id, order_id
),
of_people AS (
    SELECT s.item_id, v.person_id, count(*) AS orders
    FROM sold AS s LEFT JOIN identity.visitors AS v
      ON v.visitor_id = s.visitor_id AND s.ordered_at >= coalesce(v.effective_at, '-infinity')
     AND s.ordered_at < coalesce(v.superseded_at, 'infinity')
    GROUP BY s.item_id, v.person_id
),
bought AS (
    SELECT item_id, count(person_id) AS buyers, count(person_id) FILTER (orders > 1) AS repeat_buyers,
           sum(orders)::BIGINT AS orders
    FROM of_people GROUP BY item_id
),
-- Refunds seldom name products: whose they are is known where all of the order came back, or it had one product only.
reversed_orders AS (
    SELECT o.order_id, o.net_sales, sum(r.sales_reversals) AS sales_reversals
    FROM orders.reversals AS r JOIN orders.orders AS o ON o.order_id = r.order_id
    WHERE o.counts GROUP BY ALL HAVING sum(r.sales_reversals) <> 0
),
reversed_lines AS (
    SELECT i.order_id, i.item_id, i.net_sales, r.net_sales <= r.sales_reversals AS is_whole, r.sales_reversals,
           count(DISTINCT i.item_id) OVER (PARTITION BY i.order_id) = 1 AS is_alone
    FROM orders.order_items AS i JOIN reversed_orders AS r ON r.order_id = i.order_id
),
reversed AS (
    SELECT item_id, sum(sales_reversals) AS sales_reversals, count(*) FILTER (NOT is_known) AS orders
    FROM (
        SELECT order_id, item_id, is_whole OR is_alone AS is_known,
               CASE WHEN is_whole THEN sum(net_sales) WHEN is_alone THEN sales_reversals ELSE 0 END AS sales_reversals
        FROM reversed_lines GROUP BY order_id, item_id, is_whole, is_alone, reversed_lines.sales_reversals
    )
    GROUP BY item_id
)
SELECT s.item_id, c.item_name, c.item_category, c.item_category2, c.item_brand, b.buyers, b.repeat_buyers,
       round(b.repeat_buyers / nullif(b.buyers, 0), 4) AS repeat_rate, b.orders, s.quantity,
       s.gross_sales::DECIMAL(38, 2) AS gross_sales, s.discounts::DECIMAL(38, 2) AS discounts,
       s.revenue::DECIMAL(38, 2) AS revenue,
       round((s.revenue / nullif(sum(s.revenue) OVER (), 0))::DOUBLE, 6) AS revenue_share_rate,
       coalesce(r.sales_reversals, 0)::DECIMAL(38, 2) AS sales_reversals,
       coalesce(r.orders, 0) AS orders_with_unknown_reversals, s.first_sold_date, s.last_sold_date
FROM summed AS s JOIN bought AS b USING (item_id) LEFT JOIN item_catalogue AS c USING (item_id)
LEFT JOIN reversed AS r USING (item_id)
ORDER BY revenue DESC, s.item_id
