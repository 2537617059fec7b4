-- The rollup of each day has every event of a visitor once, and every item line.
-- event_date: Day.
-- events: Events of visitors, bots left out.
-- rolled_up: Events in the rollup.
-- items: Item lines of those events.
-- rolled_up_items: Item lines in the rollup.
SELECT event_date, coalesce(e.events, 0) AS events, coalesce(d.events, 0) AS rolled_up,
       e.items, d.items AS rolled_up_items
FROM (SELECT event_date, count(*) AS events, sum(items)::BIGINT AS items FROM events.cleaned_events
      WHERE visitor_id IS NOT NULL GROUP BY 1) AS e
FULL JOIN (SELECT event_date, sum(events)::BIGINT AS events, sum(items)::BIGINT AS items
      FROM events.daily_activity GROUP BY 1) AS d USING (event_date)
WHERE coalesce(e.events, 0) <> coalesce(d.events, 0) OR coalesce(e.items, 0) <> coalesce(d.items, 0)
