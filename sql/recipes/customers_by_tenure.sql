-- How long have our customers been with us, and what are they worth by tenure?
-- Tenure runs from the first order in the data, so nobody's is longer than the data.
-- Also: customers by tenure; age of customer relationships; value of long-standing customers; lifetime value by years
-- Empty: Not enough data: no order of a known person.
-- tenure: Time since the first order.
-- buyers: Persons.
-- recent_buyers_rate: Of them, the share with an order in the last 90 days, 0..1.
-- orders_per_buyer: Orders per person.
-- revenue: Their net sales less what was taken back since, base currency.
-- revenue_per_buyer: revenue / buyers, base currency.
-- revenue_share_rate: Share of all revenue, 0..1.
WITH bands AS (
    SELECT *, CASE WHEN tenure_days < 30 THEN '1 under 30 days' WHEN tenure_days < 90 THEN '2 30 to 89 days'
                   WHEN tenure_days < 180 THEN '3 90 to 179 days' WHEN tenure_days < 365 THEN '4 180 to 364 days'
                   WHEN tenure_days < 730 THEN '5 one year' ELSE '6 two years and more' END AS band
    FROM customer_value
)
SELECT substr(band, 3) AS tenure, count(*) AS buyers,
       round(avg((days_since_last_order < 90)::INT), 4) AS recent_buyers_rate, round(sum(orders) / count(*), 1) AS orders_per_buyer,
       sum(revenue)::DECIMAL(38, 2) AS revenue, round(sum(revenue) / count(*), 2) AS revenue_per_buyer,
       round((sum(revenue) / nullif(sum(sum(revenue)) OVER (), 0))::DOUBLE, 4) AS revenue_share_rate
FROM bands
GROUP BY band
ORDER BY band;
