-- Of the people who first bought in a month, what share buys again one, two, three and six months later?
-- One row per month of the first order in the data; null where that later month is not complete yet. The first
-- cohorts hold customers from before the data begins, who only look new: trust the later ones.
WITH bought AS (
    SELECT DISTINCT person_id, date_trunc('month', order_date)::DATE AS month
    FROM order_values WHERE counts AND person_id IS NOT NULL
),
known AS (SELECT max(event_date) AS last_date FROM events.daily_activity),
aged AS (
    SELECT person_id, min(month) OVER (PARTITION BY person_id) AS cohort,
           date_diff('month', min(month) OVER (PARTITION BY person_id), month) AS age
    FROM bought
),
counted AS (
    SELECT cohort, date_diff('month', cohort, last_date + 1) AS complete, count(*) FILTER (age = 0) AS people,
           count(*) FILTER (age = 1) AS m1, count(*) FILTER (age = 2) AS m2,
           count(*) FILTER (age = 3) AS m3, count(*) FILTER (age = 6) AS m6
    FROM aged, known GROUP BY ALL
)
SELECT cohort, people,
       CASE WHEN complete > 1 THEN round(m1 / people, 3) END AS month_1,
       CASE WHEN complete > 2 THEN round(m2 / people, 3) END AS month_2,
       CASE WHEN complete > 3 THEN round(m3 / people, 3) END AS month_3,
       CASE WHEN complete > 6 THEN round(m6 / people, 3) END AS month_6
FROM counted
ORDER BY cohort;
