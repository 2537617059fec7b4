-- Every pair of a day, up to the last day that the edges were made of, is an edge with all its events; so is every
-- visitor of an order with another of its visitors, but that an order of several accounts pairs the accounts alone.
-- missing: Pairs that are no edge.
-- events: Events of the pairs by day.
-- edge_events: Events over the edges.
-- unpaired: Visitors of orders without an edge to another visitor of the order.
WITH known AS (SELECT max(event_date) AS day FROM identity.inputs WHERE input = 'day'),
daily AS (
    SELECT type_a, value_a, type_b, value_b, sum(events)::BIGINT AS events
    FROM identity.daily_edges, known WHERE event_date <= day GROUP BY ALL),
-- No zone is more than 14 hours before UTC, so what was reported until 10:00 UTC was so by the end of the day anywhere.
reported AS (
    SELECT order_id, visitor_id, starts_with(visitor_id, 'user_id:') AS is_account
    FROM orders.order_visitors, known WHERE order_date <= day AND first_seen_at < day + INTERVAL 10 HOUR),
wanted AS (
    SELECT order_id, visitor_id FROM reported
    WINDOW of_order AS (PARTITION BY order_id)
    QUALIFY count(*) OVER of_order > 1 AND (is_account OR count(*) FILTER (is_account) OVER of_order < 2)),
ends AS (
    SELECT type_a || ':' || value_a AS a, type_b || ':' || value_b AS b FROM identity.edges WHERE type_b <> ''),
paired AS (
    SELECT r.order_id, r.visitor_id FROM reported AS r JOIN ends ON visitor_id = a
    JOIN reported AS o ON o.order_id = r.order_id AND o.visitor_id = b
    UNION SELECT r.order_id, r.visitor_id FROM reported AS r JOIN ends ON visitor_id = b
    JOIN reported AS o ON o.order_id = r.order_id AND o.visitor_id = a),
found AS (
    SELECT count(*) FILTER (e.type_a IS NULL) AS missing, sum(d.events)::BIGINT AS events,
           coalesce(sum(e.events), 0)::BIGINT AS edge_events
    FROM daily AS d LEFT JOIN identity.edges AS e USING (type_a, value_a, type_b, value_b))
SELECT missing, events, edge_events, unpaired
FROM found, (SELECT count(*) AS unpaired FROM wanted ANTI JOIN paired USING (order_id, visitor_id))
WHERE missing > 0 OR events <> edge_events OR unpaired > 0
