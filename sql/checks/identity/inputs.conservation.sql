-- Every day that the persons were made from still has as many pairs.
-- event_date: Day.
-- made_of: Pairs that the persons were made from.
-- pairs: Pairs of the day now.
SELECT i.event_date, i.rows AS made_of, count(d.event_date) AS pairs
FROM identity.inputs AS i LEFT JOIN identity.daily_edges AS d USING (event_date)
WHERE i.input = 'day' GROUP BY ALL HAVING count(d.event_date) <> i.rows
