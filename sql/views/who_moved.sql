-- One row per run, cause and pair of persons: how many identifiers went from one person to another, and why.
-- moved_at: When the run found it (UTC).
-- as_of_date: Last day that the run described.
-- reason: blocked, unblocked, super_node, shared, split, released, merged, renamed, reassigned, earlier_day, records_gone.
-- cause: Identifier or pair behind it, as type and value; empty where there is none.
-- from_person_id: The person before; null: they were nobody's.
-- to_person_id: The person since then; null: they are nobody's.
-- identifiers: How many moved.
-- moved: Which ones, as type:value.
SELECT moved_at, as_of_date, reason, trim(concat_ws(' ', type_a, value_a, type_b, value_b)) AS cause,
       from_person_id, to_person_id, count(*) AS identifiers,
       list(identifier_type || ':' || identifier ORDER BY identifier_type, identifier) AS moved
FROM identity.moves
GROUP BY ALL
ORDER BY moved_at DESC, identifiers DESC, reason, cause, from_person_id, to_person_id
