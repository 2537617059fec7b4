-- No event id that a source gives is on more than one day: an event counts once a day, so such an event counts again.
-- Ids made here hold the event's microseconds and cannot repeat; an order may well have lines of several days.
-- warns
-- source: Source in dmp.yaml.
-- ids: Event ids of the source that are on more than one day.
-- events: Events of these ids, of which all but one of each id may be repetitions.
-- first_day: First day with such an event.
-- last_day: Last day with such an event.
WITH suspects AS (
    SELECT hash(source, event_id) AS id_hash
    FROM events.cleaned_events
    GROUP BY id_hash
    HAVING min(event_date) <> max(event_date)
),
orders AS (SELECT DISTINCT source FROM ingest.landing_files WHERE kind = 'orders'),
repeated AS (
    SELECT source, event_id, count(*) AS n, min(event_date) AS first_day, max(event_date) AS last_day
    FROM events.cleaned_events
    SEMI JOIN suspects ON hash(source, event_id) = id_hash
    ANTI JOIN orders USING (source)
    GROUP BY source, event_id
    HAVING min(event_date) <> max(event_date)
)
SELECT source, count(*) AS ids, sum(n)::BIGINT AS events, min(first_day) AS first_day, max(last_day) AS last_day
FROM repeated
GROUP BY source
ORDER BY source
