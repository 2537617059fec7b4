-- One row per page view: the page, who saw it, in which session, and where they came from. Bots are flagged, not left out.
-- event_date: Day in the business's calendar.
-- event_at: When it happened (UTC).
-- event_id: The event in cleaned_events.
-- page_view_id: The tracker's id of the view, where it gives one.
-- session_id: The session in events.sessions; null where neither account nor anonymous id is known.
-- person_id: The person, by identity.visitors at the time of the view; null for unknown ones.
-- visitor_id: Strongest identifier as type:value.
-- user_id: The account; null for anonymous visitors.
-- anonymous_id: Device or cookie id.
-- page_host: Host of the page.
-- page_path: Path of the page.
-- page_title: Title of the page.
-- page_url: Address of the page.
-- referrer_host: Host of the page before.
-- referrer_url: Address of the page before.
-- search_term: What was searched for on the site.
-- content_group: Topic or section of the content.
-- mkt_source: Source of the campaign.
-- mkt_medium: Medium of the campaign.
-- mkt_campaign: Campaign.
-- channel_group: Default channel group; null on inner links.
-- country: Country, as the source gives it.
-- platform: web, ios, android, ...
-- bot_rule: Rule by which the user agent is a bot's; null for people.
-- source: Source in dmp.yaml.
SELECT v.event_date, v.event_at, v.event_id,
       CASE WHEN json_valid(v.properties) THEN v.properties ->> '$.page_view_id' END AS page_view_id,
       s.session_id, o.person_id, v.visitor_id, v.user_id, v.anonymous_id, v.page_host, v.page_path, v.page_title, v.page_url,
       v.referrer_host, v.referrer_url, v.search_term, v.content_group, v.mkt_source, v.mkt_medium, v.mkt_campaign,
       v.channel_group, v.country, v.platform, v.bot_rule, v.source
FROM events.cleaned_events AS v
LEFT JOIN sessions_of_events AS s ON s.event_date = v.event_date AND s.event_id = v.event_id
LEFT JOIN identity.visitors AS o
  ON o.visitor_id = v.visitor_id AND v.event_at >= coalesce(o.effective_at, '-infinity')
 AND v.event_at < coalesce(o.superseded_at, 'infinity')
WHERE v.event_name = 'page_view'
