-- Every event of a visitor, known or anonymous, is in one session of its day.
-- event_date: Day.
-- events: Events of visitors.
-- in_sessions: Events over the sessions.
SELECT event_date, coalesce(e.events, 0) AS events, coalesce(s.events, 0) AS in_sessions
FROM (SELECT event_date, count(*) AS events FROM events.cleaned_events
      WHERE coalesce(user_id, anonymous_id) IS NOT NULL GROUP BY 1) AS e
FULL JOIN (SELECT event_date, sum(events)::BIGINT AS events FROM events.sessions GROUP BY 1) AS s USING (event_date)
WHERE coalesce(e.events, 0) <> coalesce(s.events, 0)
