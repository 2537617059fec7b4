-- Neighbours and pairs of items are those of the day that their inputs name.
-- as_of_date: Day of a neighbour or pair.
-- made_of: Day of the inputs.
SELECT DISTINCT r.as_of_date, i.fingerprint AS made_of
FROM (SELECT as_of_date FROM recommendations.item_neighbours UNION
      SELECT as_of_date FROM recommendations.bought_together) AS r
LEFT JOIN recommendations.relation_inputs AS i ON i.input = 'as_of'
WHERE r.as_of_date::VARCHAR IS DISTINCT FROM i.fingerprint
