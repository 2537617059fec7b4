-- A destination holds identifiers of people who were in the last delivery, and of nobody else.
-- wrong: Identifiers of others, and people of the last delivery without one.
WITH last_ones AS (
    SELECT delivery_id FROM activation.deliveries
    WHERE delivery_id NOT IN (SELECT previous_id FROM activation.deliveries WHERE previous_id IS NOT NULL)
),
people AS (
    SELECT delivery_id, person_id FROM activation.delivered_people SEMI JOIN last_ones USING (delivery_id)
    WHERE status = 'in'
)
SELECT (SELECT count(*) FROM activation.held_identifiers ANTI JOIN people USING (delivery_id, person_id))
       + (SELECT count(*) FROM people ANTI JOIN activation.held_identifiers USING (delivery_id, person_id)) AS wrong
WHERE wrong > 0
