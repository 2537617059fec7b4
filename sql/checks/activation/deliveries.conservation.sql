-- The people of every delivery are those that it counts.
-- wrong: Deliveries whose people are others than they count, or not all there.
SELECT count(*) AS wrong
FROM (SELECT d.delivery_id
      FROM activation.deliveries AS d LEFT JOIN activation.delivered_people AS p USING (delivery_id)
      GROUP BY d.delivery_id, people_in, people_out, people_removed
      HAVING people_in <> count(*) FILTER (p.status = 'in') OR people_out <> count(*) FILTER (p.status = 'out')
          OR people_removed <> count(*) FILTER (p.status = 'removed'))
HAVING count(*) > 0
