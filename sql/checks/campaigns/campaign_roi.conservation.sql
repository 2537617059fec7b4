-- Every campaign has one row, and is credited with exactly its parts of the orders on days of a redemption.
-- An order's net sales, less what was taken back of them up to the day, are shared equally in ten-thousandths: floor, and
-- the remainder to the campaign with the lowest id. So the parts of an order add up to it.
-- campaign_id: Campaign.
-- credited: Revenue by campaign_roi; null where the campaign has no row.
-- parts: Its parts of the orders.
WITH day AS (SELECT max(as_of_date) AS as_of_date FROM campaigns.campaign_roi),
redeemed AS (
    SELECT DISTINCT e.event_date AS order_date, v.person_id, e.campaign_id
    FROM day, events.cleaned_events AS e JOIN identity.visitors AS v
      ON v.visitor_id = e.visitor_id AND e.event_at >= coalesce(v.effective_at, '-infinity')
     AND e.event_at < coalesce(v.superseded_at, 'infinity')
    WHERE e.event_name = 'coupon_redemption' AND e.campaign_id IS NOT NULL AND e.event_date <= as_of_date
),
taken_back AS (
    SELECT order_id, sum(sales_reversals) AS sales_reversals
    FROM orders.reversals, day WHERE reversal_date <= as_of_date GROUP BY order_id
),
sold AS (
    SELECT o.order_id, o.order_date, v.person_id,
           ((o.net_sales - coalesce(t.sales_reversals, 0)) * 10000)::HUGEINT AS units
    FROM day, orders.orders AS o JOIN identity.visitors AS v
      ON v.visitor_id = o.visitor_id AND o.ordered_at >= coalesce(v.effective_at, '-infinity')
     AND o.ordered_at < coalesce(v.superseded_at, 'infinity')
    LEFT JOIN taken_back AS t USING (order_id)
    WHERE o.counts AND o.order_date <= as_of_date
),
shared AS (
    SELECT order_id, campaign_id, units, count(*) OVER of_order AS sharers,
           row_number() OVER (of_order ORDER BY campaign_id) AS place
    FROM sold JOIN redeemed USING (order_date, person_id)
    WINDOW of_order AS (PARTITION BY order_id)
),
divided AS (SELECT *, (units % sharers + sharers) % sharers AS remainder FROM shared),
parts AS (
    SELECT campaign_id, sum((units - remainder) // sharers + CASE place WHEN 1 THEN remainder ELSE 0 END)::DECIMAL(38, 0) * 0.0001
        AS parts
    FROM divided GROUP BY campaign_id
),
known AS (SELECT campaign_id FROM ingest.raw_campaigns UNION SELECT campaign_id FROM parts)
SELECT campaign_id, r.revenue AS credited, coalesce(p.parts, 0)::DECIMAL(38, 4) AS parts
FROM known FULL JOIN campaigns.campaign_roi AS r USING (campaign_id) LEFT JOIN parts AS p USING (campaign_id)
WHERE r.revenue IS DISTINCT FROM coalesce(p.parts, 0)::DECIMAL(38, 4)
