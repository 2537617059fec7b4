-- Every choice that somebody made up to the profiles' day stands in the consent of that person.
-- missing: Persons and purposes without.
WITH zone AS (
    -- The business's time zone, of whose calendar the day is: commits book it, unless it is UTC.
    SELECT coalesce(nullif(regexp_extract(max(settings_id), 'zone=(\S+)', 1), ''), 'UTC') AS time_zone
    FROM ops.current_commits WHERE table_name = 'profiles.consent'),
day AS (SELECT max(as_of_date) AS as_of_date, any_value(time_zone) AS time_zone FROM zone, profiles.profiles),
made AS (
    SELECT DISTINCT v.person_id, c.purpose
    FROM day JOIN ingest.raw_consents AS c
      ON (c.changed_at AT TIME ZONE 'UTC' AT TIME ZONE day.time_zone)::DATE <= day.as_of_date
    JOIN identity.visitors AS v
      ON v.visitor_id = coalesce('user_id:' || c.user_id, 'anonymous_id:' || c.anonymous_id, 'email:' || c.email)
     AND c.changed_at >= coalesce(v.effective_at, '-infinity') AND c.changed_at < coalesce(v.superseded_at, 'infinity'))
SELECT count(*) AS missing FROM made ANTI JOIN profiles.consent USING (person_id, purpose) HAVING count(*) > 0
