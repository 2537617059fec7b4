-- One row per product ever bought: buyers, units and revenue, best sellers first.
-- item_id: Product.
-- item_category: Category of the catalogue.
-- item_category2: Sub-category of the catalogue.
-- item_brand: Brand.
-- buyers: Persons who bought it.
-- orders: Orders with it.
-- quantity: Units; weighed goods and fuel count in their own unit.
-- revenue: Net sales of its lines, base currency; what was taken back of whole orders is not told by product.
-- revenue_share_rate: Share of all item revenue, 0..1.
-- last_sold_date: Newest day with a sale.
SELECT i.item_id, r.item_category, r.item_category2, r.item_brand,
       count(DISTINCT v.person_id) AS buyers,
       count(DISTINCT i.order_id) AS orders,
       sum(i.quantity) AS quantity,
       sum(i.net_sales)::DECIMAL(38, 2) AS revenue,
       round((sum(i.net_sales) / nullif(sum(sum(i.net_sales)) OVER (), 0))::DOUBLE, 6) AS revenue_share_rate,
       max(i.order_date) AS last_sold_date
FROM orders.order_items AS i LEFT JOIN ingest.raw_items AS r USING (item_id)
LEFT JOIN identity.visitors AS v
  ON v.visitor_id = i.visitor_id AND i.ordered_at >= coalesce(v.effective_at, '-infinity')
 AND i.ordered_at < coalesce(v.superseded_at, 'infinity')
WHERE i.item_id <> ''
GROUP BY ALL
ORDER BY revenue DESC, i.item_id
