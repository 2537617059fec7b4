-- One row per segment: how many people, their share, and what they are like on average.
-- kind: rfm (by recency, frequency and money) or cluster (by k-means).
-- segment_id: Segment.
-- segment_name: Name that people use.
-- people: People in it.
-- share_rate: Share of all people with a profile, 0..1.
-- mean_recency_days: Mean days since the last order.
-- mean_orders: Mean number of orders.
-- mean_revenue: Mean revenue, base currency.
-- description: Who is in it, in words.
-- status: ok, or not_enough_data.
-- as_of_date: Day that it describes.
SELECT kind, segment_id, segment_name, people, round(share_rate, 4) AS share_rate,
       round(mean_recency_days, 1) AS mean_recency_days, round(mean_orders, 1) AS mean_orders,
       mean_revenue::DECIMAL(38, 2) AS mean_revenue, description, status, as_of_date
FROM segments.segments
ORDER BY kind DESC, people DESC, segment_id
