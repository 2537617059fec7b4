-- Everybody with events up to the profiles' day has one profile, and the profiles hold all their revenue.
-- people: Persons in the rollup.
-- profiles: Rows of profiles.
-- revenue: Revenue in the rollup, purchases and refunds.
-- profile_revenue: Revenue over the profiles.
WITH day AS (SELECT max(as_of_date) AS as_of_date FROM profiles.profiles),
rollup AS (
    SELECT count(DISTINCT person_id) AS people,
           coalesce(sum(revenue) FILTER (event_name IN ('purchase', 'refund')), 0) AS revenue
    FROM events.daily_activity, day WHERE event_date <= day.as_of_date),
made AS (SELECT count(*) AS profiles, coalesce(sum(revenue), 0) AS profile_revenue FROM profiles.profiles)
SELECT people, profiles, revenue, profile_revenue FROM rollup, made, day
WHERE as_of_date IS NOT NULL AND (people <> profiles OR revenue <> profile_revenue)
