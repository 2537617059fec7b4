-- One row per day of the business's calendar: buyers, orders, revenue, discounts and sessions of the whole business.
-- event_date: Day in the business's calendar.
-- active_people: Persons with any event, without an account too.
-- buyers: Persons with a purchase.
-- orders: Purchases, anonymous ones too.
-- revenue: Purchases and refunds, base currency.
-- average_order_value: Purchase revenue per order, base currency.
-- items_sold: Item lines on purchases.
-- discounts: Loyalty, shelf and coupon discounts, base currency.
-- sessions: Sessions on web and apps, of known and anonymous visitors; bots, server-side sessions and shop visits left out.
WITH events AS (
    SELECT event_date,
           count(DISTINCT person_id) AS active_people,
           count(DISTINCT person_id) FILTER (event_name = 'purchase') AS buyers,
           count(*) FILTER (event_name = 'purchase') AS orders,
           coalesce(sum(revenue) FILTER (event_name IN ('purchase', 'refund')), 0) AS revenue,
           coalesce(sum(revenue) FILTER (event_name = 'purchase'), 0) AS purchase_revenue,
           coalesce(sum(items) FILTER (event_name = 'purchase'), 0)::BIGINT AS items_sold,
           sum(retail_discount + coupon_discount + coupon_match_discount) AS discounts
    FROM events.cleaned_events AS e LEFT JOIN identity.visitors AS v
      ON v.visitor_id = e.visitor_id AND e.event_at >= coalesce(v.effective_at, '-infinity')
     AND e.event_at < coalesce(v.superseded_at, 'infinity')
    GROUP BY event_date
),
visits AS (SELECT event_date, count(*) AS sessions FROM events.sessions
           WHERE kind = 'session' AND NOT is_server_side AND NOT is_bot GROUP BY event_date)
SELECT event_date, active_people, buyers, orders, revenue::DECIMAL(18, 2) AS revenue,
       round(purchase_revenue / nullif(orders, 0), 2) AS average_order_value, items_sold,
       discounts::DECIMAL(18, 2) AS discounts, coalesce(sessions, 0) AS sessions
FROM events LEFT JOIN visits USING (event_date)
ORDER BY event_date
