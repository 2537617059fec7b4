-- No report's cost per click and per thousand impressions is so far off that micros and units must be mixed up.
-- path: Landing file; null where only all files of the account together are enough to judge.
-- platform: Ad platform.
-- currency: Currency of the account.
-- level: Level of the report.
-- breakdown_by: What divides the report further.
-- cost_per_click: Spend by click, in the account's currency.
-- cost_per_mille: Spend by thousand impressions, in the account's currency.
-- verdict: too high: micros were read as units; too low: units were read as micros.
WITH scales AS (
    SELECT unnest(codes) AS currency, scale
    FROM (VALUES
        (1e1, ['CZK', 'DKK', 'EGP', 'MXN', 'NOK', 'SEK', 'THB', 'TRY', 'TWD', 'UAH', 'UYU', 'ZAR']),
        (1e2, ['BDT', 'DZD', 'HUF', 'INR', 'ISK', 'JMD', 'JPY', 'KES', 'KZT', 'LKR', 'PHP', 'PKR', 'RSD', 'RUB']),
        (1e3, ['ARS', 'CLP', 'COP', 'CRC', 'KRW', 'MMK', 'NGN', 'TZS', 'UGX', 'XAF', 'XOF']),
        (1e4, ['IDR', 'KHR', 'LAK', 'PYG', 'UZS', 'VND']),
        (1e5, ['IRR', 'LBP'])
    ) AS by_scale (scale, codes)
),
totals AS (
    SELECT
        platform, account_id, currency, level, breakdown_by, path,
        sum(spend)::DOUBLE AS cost, sum(clicks) AS clicks, sum(impressions) AS shown
    FROM ingest.raw_ad_spend
    WHERE spend IS NOT NULL
    GROUP BY GROUPING SETS (
        (platform, account_id, currency, level, breakdown_by, path),
        (platform, account_id, currency, level, breakdown_by)
    )
),
measures AS (
    SELECT
        totals.*,
        CASE WHEN clicks > 0 THEN cost / clicks END AS cost_per_click,
        CASE WHEN shown > 0 THEN cost / shown * 1000 END AS cost_per_mille,
        coalesce(scale, 1) AS scale
    FROM totals LEFT JOIN scales USING (currency)
),
verdicts AS (
    SELECT
        *,
        CASE
            WHEN coalesce(cost_per_click / scale > 1000, true) AND coalesce(cost_per_mille / scale > 50000, true)
                AND coalesce(cost_per_click, cost_per_mille) IS NOT NULL
                THEN 'too high'
            WHEN coalesce(cost_per_click / scale < 0.001, true) AND coalesce(cost_per_mille / scale < 0.05, true)
                AND (coalesce(clicks >= 100, false) OR coalesce(shown >= 5000, false))
                THEN 'too low'
        END AS verdict
    FROM measures
)
SELECT path, platform, currency, level, breakdown_by, cost_per_click, cost_per_mille, verdict
FROM verdicts
WHERE verdict IS NOT NULL
ORDER BY ALL
