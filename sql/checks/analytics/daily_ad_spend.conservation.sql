-- Every account and day of which ads are reported has its spend once: some row, and clicks of one of its reports.
-- missing: Accounts and days without a row.
-- unfounded: Accounts and days with a row and no report.
-- other_clicks: Accounts and days whose clicks are those of none of their levels and breakdowns.
WITH reports AS (
    SELECT platform, account_id, date AS event_date, round(coalesce(sum(clicks), 0), 3) AS clicks
    FROM ingest.raw_ad_spend
    GROUP BY platform, account_id, date, level, breakdown_by, hour_at IS NULL
),
reported AS (
    SELECT platform, account_id, event_date, list(clicks) AS clicks FROM reports GROUP BY ALL
),
made AS (
    SELECT platform, account_id, event_date, round(coalesce(sum(clicks), 0), 3) AS clicks
    FROM analytics.daily_ad_spend GROUP BY ALL
)
SELECT count(*) FILTER (m.platform IS NULL) AS missing, count(*) FILTER (r.platform IS NULL) AS unfounded,
       count(*) FILTER (NOT list_contains(r.clicks, m.clicks)) AS other_clicks
FROM reported AS r FULL JOIN made AS m
  ON m.platform = r.platform AND m.account_id IS NOT DISTINCT FROM r.account_id AND m.event_date = r.event_date
HAVING missing > 0 OR unfounded > 0 OR other_clicks > 0
