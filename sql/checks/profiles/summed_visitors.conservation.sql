-- The sums were made with the visitors, persons and periods that identity.visitors has.
-- visitor_id: Visitor whose person or period differs.
SELECT DISTINCT visitor_id
FROM ((SELECT visitor_id, person_id, effective_at, superseded_at FROM profiles.summed_visitors
       EXCEPT SELECT visitor_id, person_id, effective_at, superseded_at FROM identity.visitors)
      UNION (SELECT visitor_id, person_id, effective_at, superseded_at FROM identity.visitors
             EXCEPT SELECT visitor_id, person_id, effective_at, superseded_at FROM profiles.summed_visitors))
