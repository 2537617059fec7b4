-- One row per person and item line of the person's first order that counts: what new customers buy first.
-- The first order is the first in the data: buyers of the first months may have bought before. An order without item
-- lines has one row with its own net sales, so a sum of net_sales is that of the orders.
-- person_id: The person.
-- order_id: The person's first order.
-- order_date: Its day, in the business's calendar.
-- channel_group: Channel of the session that it was ordered in.
-- first_touch_channel_group: Channel of the person's first session with one, if it began before the order.
-- line: Item line within the order, from 1; null for an order without lines.
-- item_id: Product.
-- item_name: Its name, from item_catalogue.
-- item_category: Its category, from item_catalogue.
-- item_brand: Its brand, from item_catalogue.
-- quantity: Units of the line.
-- net_sales: Net sales of the line, before what was taken back, base currency.
SELECT o.person_id, o.order_id, o.order_date, o.channel_group, o.first_touch_channel_group, i.line,
       nullif(i.item_id, '') AS item_id, coalesce(c.item_name, i.item_name) AS item_name,
       coalesce(c.item_category, i.item_category) AS item_category, coalesce(c.item_brand, i.item_brand) AS item_brand,
       i.quantity, coalesce(i.net_sales, o.net_sales + o.sales_reversals)::DECIMAL(38, 4) AS net_sales
FROM (FROM orders_of_persons WHERE is_first_order) AS o
LEFT JOIN orders.order_items AS i ON i.order_id = o.order_id LEFT JOIN item_catalogue AS c ON c.item_id = i.item_id
