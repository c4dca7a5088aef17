//! The cast: the properties, campaigns and ad sets of the invented world, and what befalls them.

/// A property as planned. All money is in cents, all shares in per mille.
pub(super) struct PropertyPlan {
    pub(super) name: &'static str,
    pub(super) account: u64,
    pub(super) currency: &'static str,
    pub(super) timezone: &'static str,
    pub(super) site: &'static str,
    /// Monday to Sunday, share of an ordinary day's delivery.
    pub(super) weekdays: [u64; 7],
    /// Whether insights carry the roll-up `lead`, or component types only.
    pub(super) roll_up: bool,
    /// Whether the tracking outage strikes here.
    pub(super) outage: bool,
    /// Contacts a day that no advertisement brought.
    pub(super) other_contacts: u64,
    pub(super) campaigns: &'static [CampaignPlan],
}

pub(super) struct CampaignPlan {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) objective: &'static str,
    /// Spend that brings one lead on average.
    pub(super) cents_per_lead: u64,
    pub(super) fate: Fate,
    pub(super) ad_sets: &'static [AdSetPlan],
}

/// What happens to a campaign.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Nothing.
    Steady,
    /// It starts on a Wednesday about nine weeks back.
    Launched,
    /// It is small, and one week brings no lead.
    ZeroLeadWeek,
    /// It still spends, and has brought no lead lately.
    DriedUp,
    /// It ended about five months back; two leads came in after its last day.
    Ended,
}

pub(super) struct AdSetPlan {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) goal: &'static str,
    pub(super) attribution: &'static str,
    pub(super) daily_cents: u64,
    /// Cost of a thousand impressions.
    pub(super) cpm_cents: u64,
    /// Clicks of any kind in 10,000 impressions.
    pub(super) clicks_per_10k: u64,
    /// Share of its leads that come by instant form; the rest by the pixel.
    pub(super) form_share: u64,
    pub(super) rests_on_sunday: bool,
}

const SEVEN_ONE: &str = "7d_click_1d_view";

/// An ad set without peculiarities.
const fn ad_set(id: u64, name: &'static str, daily_cents: u64, form_share: u64) -> AdSetPlan {
    AdSetPlan {
        id,
        name,
        goal: if form_share > 500 { "LEAD_GENERATION" } else { "OFFSITE_CONVERSIONS" },
        attribution: SEVEN_ONE,
        daily_cents,
        cpm_cents: 780,
        clicks_per_10k: 165,
        form_share,
        rests_on_sunday: false,
    }
}

