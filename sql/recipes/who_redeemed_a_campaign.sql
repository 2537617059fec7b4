-- Who redeemed a coupon of a campaign?
-- One row per person, also outside of the campaign's dates and audience. Strike out who must not be contacted before you
-- write to anybody.
-- Also: who redeemed; which customers used the voucher of campaign 18; people who reacted to a mailing
-- Empty: Not enough data: no redemption of this campaign is known; the view campaign_roi has all campaigns.
-- $campaign: Id or name of the campaign; the one that most people redeemed where it is not set.
-- campaign_id: Campaign.
-- campaign_name: Its name, or its id.
-- person_id: The person.
-- user_id: The person's account.
-- rfm_group: The person's RFM group.
-- was_reached: Whether the person was in the campaign's audience.
-- redemptions: Redemptions.
-- first_redeemed_date: Day of the first one.
-- last_redeemed_date: Day of the last one.
WITH asked AS (
    SELECT campaign_id, campaign_name FROM campaign_roi
    WHERE coalesce(getvariable('campaign') IN (campaign_id, campaign_name), redeemed > 0)
    ORDER BY redeemed DESC, campaign_id LIMIT 1
)
SELECT campaign_id, campaign_name, person_id, p.user_id, v.rfm_group,
       (campaign_id, p.user_id) IN (SELECT (campaign_id, user_id) FROM ingest.raw_campaign_audiences) AS was_reached,
       count(*) AS redemptions, min(event_date) AS first_redeemed_date, max(event_date) AS last_redeemed_date
FROM events.cleaned_events AS e JOIN asked USING (campaign_id) JOIN identity.visitors AS i
  ON i.visitor_id = e.visitor_id AND e.event_at >= coalesce(i.effective_at, '-infinity')
 AND e.event_at < coalesce(i.superseded_at, 'infinity')
JOIN identity.persons AS p USING (person_id) LEFT JOIN profiles.profiles AS v USING (person_id)
WHERE event_name = 'coupon_redemption'
GROUP BY ALL
ORDER BY redemptions DESC, person_id;
