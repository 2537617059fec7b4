-- Every campaign has one row, and the campaigns together are credited with no more than the orders brought.
-- campaigns: Campaigns known.
-- rows: Rows of campaign_roi.
-- credited: Revenue credited to campaigns.
-- revenue: Revenue of all purchases.
SELECT campaigns, rows, credited, revenue
FROM (SELECT count(*) AS campaigns FROM ingest.raw_campaigns),
     (SELECT count(*) AS rows, coalesce(sum(revenue), 0) AS credited FROM campaigns.campaign_roi),
     (SELECT coalesce(sum(revenue), 0) AS revenue FROM events.cleaned_events WHERE event_name = 'purchase')
WHERE campaigns <> rows OR credited > revenue
