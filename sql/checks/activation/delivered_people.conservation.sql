-- Everybody who is in or out is of a delivery, and who is out has a reason, and who is in has none.
-- wrong: People of no delivery, out without a reason, or in with one.
SELECT count(*) AS wrong
FROM activation.delivered_people AS p LEFT JOIN activation.deliveries AS d USING (delivery_id)
WHERE d.delivery_id IS NULL OR (p.status = 'in') <> (p.reason IS NULL)
HAVING count(*) > 0
