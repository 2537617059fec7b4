-- Why does this order have this amount, and who said so?
-- One row per report of the order and per reversal, in order of time. is_standing is false for older statements. Set the
-- number to the one in question; orders.orders has what counts, with its flags.
WITH asked AS (SELECT min(order_number) AS order_number FROM orders.orders WHERE counts)
SELECT reported_at AS said_at, 'report' AS row_kind, report_kind AS kind, record AS known_by, source, order_space, store_id, status,
       is_standing, line_sales AS amount, order_revenue, order_discount, shipping, taxes, currency, visitor_id, flags
FROM orders.order_reports JOIN asked USING (order_number)
UNION ALL BY NAME
SELECT reversed_at AS said_at, 'reversal' AS row_kind, kind, known_by, source, store_id, total_reversals AS amount, shipping, taxes,
       currency, visitor_id, flags
FROM orders.reversals JOIN asked USING (order_number)
ORDER BY said_at, row_kind;
