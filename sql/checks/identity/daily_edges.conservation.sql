-- Every visitor of a day's events is an end of an edge of that day.
-- event_date: Day.
-- missing: Visitors without an edge.
SELECT e.event_date, count(*) AS missing
FROM (SELECT DISTINCT event_date, visitor_id FROM events.cleaned_events WHERE visitor_id IS NOT NULL) AS e
WHERE (e.event_date, e.visitor_id) NOT IN (
    SELECT (event_date, type_a || ':' || value_a) FROM identity.daily_edges
    UNION SELECT (event_date, type_b || ':' || value_b) FROM identity.daily_edges)
GROUP BY e.event_date
