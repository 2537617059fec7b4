-- Everybody with a session of known channel on web or app up to the profiles' day is in the table.
-- missing: People who are not.
WITH day AS (SELECT max(as_of_date) AS as_of_date FROM profiles.profiles),
seen AS (
    SELECT DISTINCT v.person_id
    FROM day JOIN events.sessions AS s ON s.event_date <= day.as_of_date AND s.channel_group IS NOT NULL
      AND s.kind = 'session' AND NOT s.is_server_side
    JOIN identity.visitors AS v
      ON v.visitor_id = s.visitor_id AND s.started_at >= coalesce(v.effective_at, '-infinity')
     AND s.started_at < coalesce(v.superseded_at, 'infinity'))
SELECT count(*) AS missing FROM seen ANTI JOIN profiles.touches USING (person_id) HAVING count(*) > 0
