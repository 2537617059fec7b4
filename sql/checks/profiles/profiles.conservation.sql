-- Every person with events up to the profiles' day has one profile, and the profiles hold all their revenue.
-- people: Persons in the rollup.
-- profiles: Rows of profiles.
-- revenue: Revenue in the rollup, purchases and refunds.
-- profile_revenue: Revenue over the profiles.
WITH day AS (SELECT max(as_of_date) AS as_of_date FROM profiles.profiles),
rollup AS (
    SELECT count(DISTINCT v.person_id) AS people,
           coalesce(sum(a.revenue) FILTER (a.event_name IN ('purchase', 'refund')), 0) AS revenue
    FROM day JOIN events.daily_activity AS a ON a.event_date <= day.as_of_date
    JOIN identity.visitors AS v
      ON v.visitor_id = a.visitor_id AND a.first_event_at >= coalesce(v.effective_at, '-infinity')
     AND a.first_event_at < coalesce(v.superseded_at, 'infinity')),
made AS (SELECT count(*) AS profiles, coalesce(sum(revenue), 0) AS profile_revenue FROM profiles.profiles)
SELECT people, profiles, revenue, profile_revenue FROM rollup, made, day
WHERE as_of_date IS NOT NULL AND (people <> profiles OR revenue <> profile_revenue)
