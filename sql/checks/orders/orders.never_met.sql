-- The web's orders meet the shop's. Where the two write other numbers (an internal id in one, the printed number in the
-- other), each order counts twice: map the number that both have.
-- warns
-- source: Source in dmp.yaml of web orders without a shop's order of their number.
-- shop: Source of orders of a shop that no web event names.
-- orders: Such web orders, between the first and the last day of the shop's.
-- near: Those that have such an order of the shop near by: of their amount, within ten minutes, or as the only two of a day.
-- near_rate: Their share: from a tenth on it is no chance.
-- net_sales: Their net sales: at most so much is counted twice.
-- web_form: How the web writes their numbers: A for letters, 9 for a digit.
-- shop_form: How the shop writes them.
WITH named AS (
    SELECT DISTINCT ltrim(lower(regexp_replace(order_number, '\s', '', 'g')), '#0') AS form
    FROM orders.order_reports WHERE record = 'web' AND report_kind = 'sale' AND is_numbered
),
web AS (
    SELECT order_id, source, order_date, ordered_at, order_number, net_sales AS amount
    FROM orders.orders WHERE record = 'web' AND counts AND net_sales > 0
),
shop AS (
    SELECT source, order_date, ordered_at, order_number, unnest(list_distinct([net_sales, total_sales])) AS amount
    FROM orders.orders
    WHERE record = 'shop' AND counts AND net_sales > 0
      AND ltrim(lower(regexp_replace(order_number, '\s', '', 'g')), '#0') NOT IN (SELECT form FROM named)
),
single AS (
    SELECT w.order_id, s.source AS shop, s.order_number AS shop_number, INTERVAL 0 SECOND AS away
    FROM (SELECT * FROM web QUALIFY count(*) OVER (PARTITION BY order_date, amount) = 1) AS w
    JOIN (SELECT * FROM shop QUALIFY count(*) OVER (PARTITION BY order_date, amount) = 1) AS s USING (order_date, amount)
),
close AS (
    SELECT w.order_id, s.source AS shop, s.order_number AS shop_number, w.ordered_at - s.ordered_at AS away
    FROM web AS w ASOF JOIN shop AS s ON w.amount = s.amount AND w.ordered_at >= s.ordered_at
    UNION ALL
    SELECT w.order_id, s.source AS shop, s.order_number AS shop_number, s.ordered_at - w.ordered_at AS away
    FROM web AS w ASOF JOIN shop AS s ON w.amount = s.amount AND w.ordered_at <= s.ordered_at
),
nearest AS (
    SELECT * FROM (SELECT * FROM single UNION ALL SELECT * FROM close WHERE away <= INTERVAL 10 MINUTE)
    QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY away, shop, shop_number) = 1
),
spans AS (SELECT source AS shop, min(order_date) AS first_day, max(order_date) AS last_day FROM shop GROUP BY source),
of_sources AS (
    SELECT w.source, s.shop, count(*) AS orders
    FROM web AS w JOIN spans AS s ON w.order_date BETWEEN s.first_day AND s.last_day GROUP BY w.source, s.shop
)
SELECT w.source, n.shop, any_value(orders) AS orders, count(*) AS near, count(*) / any_value(orders) AS near_rate,
       sum(w.amount)::DECIMAL(38, 4) AS net_sales,
       mode(regexp_replace(regexp_replace(w.order_number, '\pL+', 'A', 'g'), '[0-9]', '9', 'g')) AS web_form,
       mode(regexp_replace(regexp_replace(n.shop_number, '\pL+', 'A', 'g'), '[0-9]', '9', 'g')) AS shop_form
FROM nearest AS n JOIN web AS w USING (order_id) JOIN of_sources AS a ON a.source = w.source AND a.shop = n.shop
GROUP BY w.source, n.shop
HAVING count(*) * 10 >= any_value(orders)
ORDER BY w.source, n.shop
