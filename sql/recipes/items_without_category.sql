-- Which items have no category?
-- They are missing from top categories, interests and every figure by category. The best sellers come first.
-- Also: uncategorised products; articles without a department; gaps in the catalogue; missing
-- Empty: Every item has a category.
-- item_id: Item.
-- item_name: Its name.
-- item_brand: Its brand.
-- is_in_catalogue: Whether a source of kind items has it.
-- orders: Orders with it.
-- revenue: Net sales of its lines, base currency.
-- last_sold_date: Newest day with a sale; null for items never sold.
SELECT c.item_id, c.item_name, c.item_brand, c.is_in_catalogue, coalesce(p.orders, 0) AS orders,
       coalesce(p.revenue, 0)::DECIMAL(38, 2) AS revenue, p.last_sold_date
FROM item_catalogue AS c LEFT JOIN product_performance AS p USING (item_id)
WHERE coalesce(c.item_category, '') = ''
ORDER BY revenue DESC, orders DESC, c.item_id
LIMIT 200;
