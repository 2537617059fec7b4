-- Every day of reports is one that the orders were made of, with as many reports as it has now.
-- event_date: Day.
-- made_of: Reports that the orders were made of.
-- reports: Reports of the day now.
SELECT event_date, coalesce(i.rows, 0) AS made_of, coalesce(r.n, 0) AS reports
FROM (SELECT event_date, rows FROM orders.order_inputs WHERE input = 'day') AS i
FULL JOIN (SELECT event_date, count(*) AS n FROM orders.order_reports GROUP BY event_date) AS r USING (event_date)
WHERE coalesce(i.rows, 0) <> coalesce(r.n, 0)
