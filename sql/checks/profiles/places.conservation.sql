-- Every country and city that events say somebody was in up to the profiles' day is there, at its newest time.
-- missing: Newest events of a person, source and place that the table does not have.
-- unsaid: Rows that no event says.
WITH day AS (SELECT max(as_of_date) AS as_of_date FROM profiles.profiles),
seen AS (
    SELECT v.person_id, e.source, e.country, e.city, max(e.event_at) AS observed_at
    FROM day JOIN events.cleaned_events AS e
      ON e.event_date <= day.as_of_date AND (e.country IS NOT NULL OR e.city IS NOT NULL)
    JOIN identity.visitors AS v
      ON v.visitor_id = e.visitor_id AND e.event_at >= coalesce(v.effective_at, '-infinity')
     AND e.event_at < coalesce(v.superseded_at, 'infinity')
    GROUP BY ALL),
told AS (
    SELECT person_id, field, value, source, max(observed_at) AS observed_at
    FROM (SELECT person_id, 'country' AS field, country AS value, source, observed_at FROM seen
          UNION ALL SELECT person_id, 'city', city, source, observed_at FROM seen)
    WHERE value IS NOT NULL GROUP BY ALL)
SELECT count(*) FILTER (p.person_id IS NULL OR p.observed_at <> t.observed_at) AS missing,
       count(*) FILTER (t.person_id IS NULL) AS unsaid
FROM told AS t FULL JOIN profiles.places AS p USING (person_id, field, value, source)
HAVING missing > 0 OR unsaid > 0
