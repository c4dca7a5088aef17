-- The history table: one row a campaign and week, keyed like the table in the cloud. A projection:
-- other tools may read it, `weekledger rebuild` makes it anew.
CREATE TABLE campaign_weeks (
    -- <report>#<campaign>
    campaign_id TEXT NOT NULL,
    -- The Monday, such as 2026-11-16.
    week_start_date TEXT NOT NULL,
    report TEXT NOT NULL,
    week TEXT NOT NULL,
    account TEXT NOT NULL,
    campaign TEXT NOT NULL,
    campaign_name TEXT NOT NULL,
    currency TEXT NOT NULL,
    -- An exact decimal. Sums in SQL go through floats, so take care with money.
    spend TEXT NOT NULL,
    impressions INTEGER NOT NULL,
    clicks INTEGER NOT NULL,
    link_clicks INTEGER NOT NULL,
    landing_page_views INTEGER NOT NULL,
    meta_leads INTEGER NOT NULL,
    -- NULL if the week's contacts are not known.
    crm_leads INTEGER,
    -- When this was known, in UTC, always with nine digits of a second, so that texts compare.
    known_at TEXT NOT NULL,
    PRIMARY KEY (campaign_id, week_start_date)
) STRICT;
