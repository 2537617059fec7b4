-- Sessions of one browser, or else account, of a day are more than 30 minutes apart, so no event is in two.
-- event_date: Day.
-- sessions: Sessions that begin before 30 minutes have passed since the one before.
WITH placed AS (
    SELECT event_date, started_at, lag(ended_at) OVER (
               PARTITION BY event_date, regexp_extract(session_id, '-[a-z]+$'), coalesce(anonymous_id, user_id)
               ORDER BY started_at, ended_at, session_id) AS before
    FROM events.sessions
)
SELECT event_date, count(*) AS sessions FROM placed
WHERE started_at <= before + INTERVAL 30 MINUTE
GROUP BY event_date
