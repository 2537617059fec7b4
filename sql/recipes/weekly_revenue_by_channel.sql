-- How much do we sell each week by channel?
-- An order is in the channel of the session that it was placed in; orders that no session tells of are in (no session).
-- The first and the last week may be incomplete.
-- Also: weekly revenue by channel; turnover per week and traffic source; return on ad spend, ROAS, of each channel; marketing
-- Empty: Not enough data: no session, order or ad spend is known.
-- week: Monday of the week.
-- channel_group: Default channel group; (no session), (no channel) and (unmatched spend) hold what has none.
-- sessions: Sessions on web and apps.
-- orders: Orders that count.
-- revenue: Net sales of these orders less what has been taken back of them since, base currency.
-- revenue_share_rate: Share of the week's revenue, 0..1.
-- spend: Cost of ads, base currency, of days on which it is known.
-- roas: revenue / spend.
WITH weeks AS (
    SELECT date_trunc('week', event_date)::DATE AS week, channel_group, sum(sessions)::BIGINT AS sessions,
           sum(orders)::BIGINT AS orders, sum(revenue) AS revenue, sum(spend) AS spend
    FROM channel_performance GROUP BY ALL
)
SELECT week, channel_group, sessions, orders, revenue::DECIMAL(38, 2) AS revenue,
       round((revenue / nullif(sum(revenue) OVER (PARTITION BY week), 0))::DOUBLE, 4) AS revenue_share_rate,
       spend::DECIMAL(38, 2) AS spend, round((revenue / nullif(spend, 0))::DOUBLE, 2) AS roas
FROM weeks
WHERE sessions + orders > 0 OR spend > 0
ORDER BY week DESC, revenue DESC, channel_group;
