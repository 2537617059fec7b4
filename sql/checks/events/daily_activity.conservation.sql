-- The rollup of each day has every event of a visitor once; revenue is that of the item lines and bare events.
-- event_date: Day.
-- events: Events of visitors, bots left out.
-- rolled_up: Events in the rollup.
-- revenue: Revenue of those events.
-- rolled_up_revenue: Revenue in the rollup.
SELECT event_date, coalesce(e.events, 0) AS events, coalesce(d.events, 0) AS rolled_up,
       e.revenue, d.revenue AS rolled_up_revenue
FROM (SELECT event_date, count(*) AS events, sum(revenue) AS revenue FROM events.cleaned_events
      WHERE visitor_id IS NOT NULL GROUP BY 1) AS e
FULL JOIN (SELECT event_date, sum(events)::BIGINT AS events, sum(revenue) AS revenue
      FROM events.daily_activity GROUP BY 1) AS d USING (event_date)
WHERE coalesce(e.events, 0) <> coalesce(d.events, 0) OR coalesce(e.revenue, 0) <> coalesce(d.revenue, 0)
