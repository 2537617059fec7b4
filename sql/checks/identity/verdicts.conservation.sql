-- Every identifier that connects nobody has a verdict that says why.
-- unexplained: Blocked identifiers and super-nodes without one.
SELECT count(*) AS unexplained
FROM identity.identifiers AS i
WHERE i.verdict IN ('blocked', 'super_node') AND NOT EXISTS (
    SELECT 1 FROM identity.verdicts AS v
    WHERE v.type_a = i.identifier_type AND v.value_a = i.identifier AND v.type_b = '')
HAVING count(*) > 0
