-- One row per event that is in a session or shop visit: which one.
-- event_date: Day in the business's calendar.
-- event_id: The event in events.cleaned_events.
-- session_id: The session in events.sessions.
WITH of_browsers AS (FROM events.sessions WHERE ends_with(session_id, '-browser')),
of_others AS (
    SELECT event_date, session_id, started_at, ended_at, coalesce(user_id, anonymous_id) AS owner,
           user_id IS NULL AS is_anonymous, kind = 'shop_visit' AS is_order
    FROM events.sessions WHERE NOT ends_with(session_id, '-browser')
),
of_events AS (
    SELECT e.event_date, e.event_id, e.event_at, e.kind = 'orders' AS is_order, e.user_id, e.anonymous_id, s.session_id,
           CASE WHEN s.session_id IS NULL THEN coalesce(e.user_id, e.anonymous_id) END AS owner,
           e.user_id IS NULL AS is_anonymous
    FROM events.cleaned_events AS e LEFT JOIN of_browsers AS s
      ON s.event_date = e.event_date AND s.anonymous_id = e.anonymous_id
     AND e.event_at BETWEEN s.started_at AND s.ended_at
),
-- An event without a browser joined the one browser on which its account was seen within 30 minutes.
joined AS (
    SELECT v.event_date, v.event_id, v.event_at, min(e.anonymous_id) AS anonymous_id
    FROM of_events AS v JOIN of_events AS e
      ON e.event_date = v.event_date AND e.user_id = v.user_id
     AND e.event_at BETWEEN v.event_at - INTERVAL 30 MINUTE AND v.event_at + INTERVAL 30 MINUTE
    WHERE v.session_id IS NULL AND NOT v.is_order AND e.session_id IS NOT NULL
    GROUP BY ALL HAVING count(DISTINCT e.anonymous_id) = 1
)
FROM (
    SELECT v.event_date, v.event_id,
           coalesce(v.session_id,
                    -- An account that stands for no value joins nobody.
                    CASE WHEN ends_with(alone.session_id, '-account') THEN alone.session_id END,
                    theirs.session_id, alone.session_id) AS session_id
    FROM of_events AS v
    LEFT JOIN joined AS j ON j.event_date = v.event_date AND j.event_id = v.event_id
    LEFT JOIN of_browsers AS theirs
        ON theirs.event_date = j.event_date AND theirs.anonymous_id = j.anonymous_id
       AND j.event_at BETWEEN theirs.started_at AND theirs.ended_at
    LEFT JOIN of_others AS alone
        ON alone.event_date = v.event_date AND alone.owner = v.owner AND alone.is_anonymous = v.is_anonymous
       AND alone.is_order = v.is_order
       AND v.event_at BETWEEN alone.started_at AND alone.ended_at
)
WHERE session_id IS NOT NULL
