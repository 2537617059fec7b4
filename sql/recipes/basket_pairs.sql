-- Which pairs of items are bought together in one basket?
-- Pairs that stand in one order more often than chance would put them there, the most frequent first.
-- Also: basket analysis; what goes with what; cross-selling, bundles, combinations; frequently bought together
-- Empty: Not enough data: no pair of items is bought together more often than by chance.
-- item_id: One item.
-- item_name: Its name, else its finest category and id.
-- item_category: Its category.
-- other_item_id: The other item.
-- other_item_name: The same of the other.
-- other_item_category: Its category.
-- orders_together: Orders with both.
-- support_rate: Share of all orders with an item, 0..1.
-- confidence_rate: Share of the orders with the first item that have the other too, 0..1.
-- lift: How many times as often as by chance.
SELECT b.item_id, i.display_name AS item_name, i.item_category, b.other_item_id, o.display_name AS other_item_name,
       o.item_category AS other_item_category, b.orders_together, round(b.support_rate, 5) AS support_rate,
       round(b.confidence_rate, 4) AS confidence_rate, round(b.lift, 1) AS lift
FROM recommendations.bought_together AS b LEFT JOIN item_catalogue AS i USING (item_id)
LEFT JOIN item_catalogue AS o ON o.item_id = b.other_item_id
WHERE b.item_id < b.other_item_id
ORDER BY b.orders_together DESC, b.item_id, b.other_item_id
LIMIT 50;
