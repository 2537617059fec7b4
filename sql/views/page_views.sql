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
WITH of_browsers AS (FROM events.sessions WHERE ends_with(session_id, '-browser')),
of_others AS (FROM events.sessions WHERE NOT ends_with(session_id, '-browser')),
views AS (
    SELECT e.*, s.session_id AS own_session_id
    FROM events.cleaned_events AS e LEFT JOIN of_browsers AS s
      ON s.event_date = e.event_date AND s.anonymous_id = e.anonymous_id
     AND e.event_at BETWEEN s.started_at AND s.ended_at
    WHERE e.event_name = 'page_view'
),
-- A view without a browser joined the one browser on which its account was seen within 30 minutes.
joined AS (
    SELECT v.event_date, v.event_id, v.event_at, min(e.anonymous_id) AS anonymous_id
    FROM views AS v JOIN events.cleaned_events AS e
      ON e.event_date = v.event_date AND e.user_id = v.user_id
     AND e.event_at BETWEEN v.event_at - INTERVAL 30 MINUTE AND v.event_at + INTERVAL 30 MINUTE
    SEMI JOIN of_browsers AS s ON s.event_date = e.event_date AND s.anonymous_id = e.anonymous_id
    WHERE v.own_session_id IS NULL AND v.kind = 'events'
    GROUP BY ALL HAVING count(DISTINCT e.anonymous_id) = 1
)
SELECT v.event_date, v.event_at, v.event_id,
       CASE WHEN json_valid(v.properties) THEN v.properties ->> '$.page_view_id' END AS page_view_id,
       coalesce(v.own_session_id,
                -- An account that stands for no value joins nobody.
                CASE WHEN ends_with(alone.session_id, '-account') THEN alone.session_id END,
                theirs.session_id, alone.session_id) AS session_id,
       v.visitor_id, v.user_id, v.anonymous_id, v.page_host, v.page_path, v.page_title, v.page_url, v.referrer_host,
       v.referrer_url, v.search_term, v.content_group, v.mkt_source, v.mkt_medium, v.mkt_campaign, v.channel_group,
       v.country, v.platform, v.bot_rule, v.source
FROM views AS v
LEFT JOIN joined AS j ON j.event_date = v.event_date AND j.event_id = v.event_id
LEFT JOIN of_browsers AS theirs
    ON theirs.event_date = j.event_date AND theirs.anonymous_id = j.anonymous_id
   AND j.event_at BETWEEN theirs.started_at AND theirs.ended_at
LEFT JOIN of_others AS alone
    ON alone.event_date = v.event_date AND v.own_session_id IS NULL
   AND coalesce(alone.user_id, alone.anonymous_id) = coalesce(v.user_id, v.anonymous_id)
   AND (alone.user_id IS NULL) = (v.user_id IS NULL) AND (alone.kind = 'shop_visit') = (v.kind = 'orders')
   AND v.event_at BETWEEN alone.started_at AND alone.ended_at
