-- One row per person with an order that counts: what they bought, what of it they keep, and how long they are with us.
-- Ages are as of the newest day with an event, order or refund. Orders before the data begins are not known.
-- person_id: The person.
-- user_id: The person's account; null for people without one.
-- first_order_date: Day of the first order.
-- last_order_date: Day of the last order.
-- tenure_days: Days since the first order.
-- days_since_last_order: Days since the last order.
-- orders: Orders that count, those taken back later among them.
-- items: Item lines of them.
-- gross_sales: Price x quantity before discounts, shipping and tax, base currency.
-- discounts: Discounts of lines and orders, base currency.
-- sales_reversals: Taken back of these orders since, and by refunds of the person that name no order, base currency.
-- reversed_orders: Orders of which anything was taken back.
-- revenue: gross_sales - discounts - sales_reversals, base currency.
-- average_order_value: Revenue per order, base currency.
-- average_days_between_orders: Mean days from order to order; null for people with one order.
-- revenue_first_90d: Revenue of orders in the 90 days from the first order on; null until they are over.
-- revenue_first_365d: Revenue of orders in the 365 days from the first order on; null until they are over.
-- revenue_90d: Revenue of orders in the newest 90 days of the data, base currency.
-- revenue_365d: Revenue of orders in the newest 365 days of the data, base currency.
-- first_channel_group: Channel of the session that the first order was placed in.
-- first_touch_channel_group: Channel of the person's first session with one, if it began before the first order.
-- rfm_group: Group by recency, frequency and money.
WITH bought AS (
    SELECT *, min(order_date) OVER (PARTITION BY person_id) AS first_order_date
    FROM orders_of_persons WHERE counts AND person_id IS NOT NULL
),
-- A refund that names no order is the person's all the same, as in profiles: else two revenues of one person disagree.
of_no_order AS (
    SELECT v.person_id, sum(r.sales_reversals) AS sales_reversals
    FROM orders.reversals AS r JOIN identity.visitors AS v
      ON v.visitor_id = r.visitor_id AND r.reversed_at >= coalesce(v.effective_at, '-infinity')
     AND r.reversed_at < coalesce(v.superseded_at, 'infinity')
    WHERE r.order_id IS NULL GROUP BY v.person_id
),
newest AS (SELECT max(event_date) AS last_date FROM calendar_days),
summed AS (
    SELECT b.person_id, first_order_date, max(order_date) AS last_order_date, last_date, count(*) AS orders,
           sum(items)::BIGINT AS items, sum(gross_sales) AS gross_sales, sum(discounts) AS discounts,
           sum(b.sales_reversals) + coalesce(any_value(r.sales_reversals), 0) AS sales_reversals,
           count(*) FILTER (reversals > 0) AS reversed_orders,
           sum(net_sales) - coalesce(any_value(r.sales_reversals), 0) AS revenue,
           avg(days_since_previous_order) AS average_days_between_orders,
           coalesce(sum(net_sales) FILTER (order_date < first_order_date + 90), 0) AS revenue_first_90d,
           coalesce(sum(net_sales) FILTER (order_date < first_order_date + 365), 0) AS revenue_first_365d,
           coalesce(sum(net_sales) FILTER (order_date > last_date - 90), 0) AS revenue_90d,
           coalesce(sum(net_sales) FILTER (order_date > last_date - 365), 0) AS revenue_365d,
           any_value(channel_group) FILTER (is_first_order) AS first_channel_group,
           any_value(first_touch_channel_group) FILTER (is_first_order) AS first_touch_channel_group
    FROM bought AS b CROSS JOIN newest LEFT JOIN of_no_order AS r ON r.person_id = b.person_id
    GROUP BY b.person_id, first_order_date, last_date
)
SELECT s.person_id, i.user_id, s.first_order_date, s.last_order_date, s.last_date - s.first_order_date AS tenure_days,
       s.last_date - s.last_order_date AS days_since_last_order, s.orders, s.items,
       s.gross_sales::DECIMAL(38, 4) AS gross_sales, s.discounts::DECIMAL(38, 4) AS discounts,
       s.sales_reversals::DECIMAL(38, 4) AS sales_reversals, s.reversed_orders,
       s.revenue::DECIMAL(38, 4) AS revenue, round(s.revenue / s.orders, 2) AS average_order_value,
       round(s.average_days_between_orders, 1) AS average_days_between_orders,
       CASE WHEN s.first_order_date + 90 <= last_date + 1 THEN revenue_first_90d::DECIMAL(38, 4) END
           AS revenue_first_90d,
       CASE WHEN s.first_order_date + 365 <= last_date + 1 THEN revenue_first_365d::DECIMAL(38, 4) END
           AS revenue_first_365d,
       s.revenue_90d::DECIMAL(38, 4) AS revenue_90d, s.revenue_365d::DECIMAL(38, 4) AS revenue_365d,
       s.first_channel_group, s.first_touch_channel_group, p.rfm_group
FROM summed AS s LEFT JOIN identity.persons AS i USING (person_id) LEFT JOIN profiles.profiles AS p USING (person_id)
ORDER BY s.revenue DESC, s.person_id
