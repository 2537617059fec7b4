-- Every item that a catalogue, an event or an order names has one row, and no other has one.
-- missing: Items without a row.
-- unfounded: Rows of items that nothing names.
WITH named AS (
    SELECT item_id FROM ingest.raw_items
    UNION SELECT item_id FROM events.event_items WHERE item_id <> ''
    UNION SELECT item_id FROM orders.order_items WHERE item_id <> ''
)
SELECT count(*) FILTER (i.item_id IS NULL) AS missing, count(*) FILTER (n.item_id IS NULL) AS unfounded
FROM named AS n FULL JOIN analytics.items AS i ON i.item_id = n.item_id
HAVING missing > 0 OR unfounded > 0
