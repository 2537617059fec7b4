-- One row per day of the calendar and channel group: what was spent, who came, who bought, and for how much.
-- Orders are in the channel of the session that they were placed in. Spend is in the channel of the sessions whose
-- mkt_campaign is the name or the id of the ad campaign, letter case aside, of several the one with the most sessions;
-- else, on platforms that sell nothing else, in Paid Social. Other spend stands under (unmatched spend).
-- event_date: Day in the business's calendar; of spend the day of the ad account's own calendar.
-- channel_group: Default channel group; (no session), (no channel) and (unmatched spend) hold what has none.
-- sessions: Sessions on web and apps; bots, server-side sessions and shop visits left out.
-- orders: Orders that count.
-- buyers: Persons with such an order.
-- new_buyers: Buyers whose first order in the data is one of these.
-- revenue: Net sales of these orders less what has been taken back of them since, base currency. Refunds that name no order are in no channel: the sum exceeds that of daily_kpis by them.
-- conversion_rate: orders / sessions; null without sessions.
-- spend: Cost of ads, base currency; null where no report says it, or a rate to the base currency is missing.
-- impressions: Times an ad was shown, as the platform counts; null where no report says it.
-- clicks: Clicks, as the platform counts; null where no report says it.
-- roas: revenue / spend: what these orders brought, not what the ads caused; null without spend.
-- cost_per_order: spend / orders; null without either.
-- cost_per_new_buyer: spend / new_buyers; null without either.
WITH of_campaigns AS (
    SELECT lower(mkt_campaign) AS campaign, channel_group, count(*) AS sessions
    FROM events.sessions
    WHERE kind = 'session' AND NOT is_bot AND mkt_campaign IS NOT NULL AND channel_group IS NOT NULL GROUP BY ALL
),
matched AS (
    SELECT campaign, arg_max(channel_group, (sessions, channel_group)) AS channel_group
    FROM of_campaigns GROUP BY campaign
),
paid AS (
    SELECT s.event_date, coalesce(by_name.channel_group, by_id.channel_group,
               CASE WHEN s.platform IN ('facebook_ads', 'linkedin_ads', 'tiktok_ads', 'pinterest_ads', 'reddit_ads',
                                        'snapchat_ads', 'twitter_ads') THEN 'Paid Social' END,
               '(unmatched spend)') AS channel_group,
           CASE WHEN count(s.spend) = count(*) THEN sum(s.spend) END AS spend,
           sum(s.impressions) AS impressions, sum(s.clicks) AS clicks
    FROM analytics.daily_ad_spend AS s LEFT JOIN matched AS by_name ON by_name.campaign = lower(s.campaign_name)
    LEFT JOIN matched AS by_id ON by_id.campaign = lower(s.campaign_id)
    GROUP BY ALL
),
visits AS (
    SELECT event_date, coalesce(channel_group, '(no channel)') AS channel_group, count(*) AS sessions
    FROM events.sessions WHERE kind = 'session' AND NOT is_server_side AND NOT is_bot GROUP BY ALL
),
bought AS (
    SELECT order_date AS event_date,
           coalesce(channel_group, CASE WHEN session_id IS NULL THEN '(no session)' ELSE '(no channel)' END)
               AS channel_group,
           count(*) AS orders, count(DISTINCT person_id) AS buyers, count(*) FILTER (is_first_order) AS new_buyers,
           sum(net_sales) AS revenue
    FROM orders_of_persons WHERE counts GROUP BY ALL
),
channels AS (
    SELECT channel_group FROM visits UNION SELECT channel_group FROM bought UNION SELECT channel_group FROM paid
),
days AS (
    SELECT event_date FROM calendar_days UNION SELECT event_date FROM paid
)
SELECT event_date, channel_group, coalesce(sessions, 0) AS sessions, coalesce(orders, 0) AS orders,
       coalesce(buyers, 0) AS buyers, coalesce(new_buyers, 0) AS new_buyers,
       coalesce(revenue, 0)::DECIMAL(38, 4) AS revenue, round(coalesce(orders, 0) / sessions, 4) AS conversion_rate,
       spend::DECIMAL(38, 4) AS spend, impressions, clicks,
       round((coalesce(revenue, 0) / nullif(spend, 0))::DOUBLE, 4) AS roas,
       round(spend / orders, 2) AS cost_per_order, round(spend / nullif(new_buyers, 0), 2) AS cost_per_new_buyer
FROM days CROSS JOIN channels LEFT JOIN visits USING (event_date, channel_group)
LEFT JOIN bought USING (event_date, channel_group) LEFT JOIN paid USING (event_date, channel_group)
ORDER BY event_date, channel_group
