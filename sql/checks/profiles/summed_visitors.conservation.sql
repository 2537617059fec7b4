-- The sums are those of the persons as they are.
-- visitor_id: Visitor whose person, or whose time with the person, is another one.
SELECT DISTINCT visitor_id
FROM ((SELECT visitor_id, person_id, effective_at, superseded_at FROM profiles.summed_visitors
       EXCEPT SELECT visitor_id, person_id, effective_at, superseded_at FROM identity.visitors)
      UNION (SELECT visitor_id, person_id, effective_at, superseded_at FROM identity.visitors
             EXCEPT SELECT visitor_id, person_id, effective_at, superseded_at FROM profiles.summed_visitors))
