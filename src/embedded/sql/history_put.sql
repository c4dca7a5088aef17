INSERT INTO campaign_weeks (
    campaign_id, week_start_date, report, week, account, campaign, campaign_name, currency, spend,
    impressions, clicks, link_clicks, landing_page_views, meta_leads, crm_leads, known_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
ON CONFLICT (campaign_id, week_start_date) DO UPDATE SET
    report = excluded.report,
    week = excluded.week,
    account = excluded.account,
    campaign = excluded.campaign,
    campaign_name = excluded.campaign_name,
    currency = excluded.currency,
    spend = excluded.spend,
    impressions = excluded.impressions,
    clicks = excluded.clicks,
    link_clicks = excluded.link_clicks,
    landing_page_views = excluded.landing_page_views,
    meta_leads = excluded.meta_leads,
    crm_leads = excluded.crm_leads,
    known_at = excluded.known_at
WHERE excluded.known_at >= campaign_weeks.known_at
