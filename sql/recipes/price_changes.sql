-- Which items have changed in price?
-- The median price of a unit before discounts, in the newest days of the data and in as many days before them; items with
-- at least three lines in both. Weighed goods differ a little by themselves.
-- Also: price increases; what became more expensive or cheaper; price development of products; dearer
-- Empty: Not enough data: no item has three lines in both periods and another price.
-- $days: Days of a period; 28 where it is not set.
-- item_id: Item.
-- item_name: Its name.
-- item_category: Its category.
-- price_before: Median price of a unit in the period before, base currency.
-- price_now: Median price of a unit in the newest period, base currency.
-- change_rate: price_now / price_before - 1.
-- lines_before: Lines in the period before.
-- lines_now: Lines in the newest period.
WITH span AS (SELECT max(order_date) AS newest, coalesce(getvariable('days')::INT, 28) AS days FROM orders.order_items),
priced AS (
    SELECT item_id, (gross_sales / quantity)::DOUBLE AS unit_price, order_date > newest - days AS is_now
    FROM orders.order_items CROSS JOIN span
    WHERE order_date > newest - 2 * days AND quantity > 0 AND gross_sales > 0 AND item_id <> ''
)
SELECT item_id, item_name, item_category, round(median(unit_price) FILTER (NOT is_now), 2) AS price_before,
       round(median(unit_price) FILTER (is_now), 2) AS price_now, round(price_now / nullif(price_before, 0) - 1, 4) AS change_rate,
       count(*) FILTER (NOT is_now) AS lines_before, count(*) FILTER (is_now) AS lines_now
FROM priced LEFT JOIN item_catalogue USING (item_id)
GROUP BY ALL
HAVING lines_before >= 3 AND lines_now >= 3 AND change_rate <> 0
ORDER BY abs(change_rate) DESC, lines_now DESC, item_id
LIMIT 100;
