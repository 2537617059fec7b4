-- Every person with an event, order or reversal up to the profiles' day has one profile; they hold all net sales.
-- people: Persons who did something.
-- profiles: Rows of profiles.
-- revenue: Net sales of persons' orders less their reversals.
-- profile_revenue: Revenue over the profiles.
WITH day AS (SELECT max(as_of_date) AS as_of_date FROM profiles.profiles),
done AS (
    SELECT visitor_id, event_date AS day, first_event_at AS at, 0 AS revenue FROM events.daily_activity
    UNION ALL SELECT visitor_id, order_date, ordered_at, net_sales FROM orders.orders WHERE counts
    UNION ALL SELECT visitor_id, reversal_date, reversed_at, -sales_reversals FROM orders.reversals),
persons AS (
    SELECT count(DISTINCT v.person_id) AS people, coalesce(sum(d.revenue), 0) AS revenue
    FROM day JOIN done AS d ON d.day <= day.as_of_date
    JOIN identity.visitors AS v
      ON v.visitor_id = d.visitor_id AND d.at >= coalesce(v.effective_at, '-infinity')
     AND d.at < coalesce(v.superseded_at, 'infinity')),
made AS (SELECT count(*) AS profiles, coalesce(sum(revenue), 0) AS profile_revenue FROM profiles.profiles)
SELECT people, profiles, revenue, profile_revenue FROM persons, made, day
WHERE as_of_date IS NOT NULL AND (people <> profiles OR revenue <> profile_revenue)
