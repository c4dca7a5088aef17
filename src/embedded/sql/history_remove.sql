DELETE FROM campaign_weeks WHERE campaign_id = ?1 AND week_start_date = ?2
