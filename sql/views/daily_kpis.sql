-- One row per day of the business's calendar, without gaps: buyers, orders, sales, what was taken back, and sessions.
-- Refunds and cancellations lie on their own day: a closed month does not change.
-- event_date: Day in the business's calendar.
-- has_data: Whether any event, order or reversal is known of the day; without one the zeros mean nothing.
-- active_people: Persons with any event, without an account too.
-- buyers: Persons with an order that counts.
-- new_buyers: Buyers whose first order in the data is of the day.
-- returning_buyers: Buyers who had ordered on an earlier day.
-- orders: Orders that count, anonymous ones and those taken back later too.
-- revenue: Net sales: gross_sales - discounts - sales_reversals, base currency.
-- average_order_value: Net sales of the day's orders, before what was taken back, per order, base currency.
-- items_sold: Item lines of the day's orders.
-- gross_sales: Price x quantity before discounts, shipping and tax, base currency.
-- discounts: Discounts of lines and orders, base currency.
-- sales_reversals: Taken back on the day by refunds and cancellations, of orders of any day, base currency.
-- net_sales: The same as revenue.
-- shipping: Shipping of the day's orders less what was paid back of shipping on the day, base currency.
-- taxes: Taxes of the day's orders less what was paid back of taxes on the day, base currency.
-- total_sales: net_sales + shipping + taxes, base currency.
-- sessions: Sessions on web and apps, of known and anonymous visitors; bots, server-side sessions and shop visits left out.
WITH active AS (
    SELECT event_date, count(DISTINCT person_id) AS active_people
    FROM events.cleaned_events AS e LEFT JOIN identity.visitors AS v
      ON v.visitor_id = e.visitor_id AND e.event_at >= coalesce(v.effective_at, '-infinity')
     AND e.event_at < coalesce(v.superseded_at, 'infinity')
    GROUP BY event_date
),
owned AS (
    SELECT o.*, v.person_id,
           min(CASE WHEN o.counts THEN o.order_date END) OVER (PARTITION BY v.person_id) AS first_order_date
    FROM orders.orders AS o LEFT JOIN identity.visitors AS v
      ON v.visitor_id = o.visitor_id AND o.ordered_at >= coalesce(v.effective_at, '-infinity')
     AND o.ordered_at < coalesce(v.superseded_at, 'infinity')
),
sold AS (
    SELECT order_date AS event_date, count(DISTINCT person_id) FILTER (counts) AS buyers,
           count(DISTINCT person_id) FILTER (counts AND order_date = first_order_date) AS new_buyers,
           count(*) FILTER (counts) AS orders, sum(items) AS items_sold, sum(gross_sales) AS gross_sales,
           sum(discounts) AS discounts, sum(net_sales) AS sold_sales, sum(shipping) AS shipping, sum(taxes) AS taxes
    FROM owned GROUP BY order_date
),
taken_back AS (
    SELECT reversal_date AS event_date, sum(sales_reversals) AS sales_reversals, sum(shipping) AS shipping_reversals,
           sum(taxes) AS tax_reversals
    FROM orders.reversals GROUP BY reversal_date
),
visits AS (SELECT event_date, count(*) AS sessions FROM events.sessions
           WHERE kind = 'session' AND NOT is_server_side AND NOT is_bot GROUP BY event_date),
days AS (
    SELECT event_date, has_data, coalesce(active_people, 0) AS active_people, coalesce(buyers, 0) AS buyers,
           coalesce(new_buyers, 0) AS new_buyers, coalesce(orders, 0) AS orders,
           coalesce(items_sold, 0)::BIGINT AS items_sold, coalesce(gross_sales, 0) AS gross_sales,
           coalesce(discounts, 0) AS discounts, coalesce(sold_sales, 0) AS sold_sales,
           coalesce(sales_reversals, 0) AS sales_reversals,
           coalesce(sold_sales, 0) - coalesce(sales_reversals, 0) AS net_sales,
           coalesce(shipping, 0) - coalesce(shipping_reversals, 0) AS shipping,
           coalesce(taxes, 0) - coalesce(tax_reversals, 0) AS taxes, coalesce(sessions, 0) AS sessions
    FROM calendar_days LEFT JOIN active USING (event_date) LEFT JOIN sold USING (event_date)
    LEFT JOIN taken_back USING (event_date) LEFT JOIN visits USING (event_date)
)
-- Four decimals, as stored: rounded days would not add up to the orders.
SELECT event_date, has_data, active_people, buyers, new_buyers, buyers - new_buyers AS returning_buyers, orders,
       net_sales::DECIMAL(38, 4) AS revenue, round(sold_sales / nullif(orders, 0), 2) AS average_order_value, items_sold,
       gross_sales::DECIMAL(38, 4) AS gross_sales, discounts::DECIMAL(38, 4) AS discounts,
       sales_reversals::DECIMAL(38, 4) AS sales_reversals, net_sales::DECIMAL(38, 4) AS net_sales,
       shipping::DECIMAL(38, 4) AS shipping, taxes::DECIMAL(38, 4) AS taxes,
       (net_sales + shipping + taxes)::DECIMAL(38, 4) AS total_sales, sessions
FROM days
ORDER BY event_date
