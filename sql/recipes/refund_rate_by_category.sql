-- Which categories are taken back most, by refunds and cancellations?
-- Refunds seldom name items: a rate counts orders that came back whole, or had one item. orders_with_unknown_reversals
-- says how many others there are, so read the rate as a lower bound. Refunds that name no order have a row of their own.
-- Also: refund rate by category; return rate of products; reimbursements per department
-- Empty: Not enough data: no refund or cancellation is known.
-- item_category: Category, or unknown; (no order named) holds the refunds of which not even the order is known.
-- revenue: Net sales of its lines, before what was taken back, base currency; null without an order.
-- sales_reversals: Taken back of them, where it is known of which item, base currency.
-- reversal_rate: sales_reversals / revenue, 0..1.
-- orders_with_unknown_reversals: Orders of which a part was taken back, nobody says of which item; once for each item.
SELECT coalesce(nullif(item_category, ''), 'unknown') AS item_category, sum(revenue)::DECIMAL(38, 2) AS revenue,
       sum(sales_reversals)::DECIMAL(38, 2) AS sales_reversals,
       round((sum(sales_reversals) / nullif(sum(revenue), 0))::DOUBLE, 4) AS reversal_rate,
       sum(orders_with_unknown_reversals)::BIGINT AS orders_with_unknown_reversals
FROM product_performance
WHERE EXISTS (FROM orders.reversals)
GROUP BY ALL
UNION ALL
SELECT '(no order named)', NULL, sum(sales_reversals)::DECIMAL(38, 2), NULL, 0
FROM orders.reversals WHERE order_id IS NULL HAVING sum(sales_reversals) <> 0
ORDER BY sales_reversals DESC, item_category;
