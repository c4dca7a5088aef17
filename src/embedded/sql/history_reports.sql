SELECT DISTINCT report FROM campaign_weeks ORDER BY report
