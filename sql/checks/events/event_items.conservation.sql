-- Item lines of each day: as many, and worth as much, as their events say.
-- event_date: Day.
-- lines_of_events: Item lines by cleaned_events.
-- lines: Rows of event_items.
SELECT event_date, coalesce(e.items, 0) AS lines_of_events, coalesce(i.items, 0) AS lines
FROM (SELECT event_date, sum(items)::BIGINT AS items, sum(revenue) FILTER (items > 0) AS revenue
      FROM events.cleaned_events GROUP BY 1) AS e
FULL JOIN (SELECT event_date, count(*) AS items, sum(item_revenue) AS revenue
      FROM events.event_items GROUP BY 1) AS i USING (event_date)
WHERE coalesce(e.items, 0) <> coalesce(i.items, 0) OR coalesce(e.revenue, 0) <> coalesce(i.revenue, 0)
