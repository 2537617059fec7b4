-- Everybody with a profile has a stage, with as many orders, and nobody else has.
-- profiles: Profiles.
-- stages: Rows with a stage.
-- orders: Orders over the profiles.
-- stage_orders: Orders over the stages.
SELECT count(p.person_id) AS profiles, count(l.person_id) AS stages, coalesce(sum(p.orders), 0)::BIGINT AS orders,
       coalesce(sum(l.orders), 0)::BIGINT AS stage_orders
FROM profiles.profiles AS p FULL JOIN profiles.lifecycle AS l USING (person_id)
HAVING count(*) <> count(p.person_id) OR count(*) <> count(l.person_id)
    OR coalesce(sum(p.orders), 0) <> coalesce(sum(l.orders), 0)
