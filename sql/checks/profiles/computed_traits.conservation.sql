-- Every trait has exactly one kind of value.
-- trait: Trait.
-- rows: Rows with none or several.
SELECT trait, count(*) AS rows
FROM profiles.computed_traits
WHERE (number IS NOT NULL)::INT + (text IS NOT NULL)::INT + (texts IS NOT NULL)::INT + (value_at IS NOT NULL)::INT <> 1
GROUP BY trait
