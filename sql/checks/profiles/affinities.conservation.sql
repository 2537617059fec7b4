-- The affinities of a person to the values of one attribute sum to 1, where these are all values and not the largest 20.
-- attribute: Attribute.
-- people: People for whom they do not.
SELECT attribute, count(*) AS people
FROM (SELECT attribute, person_id FROM profiles.affinities GROUP BY ALL
      HAVING sum(affinity) > 1 + 1e-6 OR (count(*) < 20 AND sum(affinity) < 1 - 1e-6))
GROUP BY attribute
