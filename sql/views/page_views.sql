-- One row per page view: the page, who saw it, in which session, and where they came from. Bots are flagged, not left out.
-- event_date: Day in the business's calendar.
-- event_at: When it happened (UTC).
-- event_id: The event in cleaned_events.
-- page_view_id: The tracker's id of the view, where it gives one.
-- session_id: The session in events.sessions; null where neither account nor anonymous id is known.
-- visitor_id: Strongest identifier as type:value; identity.visitors says whose it is.
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
SELECT e.event_date, e.event_at, e.event_id,
       CASE WHEN json_valid(e.properties) THEN e.properties ->> '$.page_view_id' END AS page_view_id,
       coalesce(known.session_id, other.session_id) AS session_id, e.visitor_id, e.user_id, e.anonymous_id,
       e.page_host, e.page_path, e.page_title, e.page_url, e.referrer_host, e.referrer_url, e.search_term,
       e.content_group, e.mkt_source, e.mkt_medium, e.mkt_campaign, e.channel_group, e.country, e.platform,
       e.bot_rule, e.source
FROM events.cleaned_events AS e
LEFT JOIN events.sessions AS known
    ON known.event_date = e.event_date AND known.user_id = e.user_id
   AND e.event_at BETWEEN known.started_at AND known.ended_at
    -- An account that stands for no value gives way to the anonymous id, as in events.sessions.
   AND (e.anonymous_id IS NULL OR coalesce(e.visitor_id, 'user_id:') LIKE 'user_id:%')
LEFT JOIN events.sessions AS other
    ON other.event_date = e.event_date AND other.user_id IS NULL AND other.anonymous_id = e.anonymous_id
   AND e.event_at BETWEEN other.started_at AND other.ended_at
WHERE e.event_name = 'page_view'
