-- On which pages do visitors land, and which of these lead to orders?
-- Sessions on web and apps of known and anonymous visitors, without bots.
-- Also: landing pages; entry pages, entrances, bounce rate; where do visits begin
-- Empty: Not enough data: no session of web or app with a page is known.
-- landing_page: Path of the first page of the session.
-- sessions: Sessions.
-- engaged_rate: Share of GA4's engaged sessions, 0..1; the others bounced.
-- sessions_with_order: Sessions with an order that counts.
-- conversion_rate: sessions_with_order / sessions, 0..1.
-- revenue: Net sales of the orders, less what was taken back since, base currency.
WITH bought AS (SELECT session_id, sum(net_sales) AS revenue FROM orders_of_persons WHERE counts GROUP BY session_id)
SELECT first_page_path AS landing_page, count(*) AS sessions, round(avg(is_engaged::INT), 4) AS engaged_rate,
       count(revenue) AS sessions_with_order, round(count(revenue) / count(*), 4) AS conversion_rate,
       coalesce(sum(revenue), 0)::DECIMAL(38, 2) AS revenue
FROM events.sessions LEFT JOIN bought USING (session_id)
WHERE kind = 'session' AND NOT is_server_side AND NOT is_bot AND first_page_path IS NOT NULL
GROUP BY ALL
ORDER BY count(*) DESC, landing_page
LIMIT 50;
