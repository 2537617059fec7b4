-- Every event that tells of an order or takes one back is the standing report of its day once, and every such report is one.
-- event_date: Day.
-- events: Purchases, refunds and cancellations in cleaned_events.
-- reports: Standing reports.
-- in_both: Those that are in both.
SELECT event_date, count(e.event_id) AS events, coalesce(sum(r.n), 0)::BIGINT AS reports,
       count(*) FILTER (e.event_id IS NOT NULL AND r.n = 1) AS in_both
FROM (SELECT event_date, event_id FROM events.cleaned_events
      WHERE event_name IN ('purchase', 'refund', 'order_cancelled')) AS e
FULL JOIN (SELECT event_date, report_id AS event_id, count(*) AS n FROM orders.order_reports
      WHERE is_standing GROUP BY ALL) AS r USING (event_date, event_id)
GROUP BY event_date
HAVING events <> in_both OR reports <> in_both
