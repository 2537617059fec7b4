-- The sums were made with the brands that the catalogue has.
-- item_id: Item whose brand differs.
SELECT coalesce(s.item_id, i.item_id) AS item_id
FROM profiles.summed_brands AS s FULL JOIN (FROM ingest.raw_items WHERE item_brand IS NOT NULL) AS i USING (item_id)
WHERE s.item_brand IS DISTINCT FROM i.item_brand
