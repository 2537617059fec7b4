-- One row per order, with what it is worth as of now: what was sold less what has been taken back of it since.
-- order_id: The order.
-- order_date: Day of the order, in the business's calendar.
-- order_number: Number of the order; null where nobody names one.
-- store_id: Store or shop.
-- person_id: The buyer; null for unknown ones.
-- status: paid, pending, cancelled, refunded, failed or test.
-- counts: Whether it counts: pending, failed and test orders do not, and have 0 in every amount.
-- record: shop or web: who is believed about it.
-- source: Source in dmp.yaml that is believed.
-- channel_group: Channel of the session that it was ordered in.
-- gross_sales: Price x quantity before discounts, shipping and tax, base currency.
-- discounts: Discounts of lines and order, base currency.
-- sales_reversals: Taken back since by refunds and cancellations, base currency.
-- net_sales: gross_sales - discounts - sales_reversals: the revenue, base currency.
-- shipping: Shipping less what was paid back of it, base currency.
-- taxes: Taxes less what was paid back of them, base currency.
-- total_sales: net_sales + shipping + taxes, base currency.
-- reversals: Refunds and cancellations.
-- last_reversal_date: Day of the newest of them.
-- flags: What is doubtful about the order, comma separated.
WITH taken_back AS (
    SELECT order_id, sum(sales_reversals) AS sales_reversals, sum(shipping) AS shipping, sum(taxes) AS taxes,
           count(*) AS reversals, max(reversal_date) AS last_reversal_date
    FROM orders.reversals GROUP BY order_id
),
valued AS (
    SELECT o.*, v.person_id, coalesce(t.sales_reversals, 0) AS sales_reversals, t.last_reversal_date,
           o.net_sales - coalesce(t.sales_reversals, 0) AS net_now, o.shipping - coalesce(t.shipping, 0) AS shipping_now,
           o.taxes - coalesce(t.taxes, 0) AS taxes_now, coalesce(t.reversals, 0) AS reversals
    FROM orders.orders AS o LEFT JOIN taken_back AS t USING (order_id)
    LEFT JOIN identity.visitors AS v
      ON v.visitor_id = o.visitor_id AND o.ordered_at >= coalesce(v.effective_at, '-infinity')
     AND o.ordered_at < coalesce(v.superseded_at, 'infinity')
)
SELECT order_id, order_date, order_number, store_id, person_id, status, counts, record, source, channel_group,
       gross_sales, discounts, sales_reversals::DECIMAL(38, 4) AS sales_reversals, net_now::DECIMAL(38, 4) AS net_sales,
       shipping_now::DECIMAL(38, 4) AS shipping, taxes_now::DECIMAL(38, 4) AS taxes,
       (net_now + shipping_now + taxes_now)::DECIMAL(38, 4) AS total_sales, reversals, last_reversal_date, flags
FROM valued
ORDER BY order_date, order_id
