-- Every line of an order's own file belongs to an order of its space and number.
-- warns
-- source: Source of the lines.
-- orders: Orders that no shop states.
-- lines: Their lines, which count nowhere.
SELECT l.source, count(DISTINCT l.transaction_id) AS orders, count(*) AS lines
FROM (SELECT *, ltrim(lower(regexp_replace(transaction_id, '\s', '', 'g')), '#0') AS form FROM ingest.raw_order_lines) AS l
ANTI JOIN (
    SELECT order_space, ltrim(lower(regexp_replace(order_number, '\s', '', 'g')), '#0') AS form
    FROM orders.orders WHERE record = 'shop') AS o
  ON o.order_space = l.order_space AND o.form = l.form
GROUP BY l.source
