-- Of the people who first bought in a month, what share buys again one, two, three and six months later?
-- One row per month of the first order in the data; null where that later month is not complete yet. The first
-- cohorts hold customers from before the data begins, who only look new: trust the later ones. The view cohort_triangle
-- has every month, with revenue.
-- Also: cohort retention; do customers stay with us; customer loyalty by month of first purchase; cohort analysis
-- Empty: Not enough data: no order of a known person.
-- cohort: First day of the month of the first order.
-- people: Persons who first bought in it.
-- month_1: Share of them with an order in the next month, 0..1.
-- month_2: Two months later.
-- month_3: Three months later.
-- month_6: Six months later.
SELECT cohort_month AS cohort, any_value(persons) AS people,
       max(round(retention_rate, 3)) FILTER (is_complete AND months_since = 1) AS month_1,
       max(round(retention_rate, 3)) FILTER (is_complete AND months_since = 2) AS month_2,
       max(round(retention_rate, 3)) FILTER (is_complete AND months_since = 3) AS month_3,
       max(round(retention_rate, 3)) FILTER (is_complete AND months_since = 6) AS month_6
FROM cohort_triangle
GROUP BY cohort
ORDER BY cohort;
