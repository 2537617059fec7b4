-- The paths of each task count all of its people with a list and all of its places.
-- task: Task whose counts differ.
-- people: People with a list by serving_paths.
-- lists: Lists in recommendations.
SELECT p.task, p.people, coalesce(r.lists, 0) AS lists
FROM (SELECT task, sum(people) FILTER (served_by <> 'none') AS people, sum(places) AS places
      FROM recommendations.serving_paths GROUP BY task) AS p
FULL JOIN (SELECT task, count(DISTINCT person_id) AS lists, count(*) AS places
           FROM recommendations.recommendations GROUP BY task) AS r USING (task)
WHERE coalesce(p.people, 0) <> coalesce(r.lists, 0) OR coalesce(p.places, 0) <> coalesce(r.places, 0)
