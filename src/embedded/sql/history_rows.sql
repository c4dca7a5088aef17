SELECT
    campaign_id, week_start_date, report, week, account, campaign, campaign_name, currency, spend,
    impressions, clicks, link_clicks, landing_page_views, meta_leads, crm_leads, known_at
FROM campaign_weeks
WHERE report = ?1
ORDER BY campaign_id, week_start_date
