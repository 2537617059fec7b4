-- Nothing is doubtful about orders and reversals. A flag says what is; docs/query.md has the flags.
-- warns
-- flag: What is doubtful.
-- orders: Orders with the flag.
-- reversals: Reversals with the flag.
-- stated_sales: Net sales of these orders as stated, whether they count or not, base currency.
SELECT flag, sum(orders)::BIGINT AS orders, sum(reversals)::BIGINT AS reversals,
       sum(stated_sales)::DECIMAL(38, 4) AS stated_sales
FROM (SELECT trim(unnest(string_split(flags, ','))) AS flag, 1 AS orders, 0 AS reversals, stated_sales FROM orders.orders
      WHERE flags <> ''
      UNION ALL SELECT trim(unnest(string_split(flags, ','))) AS flag, 0 AS orders, 1 AS reversals, 0 AS stated_sales
      FROM orders.reversals WHERE flags <> '')
GROUP BY flag
ORDER BY flag
