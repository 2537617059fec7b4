-- Every pair of a day, up to the last day that the edges were made of, is an edge with all its events.
-- missing: Pairs that are no edge.
-- events: Events of the pairs by day.
-- edge_events: Events over the edges.
WITH known AS (SELECT max(event_date) AS day FROM identity.inputs WHERE input = 'day'),
daily AS (
    SELECT type_a, value_a, type_b, value_b, sum(events)::BIGINT AS events
    FROM identity.daily_edges, known WHERE event_date <= day GROUP BY ALL)
SELECT count(*) FILTER (e.type_a IS NULL) AS missing, sum(d.events)::BIGINT AS events,
       coalesce(sum(e.events), 0)::BIGINT AS edge_events
FROM daily AS d LEFT JOIN identity.edges AS e USING (type_a, value_a, type_b, value_b)
HAVING count(*) FILTER (e.type_a IS NULL) > 0 OR sum(d.events) <> sum(e.events)
