-- Every event of a day and source is counted once in the profile of its name, and every standing report of a sale in that
-- of its revenue.
-- event_date: Day.
-- source: Source.
-- column_name: event_name or revenue.
-- counted: Rows of cleaned_events, or standing reports of sales.
-- profiled: Rows behind the profile.
SELECT event_date, source, column_name, coalesce(e.n, 0) AS counted, coalesce(p.n, 0) AS profiled
FROM (SELECT event_date, source, 'event_name' AS column_name, count(*) AS n FROM events.cleaned_events GROUP BY ALL
      UNION ALL SELECT event_date, source, 'revenue' AS column_name, count(*) AS n FROM orders.order_reports
      WHERE report_kind = 'sale' AND is_standing GROUP BY ALL) AS e
FULL JOIN (SELECT event_date, source, column_name, sum(rows)::BIGINT AS n FROM quality.column_profiles
      WHERE column_name IN ('event_name', 'revenue') GROUP BY ALL) AS p USING (event_date, source, column_name)
WHERE coalesce(e.n, 0) <> coalesce(p.n, 0)
