-- Every row of details belongs to an event of its day.
-- event_date: Day.
-- strays: Rows without an event.
SELECT event_date, count(*) AS strays
FROM events.order_details ANTI JOIN events.cleaned_events USING (event_date, event_id)
GROUP BY event_date
