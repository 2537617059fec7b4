-- Every event of a day and source is counted once in the profile of its name.
-- event_date: Day.
-- source: Source.
-- events: Rows of cleaned_events.
-- profiled: Rows behind the profile of event_name.
SELECT event_date, source, coalesce(e.n, 0) AS events, coalesce(p.n, 0) AS profiled
FROM (SELECT event_date, source, count(*) AS n FROM events.cleaned_events GROUP BY ALL) AS e
FULL JOIN (SELECT event_date, source, sum(rows)::BIGINT AS n FROM quality.column_profiles
      WHERE column_name = 'event_name' GROUP BY ALL) AS p USING (event_date, source)
WHERE coalesce(e.n, 0) <> coalesce(p.n, 0)
