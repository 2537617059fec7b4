-- One row per item: what it is called, from the catalogue's source, else as events and orders named it last.
-- item_id: Product.
-- item_name: Name.
-- item_category: Category: the level that profiles and reports use.
-- item_category2: Sub-category; only a catalogue's source gives it.
-- item_brand: Brand.
-- item_department: Widest grouping; only a catalogue's source gives it.
-- price: Price of one unit seen last in an event or order, base currency; null where none was.
-- is_in_catalogue: Whether a source of kind items has it.
-- display_name: What to call it: its name, else its finest category and id, else its id.
SELECT item_id, item_name, item_category, item_category2, item_brand, item_department, price, is_in_catalogue,
       coalesce(item_name, format('{} ({})', coalesce(item_category2, item_category), item_id), item_id) AS display_name
FROM analytics.items
