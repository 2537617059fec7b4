-- One row per month of the first order and month since: how many of those who began then bought, and for how much.
-- The first months hold customers from before the data begins, who only look new.
-- cohort_month: First day of the month of the first order in the data.
-- months_since: Months since then; 0 is the month of the first order.
-- month: First day of that later month.
-- persons: Persons of the cohort.
-- active_buyers: Persons of the cohort with an order in the month.
-- retention_rate: active_buyers / persons, 0..1.
-- orders: Orders of the cohort in the month.
-- revenue: Net sales of these orders less what has been taken back of them since, base currency. Refunds that name no order are in no month: customer_value has them by person.
-- revenue_so_far: Revenue of the cohort up to and including the month, base currency.
-- revenue_per_person_so_far: revenue_so_far / persons.
-- is_complete: Whether the data reaches the month's last day.
WITH bought AS (
    SELECT person_id, date_trunc('month', order_date)::DATE AS month, net_sales,
           date_trunc('month', min(order_date) OVER (PARTITION BY person_id))::DATE AS cohort_month
    FROM orders_of_persons WHERE counts AND person_id IS NOT NULL
),
newest AS (SELECT max(event_date) AS last_date FROM calendar_days),
cohorts AS (
    SELECT cohort_month, count(DISTINCT person_id) AS persons FROM bought GROUP BY cohort_month
),
grid AS (
    SELECT cohort_month, persons, last_date,
           unnest(generate_series(0, date_diff('month', cohort_month, last_date)))::BIGINT AS months_since
    FROM cohorts, newest
),
active AS (
    SELECT cohort_month, date_diff('month', cohort_month, month) AS months_since,
           count(DISTINCT person_id) AS active_buyers, count(*) AS orders, sum(net_sales) AS revenue
    FROM bought GROUP BY ALL
),
summed AS (
    SELECT g.*, (cohort_month + to_months(months_since::INT))::DATE AS month,
           coalesce(active_buyers, 0) AS active_buyers, coalesce(orders, 0) AS orders, coalesce(revenue, 0) AS revenue,
           sum(coalesce(revenue, 0)) OVER (PARTITION BY cohort_month ORDER BY months_since) AS revenue_so_far
    FROM grid AS g LEFT JOIN active USING (cohort_month, months_since)
)
SELECT cohort_month, months_since, month, persons, active_buyers, round(active_buyers / persons, 4) AS retention_rate,
       orders, revenue::DECIMAL(38, 4) AS revenue, revenue_so_far::DECIMAL(38, 4) AS revenue_so_far,
       round(revenue_so_far / persons, 2) AS revenue_per_person_so_far, last_day(month) <= last_date AS is_complete
FROM summed
ORDER BY cohort_month, months_since
