-- Every customer record with a country, up to the profiles' day, gives its person one.
-- missing: Persons without.
WITH zone AS (
    -- The business's time zone, of whose calendar the day is: commits book it, unless it is UTC.
    SELECT coalesce(nullif(regexp_extract(max(settings_id), 'zone=(\S+)', 1), ''), 'UTC') AS time_zone
    FROM ops.current_commits WHERE table_name = 'profiles.demographics'),
day AS (SELECT max(as_of_date) AS as_of_date, any_value(time_zone) AS time_zone FROM zone, profiles.profiles),
told AS (
    SELECT DISTINCT v.person_id
    FROM day JOIN ingest.raw_customers AS c
      ON c.country IS NOT NULL AND coalesce((c.updated_at AT TIME ZONE 'UTC' AT TIME ZONE day.time_zone)::DATE, day.as_of_date) <= day.as_of_date
    JOIN identity.visitors AS v ON v.visitor_id = 'user_id:' || c.user_id)
SELECT count(*) AS missing
FROM told ANTI JOIN (SELECT person_id FROM profiles.demographics WHERE field = 'country') USING (person_id)
HAVING count(*) > 0