pub(super) const PROPERTIES: &[PropertyPlan] = &[
    PropertyPlan {
        name: "Hotel Seeblick",
        account: 1_018_340_275_511_096,
        currency: "EUR",
        timezone: "Europe/Vienna",
        site: "www.hotel-seeblick.example",
        weekdays: [960, 940, 950, 980, 1_010, 1_110, 1_150],
        roll_up: true,
        outage: false,
        other_contacts: 7,
        campaigns: &[
            CampaignPlan {
                id: 120_210_483_300_010_401,
                name: "Seeblick | Direct Enquiries",
                objective: "OUTCOME_LEADS",
                cents_per_lead: 3_600,
                fate: Fate::Steady,
                ad_sets: &[
                    ad_set(120_210_483_300_020_401, "DE 35-65 Lookalike", 6_200, 700),
                    ad_set(120_210_483_300_030_401, "AT Families", 4_100, 700),
                    AdSetPlan {
                        attribution: "1d_click",
                        cpm_cents: 1_240,
                        clicks_per_10k: 240,
                        ..ad_set(120_210_483_300_040_401, "Retargeting 30 days", 1_900, 200)
                    },
                ],
            },
            CampaignPlan {
                id: 120_210_483_300_050_401,
                name: "Seeblick | Weddings",
                objective: "OUTCOME_LEADS",
                cents_per_lead: 4_800,
                fate: Fate::ZeroLeadWeek,
                ad_sets: &[AdSetPlan {
                    rests_on_sunday: true,
                    ..ad_set(120_210_483_300_060_401, "Engaged, 100 km", 1_500, 1_000)
                }],
            },
            CampaignPlan {
                id: 120_210_483_300_070_401,
                name: "Seeblick | Brand Film",
                objective: "OUTCOME_AWARENESS",
                cents_per_lead: 11_000,
                fate: Fate::DriedUp,
                ad_sets: &[
                    AdSetPlan {
                        goal: "THRUPLAY",
                        cpm_cents: 310,
                        clicks_per_10k: 60,
                        ..ad_set(120_210_483_300_080_401, "Vienna broad", 3_400, 0)
                    },
                    AdSetPlan {
                        goal: "THRUPLAY",
                        cpm_cents: 340,
                        clicks_per_10k: 55,
                        ..ad_set(120_210_483_300_090_401, "Munich broad", 2_600, 0)
                    },
                ],
            },
        ],
    },
    PropertyPlan {
        name: "Residenz Parkring",
        account: 1_018_340_275_511_203,
        currency: "EUR",
        timezone: "Europe/Vienna",
        site: "www.residenz-parkring.example",
        weekdays: [1_060, 1_050, 1_040, 1_030, 990, 860, 820],
        roll_up: false,
        outage: false,
        other_contacts: 5,
        campaigns: &[
            CampaignPlan {
                id: 120_211_774_100_010_512,
                name: "Parkring | Show Flat",
                objective: "OUTCOME_LEADS",
                cents_per_lead: 6_200,
                fate: Fate::Steady,
                ad_sets: &[
                    ad_set(120_211_774_100_020_512, "Owner occupiers", 13_500, 1_000),
                    ad_set(120_211_774_100_030_512, "Investors DACH", 9_800, 1_000),
                ],
            },
            CampaignPlan {
                id: 120_211_774_100_040_512,
                name: "Parkring | Penthouse Launch",
                objective: "OUTCOME_LEADS",
                cents_per_lead: 8_200,
                fate: Fate::Launched,
                ad_sets: &[
                    ad_set(120_211_774_100_050_512, "High income 40+", 7_600, 1_000),
                    ad_set(120_211_774_100_060_512, "Lookalike of buyers", 5_200, 1_000),
                ],
            },
        ],
    },
    PropertyPlan {
        name: "Harbour Lofts",
        account: 1_018_340_275_511_318,
        currency: "GBP",
        timezone: "Europe/London",
        site: "www.harbour-lofts.example",
        weekdays: [1_010, 1_000, 990, 1_000, 980, 1_030, 1_060],
        roll_up: true,
        outage: true,
        other_contacts: 6,
        campaigns: &[
            CampaignPlan {
                id: 120_213_905_700_010_733,
                name: "Harbour Lofts - Viewings",
                objective: "OUTCOME_LEADS",
                cents_per_lead: 4_100,
                fate: Fate::Steady,
                ad_sets: &[
                    ad_set(120_213_905_700_020_733, "London 28-45", 8_400, 0),
                    ad_set(120_213_905_700_030_733, "First-time buyers", 5_300, 100),
                ],
            },
            // The same name twice, as it happens when somebody copies a campaign.
            CampaignPlan {
                id: 120_213_905_700_040_733,
                name: "Harbour Lofts - Viewings",
                objective: "OUTCOME_LEADS",
                cents_per_lead: 4_700,
                fate: Fate::Steady,
                ad_sets: &[ad_set(120_213_905_700_050_733, "London 28-45", 3_700, 0)],
            },
            CampaignPlan {
                id: 120_213_905_700_060_733,
                name: "Harbour Lofts - Retargeting",
                objective: "OUTCOME_SALES",
                cents_per_lead: 2_900,
                fate: Fate::Steady,
                ad_sets: &[AdSetPlan {
                    cpm_cents: 1_350,
                    clicks_per_10k: 260,
                    ..ad_set(120_213_905_700_070_733, "Visitors 14 days", 2_100, 0)
                }],
            },
            CampaignPlan {
                id: 120_213_905_700_080_733,
                name: "Harbour Lofts - Spring Open Day",
                objective: "OUTCOME_LEADS",
                cents_per_lead: 3_300,
                fate: Fate::Ended,
                ad_sets: &[ad_set(120_213_905_700_090_733, "London 28-45", 4_600, 400)],
            },
        ],
    },
];
