-- Daily counts of events with the person they belong to: one row per person, visitor id, day, event name and category.
-- Orders, money and what was bought are in orders.orders and orders.order_items.
-- event_date: Day in the business's calendar.
-- person_id: The person, by identity.visitors at the time of the first of these events.
-- visitor_id: Strongest identifier of the events, as type:value.
-- event_name: GA4 event name.
-- item_category: Category of the item lines; empty for events without items.
-- events: Events.
-- items: Item lines.
-- first_event_at: First of these events (UTC).
-- last_event_at: Last of these events (UTC).
SELECT a.event_date, v.person_id, a.visitor_id, a.event_name, a.item_category, a.events, a.items, a.first_event_at,
       a.last_event_at
FROM events.daily_activity AS a JOIN identity.visitors AS v
  ON v.visitor_id = a.visitor_id AND a.first_event_at >= coalesce(v.effective_at, '-infinity')
 AND a.first_event_at < coalesce(v.superseded_at, 'infinity')
