//! Every fault that can be switched on by name.

use std::time::Duration;

use super::effect::Effect;
use super::faults::{Fault, Provider, Times};

/// A fault with a name.
#[derive(Debug, Clone, Copy)]
pub struct Switch {
    /// As it is written on the command line.
    pub name: &'static str,
    /// What happens, in a few words.
    pub what: &'static str,
    make: fn() -> Fault,
}

impl Switch {
    /// The fault itself.
    pub fn fault(&self) -> Fault {
        (self.make)()
    }
}

/// The second of the invented properties: the faults of one account strike it.
const ACCOUNT: &str = "act_1018340275511203";

const fn switch(name: &'static str, what: &'static str, make: fn() -> Fault) -> Switch {
    Switch { name, what, make }
}

/// All of them. A fault that lasts says so; the others strike a few requests and pass.
pub const CATALOG: &[Switch] = &[
    switch("meta-limit-insights", "Meta limits the ad account's insights for 2 minutes", || {
        Fault::meta_rate_limited(Times::First(1), 2)
    }),
    switch("meta-limit-app", "Meta limits the app", || Fault::meta_app_limited(Times::First(1))),
    switch("meta-limit-user", "Meta limits the system user", || {
        Fault::meta_user_limited(Times::First(1))
    }),
    switch("meta-limit-account", "Meta limits the ad account for 90 seconds", || {
        Fault::meta_account_limited(Times::First(1), 90)
    }),
    switch("meta-limit-lasting", "Meta limits one ad account for good", || {
        Fault::meta_rate_limited(Times::Always, 45).only(ACCOUNT)
    }),
    switch(
        "meta-reduce-data",
        "ad sets are too much data, unless a job lists them (lasts)",
        || Fault::meta_too_much_data(Times::Always).only("GET /insights level=adset"),
    ),
    switch("meta-transient", "Meta fails twice and then works", || {
        Fault::meta_transient(Times::First(2))
    }),
    switch("meta-token-expired", "Meta's token has expired (lasts)", Fault::meta_token_expired),
    switch("meta-app-blocked", "Meta has blocked the app (lasts)", Fault::meta_app_blocked),
    switch("meta-development", "the app has development access only (lasts)", || {
        Fault::meta_development_access()
    }),
    switch("meta-account-gone", "one ad account is not shown to the token (lasts)", || {
        Fault::meta_account_gone(ACCOUNT, Times::Always)
    }),
    switch(
        "meta-partial-account",
        "one account's ad sets end after their first page (lasts)",
        || {
            let words = format!("{ACCOUNT}/insights level=adset");
            Fault::at_meta(&words, Times::Always, Effect::LastPage)
        },
    ),
    switch("meta-missing-rows", "each fifth row of ad sets is missing (lasts)", || {
        Fault::at_meta("/insights level=adset", Times::Always, Effect::WithoutEvery(5))
    }),
    switch("meta-missing-controls", "each fifth row of campaigns is missing (lasts)", || {
        Fault::at_meta("/insights level=campaign", Times::Always, Effect::WithoutEvery(5))
    }),
    switch("meta-twice", "each page of ad sets has its rows twice (lasts)", || {
        Fault::at_meta("/insights level=adset", Times::Always, Effect::Twice)
    }),
    switch("meta-endless", "one account's ad sets have a cursor without end (lasts)", || {
        let words = format!("{ACCOUNT}/insights level=adset");
        Fault::at_meta(&words, Times::Always, Effect::Endless)
    }),
    switch("meta-truncated", "Meta's first answers break off in the middle", || {
        Fault::at_meta("", Times::First(2), Effect::Truncated)
    }),
    switch("meta-reset", "connections to Meta break off", || {
        Fault::at_meta("", Times::First(2), Effect::Reset)
    }),
    switch("meta-html", "a web page answers in Meta's place", || {
        Fault::at_meta("", Times::First(2), Effect::HtmlPage)
    }),
    switch("meta-html-lasting", "a web page answers for one ad account (lasts)", || {
        Fault::at_meta(ACCOUNT, Times::Always, Effect::HtmlPage)
    }),
    switch("meta-slow", "Meta's first answer takes three seconds", || {
        Fault::at_meta("", Times::First(1), Effect::Slow(Duration::from_secs(3)))
    }),
    switch("hubspot-limit-second", "HubSpot's limit by the second", || {
        Fault::hubspot_rate_limited(Times::First(2))
    }),
    switch("hubspot-limit-ten-seconds", "HubSpot's limit by ten seconds", || {
        Fault::hubspot_ten_seconds(Times::First(2))
    }),
    switch("hubspot-limit-day", "HubSpot's requests of the day are used up (lasts)", || {
        Fault::hubspot_daily_limit()
    }),
    switch("hubspot-token-expired", "HubSpot's key is no longer accepted (lasts)", || {
        Fault::hubspot_token_expired()
    }),
    switch("hubspot-transient", "HubSpot fails twice and then works", || {
        Fault::hubspot_transient(Times::First(2))
    }),
    switch("hubspot-down", "HubSpot fails for some minutes and then works", || {
        Fault::hubspot_transient(Times::First(12))
    }),
    switch("hubspot-missing-scope", "HubSpot's key may not read contacts (lasts)", || {
        Fault::hubspot_missing_scope()
    }),
    switch("hubspot-lag", "HubSpot's search misses its newest contacts (lasts)", || {
        Fault::at_search(Times::Always, Effect::WithoutNewest(20))
    }),
    switch("hubspot-twice", "each page of contacts has its rows twice (lasts)", || {
        Fault::at_search(Times::Always, Effect::Twice)
    }),
    switch("hubspot-missing-rows", "each fifth contact is missing (lasts)", || {
        Fault::at_search(Times::Always, Effect::WithoutEvery(5))
    }),
    switch("hubspot-truncated", "HubSpot's first answers break off in the middle", || {
        Fault::at_search(Times::First(2), Effect::Truncated)
    }),
    switch("hubspot-slow", "HubSpot's first answer takes three seconds", || {
        Fault::at_search(Times::First(1), Effect::Slow(Duration::from_secs(3)))
    }),
    switch("hubspot-crowd", "12,000 contacts more, past the end of one search", || {
        Fault::at_search(Times::Always, Effect::Crowd(12_000))
    }),
    switch("hubspot-endless", "HubSpot's search has a cursor without end (lasts)", || {
        Fault::at_search(Times::Always, Effect::Endless)
    }),
    switch("hubspot-html", "a web page answers in HubSpot's place (lasts)", || Fault {
        provider: Provider::HubSpot,
        path_contains: String::new(),
        times: Times::Always,
        effect: Effect::HtmlPage,
    }),
    switch("hubspot-reset", "connections to HubSpot break off", || {
        Fault::at_search(Times::First(2), Effect::Reset)
    }),
];

/// The switch of this name.
pub fn switch_named(name: &str) -> Option<&'static Switch> {
    CATALOG.iter().find(|switch| switch.name == name)
}
