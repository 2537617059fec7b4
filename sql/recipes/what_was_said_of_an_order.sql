-- Why does this order have this amount, and who said so?
-- One row per report of the order and per reversal, in order of time; orders.orders has what counts, with its flags.
-- Also: history of an order number; reports of an order by shop and web; why is this order refunded or worth so much
-- Empty: No order has this number.
-- $order_number: Number of the order; the smallest one that counts where it is not set.
-- said_at: When it was said (UTC).
-- row_kind: report or reversal.
-- kind: What is said: of reports the kind of report, of reversals what happened.
-- known_by: Who says it: shop or web; of reversals how it is known.
-- source: Source in dmp.yaml.
-- order_space: Where the number is unique.
-- store_id: Store or shop.
-- status: Status of the order by the report.
-- is_standing: Whether it is the newest statement; false for older ones.
-- amount: Net sales of the lines, or what was taken back, base currency.
-- order_revenue: The order's own revenue, before shipping and tax, base currency.
-- order_discount: Discount on the whole order, base currency.
-- shipping: Shipping, base currency.
-- taxes: Tax, base currency.
-- currency: ISO 4217 code of the amounts as given; null: base currency.
-- visitor_id: Strongest identifier of the buyer.
-- flags: What is doubtful.
WITH asked AS (
    SELECT coalesce(getvariable('order_number'), (SELECT min(order_number) FROM orders.orders WHERE counts)) AS order_number
)
SELECT reported_at AS said_at, 'report' AS row_kind, report_kind AS kind, record AS known_by, source, order_space, store_id, status,
       is_standing, line_sales AS amount, order_revenue, order_discount, shipping, taxes, currency, visitor_id, flags
FROM orders.order_reports JOIN asked USING (order_number)
UNION ALL BY NAME
SELECT reversed_at AS said_at, 'reversal' AS row_kind, kind, known_by, source, store_id, total_reversals AS amount, shipping, taxes,
       currency, visitor_id, flags
FROM orders.reversals JOIN asked USING (order_number)
ORDER BY said_at, row_kind;
