-- One row per session or shop visit, with the orders placed in it and their revenue.
-- An order is in the session of the web event of it that is nearest in time: orders that no web event tells of are in none.
-- event_date: Day of the session, in the business's calendar.
-- session_id: The session in events.sessions.
-- kind: session or shop_visit.
-- person_id: The person, by identity.visitors when the session began; null for unknown ones.
-- visitor_id: Strongest identifier as type:value.
-- started_at: First event (UTC).
-- channel_group: Default channel group.
-- mkt_source: Source of the campaign.
-- mkt_medium: Medium of the campaign.
-- mkt_campaign: Campaign.
-- is_server_side: Whether only a server saw it.
-- is_bot: Whether its user agent is a bot's.
-- page_views: Page and screen views.
-- orders: Orders that count.
-- net_sales: Net sales of these orders less what has been taken back of them since: the revenue, base currency.
WITH taken_back AS (SELECT order_id, sum(sales_reversals) AS sales_reversals FROM orders.reversals GROUP BY order_id),
sold AS (
    SELECT o.session_id, count(*) AS orders, sum(o.net_sales - coalesce(t.sales_reversals, 0)) AS net_sales
    FROM orders.orders AS o LEFT JOIN taken_back AS t USING (order_id)
    WHERE o.counts GROUP BY o.session_id
)
SELECT s.event_date, s.session_id, s.kind, v.person_id, s.visitor_id, s.started_at, s.channel_group, s.mkt_source, s.mkt_medium,
       s.mkt_campaign, s.is_server_side, s.is_bot, s.page_views, coalesce(sold.orders, 0) AS orders,
       coalesce(sold.net_sales, 0)::DECIMAL(38, 4) AS net_sales
FROM events.sessions AS s LEFT JOIN sold USING (session_id)
LEFT JOIN identity.visitors AS v
  ON v.visitor_id = s.visitor_id AND s.started_at >= coalesce(v.effective_at, '-infinity')
 AND s.started_at < coalesce(v.superseded_at, 'infinity')
