-- One row per web order that could not be matched with the shop's, though the number is one of a shop: it may count twice.
-- order_id: The order.
-- order_date: Day of the order, in the business's calendar.
-- order_number: Number of the order.
-- source: Source in dmp.yaml that tells of it.
-- status: paid, pending, cancelled, refunded, failed or test.
-- flags: ambiguous_number: several shops or stores have the number; no_shop_order: a shop has it, but within no day near by.
-- net_sales: Net sales before what was taken back, base currency.
-- net_sales_of_all: Net sales of all these orders: at most so much is counted twice.
SELECT order_id, order_date, order_number, source, status, flags, net_sales,
       (sum(net_sales) OVER ())::DECIMAL(38, 4) AS net_sales_of_all
FROM orders.orders
WHERE record = 'web' AND regexp_matches(flags, '\b(ambiguous_number|no_shop_order)\b')
ORDER BY order_date, order_id
