-- No web order stays apart from a shop's of its number: it may count a second time. orders_apart lists such orders: name
-- one order_space for sources that number together, or raise order_match_days.
-- warns
-- source: Source in dmp.yaml of the web orders.
-- orders: Web orders that several shops could have, or that a shop has on days too far away.
-- net_sales: Their net sales, base currency: at most so much is counted twice.
-- first_day: First day of such an order.
-- last_day: Last day of such an order.
SELECT source, count(*) AS orders, sum(net_sales)::DECIMAL(38, 4) AS net_sales, min(order_date) AS first_day,
       max(order_date) AS last_day
FROM orders.orders
WHERE record = 'web' AND regexp_matches(flags, '\b(ambiguous_number|no_shop_order)\b')
GROUP BY source
ORDER BY source
