-- Everybody with a profile has the sums that it is made from, and nobody else has.
-- person_id: Person.
-- summed_orders: Orders by the sums.
-- orders: Orders by the profile.
SELECT person_id, s.orders AS summed_orders, p.orders
FROM (FROM profiles.running_sums WHERE active_days > 0 OR orders > 0 OR refunds > 0) AS s
FULL JOIN profiles.profiles AS p USING (person_id)
WHERE s.orders IS DISTINCT FROM p.orders OR s.revenue IS DISTINCT FROM p.revenue
