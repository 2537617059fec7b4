-- One row per order, with its buyer, the buyer's how manieth it is, and what it is worth as of now: what was sold less
-- what has been taken back of it since. Orders that do not count are here too, with 0 in every amount.
-- order_id: The order.
-- order_number: Number of the order, as the shop names it.
-- order_date: Day of the order, in the business's calendar.
-- ordered_at: When it was ordered (UTC).
-- person_id: The buyer, by identity.visitors at the time of the order; null for unknown ones.
-- visitor_id: Strongest identifier of the buyer, as type:value.
-- order_sequence: 1 for the person's first order that counts, by ordered_at, then order_id; null without a person.
-- is_first_order: Whether it is the person's first in the data; null where order_sequence is.
-- days_since_previous_order: Days since the person's order before, 0 on one day; null for the first.
-- status: paid, pending, cancelled, refunded, failed or test.
-- counts: Whether it counts: pending, failed and test orders do not, and have 0 in every amount.
-- record: shop or web: who is believed about it.
-- source: Source in dmp.yaml that is believed.
-- store_id: Store or shop.
-- session_id: Session that it was ordered in; null where no web event tells of it.
-- channel_group: Channel of the session that it was ordered in.
-- mkt_source: Source of that session.
-- mkt_medium: Medium of that session.
-- mkt_campaign: Campaign of that session.
-- first_touch_channel_group: Channel of the person's first session with one, if it began before the order.
-- last_touch_channel_group: Channel of the person's last session with one that began before the order.
-- platform: web, ios, android, ...
-- campaign_id: Campaign that a source names on the order.
-- coupon: Coupon code.
-- items: Item lines.
-- quantity: Units; weighed goods and fuel count in their own unit.
-- gross_sales: Price x quantity before discounts, shipping and tax, base currency.
-- discounts: Discounts of lines and order, base currency.
-- coupon_discounts: Discounts of coupons among them, base currency.
-- sales_reversals: Taken back since by refunds and cancellations that name the order, base currency.
-- net_sales: gross_sales - discounts - sales_reversals: the revenue, base currency.
-- shipping: Shipping less what was paid back of it, base currency.
-- taxes: Taxes less what was paid back of them, base currency.
-- total_sales: net_sales + shipping + taxes, base currency.
-- reversals: Refunds and cancellations.
-- last_reversal_date: Day of the newest of them.
-- currency: ISO 4217 code of the amounts as the source gave them; null: base currency.
-- flags: What is doubtful about the order, comma separated.
WITH taken_back AS (
    SELECT order_id, sum(sales_reversals) AS sales_reversals, sum(shipping) AS shipping, sum(taxes) AS taxes,
           count(*) AS reversals, max(reversal_date) AS last_reversal_date
    FROM orders.reversals WHERE order_id IS NOT NULL GROUP BY order_id
),
owned AS (
    SELECT o.*, v.person_id
    FROM orders.orders AS o LEFT JOIN identity.visitors AS v
      ON v.visitor_id = o.visitor_id AND o.ordered_at >= coalesce(v.effective_at, '-infinity')
     AND o.ordered_at < coalesce(v.superseded_at, 'infinity')
),
-- Within the same rows: joined back by order_id, the numbers took half of the time.
numbered AS (
    SELECT *, CASE WHEN counts AND person_id IS NOT NULL THEN row_number() OVER in_order END AS order_sequence,
           CASE WHEN counts AND person_id IS NOT NULL THEN order_date - lag(order_date) OVER in_order END
               AS days_since_previous_order
    FROM owned WINDOW in_order AS (PARTITION BY person_id, counts ORDER BY ordered_at, order_id)
),
-- What a touch is, is said in profiles.touches; there they are as of today, here as of the order.
touches AS (
    SELECT v.person_id, s.started_at, arg_max(s.channel_group, s.session_id) AS channel_group,
           arg_min(s.channel_group, s.session_id) AS first_channel_group
    FROM events.sessions AS s JOIN identity.visitors AS v
      ON v.visitor_id = s.visitor_id AND s.started_at >= coalesce(v.effective_at, '-infinity')
     AND s.started_at < coalesce(v.superseded_at, 'infinity')
    WHERE s.kind = 'session' AND NOT s.is_server_side AND s.channel_group IS NOT NULL
    GROUP BY ALL
),
first_touches AS (
    SELECT person_id, min(started_at) AS first_touch_at, arg_min(first_channel_group, started_at) AS channel_group
    FROM touches GROUP BY person_id
)
SELECT o.order_id, o.order_number, o.order_date, o.ordered_at, o.person_id, o.visitor_id, o.order_sequence,
       o.order_sequence = 1 AS is_first_order, o.days_since_previous_order, o.status, o.counts, o.record, o.source,
       o.store_id, o.session_id, o.channel_group, o.mkt_source, o.mkt_medium, o.mkt_campaign,
       CASE WHEN f.first_touch_at <= o.ordered_at THEN f.channel_group END AS first_touch_channel_group,
       l.channel_group AS last_touch_channel_group, o.platform, o.campaign_id, o.coupon, o.items, o.quantity,
       o.gross_sales, o.discounts, o.coupon_discounts,
       coalesce(t.sales_reversals, 0)::DECIMAL(38, 4) AS sales_reversals,
       (o.net_sales - coalesce(t.sales_reversals, 0))::DECIMAL(38, 4) AS net_sales,
       (o.shipping - coalesce(t.shipping, 0))::DECIMAL(38, 4) AS shipping,
       (o.taxes - coalesce(t.taxes, 0))::DECIMAL(38, 4) AS taxes,
       (o.net_sales - coalesce(t.sales_reversals, 0) + o.shipping - coalesce(t.shipping, 0)
        + o.taxes - coalesce(t.taxes, 0))::DECIMAL(38, 4) AS total_sales,
       coalesce(t.reversals, 0) AS reversals, t.last_reversal_date, o.currency, o.flags
FROM numbered AS o ASOF LEFT JOIN touches AS l ON l.person_id = o.person_id AND o.ordered_at >= l.started_at
LEFT JOIN first_touches AS f ON f.person_id = o.person_id LEFT JOIN taken_back AS t ON t.order_id = o.order_id
