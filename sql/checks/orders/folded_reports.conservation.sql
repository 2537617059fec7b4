-- The orders were made of the numbers and days that reports have now: a number that is not folded is sold nowhere.
-- event_date: Day of the reports.
-- reported: Numbers in order_reports.
-- folded: Numbers in folded_reports.
-- in_both: Those that are in both.
SELECT event_date, count(r.event_date) AS reported, count(f.event_date) AS folded,
       count(*) FILTER (r.event_date IS NOT NULL AND f.event_date IS NOT NULL) AS in_both
FROM (SELECT DISTINCT order_number, event_date FROM orders.order_reports) AS r
FULL JOIN (SELECT order_number, event_date FROM orders.folded_reports WHERE event_date IS NOT NULL) AS f
USING (order_number, event_date)
GROUP BY event_date
HAVING reported <> in_both OR folded <> in_both
