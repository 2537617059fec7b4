-- One row per event and item line of it, with the person, the item and the session; one row for an event without items.
-- Orders and money are in orders_of_persons: several events may tell of one order.
-- Slow because it has a row for every item line (1.5 million in the demo): ask for some days or event names.
-- event_date: Day in the business's calendar.
-- event_at: When it happened (UTC).
-- event_id: The event in events.cleaned_events.
-- event_name: GA4 event name.
-- person_id: The person, by identity.visitors at the time of the event; null for unknown ones.
-- visitor_id: Strongest identifier of the event, as type:value.
-- session_id: The session in events.sessions; null where neither account nor anonymous id is known.
-- channel_group: Channel of the session.
-- platform: web, ios, android, ...
-- country: Country, as the source gives it.
-- page_path: Path of the page.
-- search_term: What was searched for on the site.
-- content_group: Topic or section of the content.
-- order_number: Number of the order that the event names.
-- campaign_id: Campaign that the source names.
-- coupon: Coupon code.
-- line: Item line within the event, from 1; null for an event without items.
-- item_id: Product.
-- item_name: Its name, from item_catalogue.
-- item_category: Its category, from item_catalogue, else as the event names it.
-- item_brand: Its brand, from item_catalogue.
-- price: Price of one unit, base currency.
-- quantity: Units of the line.
-- is_bot: Whether its user agent is a bot's.
-- source: Source in dmp.yaml.
SELECT e.event_date, e.event_at, e.event_id, e.event_name, v.person_id, e.visitor_id, s.session_id, n.channel_group,
       e.platform, e.country, e.page_path, e.search_term, e.content_group, e.transaction_id AS order_number,
       e.campaign_id, e.coupon, i.line, nullif(i.item_id, '') AS item_id,
       coalesce(c.item_name, i.item_name) AS item_name,
       coalesce(c.item_category, i.item_category) AS item_category, coalesce(c.item_brand, i.item_brand) AS item_brand,
       i.price, i.quantity, e.bot_rule IS NOT NULL AS is_bot, e.source
FROM events.cleaned_events AS e
LEFT JOIN events.event_items AS i ON i.event_date = e.event_date AND i.event_id = e.event_id
LEFT JOIN item_catalogue AS c ON c.item_id = i.item_id
LEFT JOIN sessions_of_events AS s ON s.event_date = e.event_date AND s.event_id = e.event_id
LEFT JOIN events.sessions AS n ON n.session_id = s.session_id AND n.event_date = e.event_date
LEFT JOIN identity.visitors AS v
  ON v.visitor_id = e.visitor_id AND e.event_at >= coalesce(v.effective_at, '-infinity')
 AND e.event_at < coalesce(v.superseded_at, 'infinity')
