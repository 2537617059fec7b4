-- The sums were made with the brands and categories that the catalogue has.
-- item_id: Item whose brand or category differs.
SELECT coalesce(s.item_id, i.item_id) AS item_id
FROM profiles.summed_items AS s
FULL JOIN (FROM ingest.raw_items WHERE item_brand IS NOT NULL OR item_category IS NOT NULL) AS i USING (item_id)
WHERE s.item_brand IS DISTINCT FROM i.item_brand OR s.item_category IS DISTINCT FROM i.item_category
