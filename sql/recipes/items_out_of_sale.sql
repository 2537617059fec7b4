-- Which items used to sell well and have stopped, as if they were out of stock?
-- Items with at least twelve orders in the twelve weeks before the newest days of the data, and none in these. Why nobody
-- bought them is not known: out of stock, out of season, or out of the assortment.
-- Also: stock-outs; items out of stock; products that no longer sell; sudden drop of a product
-- Empty: No item with twelve orders has stopped selling, or there are no twelve weeks of data.
-- $days: Newest days without a sale; 14 where it is not set.
-- item_id: Item.
-- item_name: Its name.
-- item_category: Its category.
-- last_sold_date: Newest day with a sale.
-- days_without_sale: Days from it to the newest day with an order.
-- orders_before: Orders with it in the twelve weeks before.
-- revenue_before: Net sales of its lines in these weeks, base currency.
WITH span AS (
    SELECT max(order_date) AS newest, max(order_date) - coalesce(getvariable('days')::INT, 14) AS until FROM orders.order_items
)
SELECT item_id, c.item_name, c.item_category, max(order_date) AS last_sold_date,
       any_value(newest) - max(order_date) AS days_without_sale, count(DISTINCT order_id) AS orders_before,
       sum(net_sales)::DECIMAL(38, 2) AS revenue_before
FROM orders.order_items AS i CROSS JOIN span LEFT JOIN item_catalogue AS c USING (item_id)
WHERE order_date > until - 84 AND item_id <> ''
GROUP BY ALL
HAVING last_sold_date <= any_value(until) AND orders_before >= 12
ORDER BY revenue_before DESC, item_id
LIMIT 50;
