//! The weeks that every structural test looks at. Each mail is also written to the build's
//! temporary folder, so that it can be looked at in a browser.

use std::sync::LazyLock;

use weekledger_events::payload::Shortfall;
use weekledger_events::{Finding, FindingClass, Severity};
use weekledger_projections::figure::Level;

use super::fixture::{Account, AdSet, Campaign, Made, World, ordinary, restated};

/// Every kind of week, by name.
pub fn all() -> &'static [(&'static str, Made)] {
    static ALL: LazyLock<Vec<(&str, Made)>> = LazyLock::new(make);
    &ALL
}

/// Makes them all anew.
pub fn make() -> Vec<(&'static str, Made)> {
    let worlds = [
        ("normal", normal()),
        ("small", World::small()),
        ("alert", alert()),
        ("campaign-alert", campaign_alert()),
        ("mix", mix()),
        ("empty", empty()),
        ("missing", missing()),
        ("currencies", currencies()),
        ("one-missing", one_missing()),
        ("currency-missing", currency_missing()),
        ("one-missing-of-many", one_missing_of_many()),
        ("crm-missing", crm_missing()),
        ("crm-silent", crm_silent()),
        ("lingering", lingering()),
        ("step", step()),
        ("silent", silent()),
        ("incomplete", incomplete()),
        ("incomplete-and-missing", incomplete_and_missing()),
        ("first-run", first_run()),
        ("stale", stale()),
        ("twins", twins()),
        ("four-currencies", four_currencies()),
        ("attributions", World { one_day: vec![2], ..World::normal() }),
        ("not-whole", not_whole(0)),
        ("was-not-whole", not_whole(2)),
        ("first", with_weeks(1)),
        ("half-year", with_weeks(26)),
        ("many", many()),
        ("hostile", super::hostile::world()),
        ("revised", World { revision: 3, revised: true, ..World::small() }),
        ("no-crm", World { crm: false, ..World::small() }),
        ("nothing", World { accounts: Vec::new(), crm: false, ..World::small() }),
    ];
    let made = worlds.map(|(name, world)| (name, world.make()));
    for (name, made) in &made {
        let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
        std::fs::write(folder.join(format!("{name}.html")), &made.mail.html).unwrap();
        std::fs::write(folder.join(format!("{name}.txt")), &made.mail.text).unwrap();
    }
    made.into()
}

pub fn finding(class: FindingClass, severity: Severity, message: &str, action: &str) -> Finding {
    Finding {
        class,
        severity,
        subject: "act_1".to_owned(),
        week: None,
        message: message.to_owned(),
        action: (!action.is_empty()).then(|| action.to_owned()),
    }
}

/// What the report is meant for: three accounts, a finding, a restated week.
pub fn normal() -> World {
    World {
        restatements: vec![restated()],
        findings: vec![finding(
            FindingClass::UnattributedLeads,
            Severity::Note,
            "3 contacts from paid social could not be matched to a campaign",
            "add the campaign id to the links of new ads",
        )],
        ..World::normal()
    }
}

/// The second account loses nearly all its leads for two weeks.
pub fn alert() -> World {
    let mut world = World::normal();
    for ad_set in world.accounts[1].campaigns.iter_mut().flat_map(|one| &mut one.ad_sets) {
        for week in &mut ad_set.weeks[18..] {
            week.1 = 0;
        }
    }
    world.findings = vec![finding(
        FindingClass::TrackingSilent,
        Severity::Warning,
        "no leads for 9 days at an account that usually has 6 a day",
        "send a test lead through the form and follow it into the CRM",
    )];
    world
}

/// The smallest of three campaigns of an account brings no leads any more, in a report that watches
/// campaigns.
pub fn campaign_alert() -> World {
    let mut world = World::small();
    let campaigns = &mut world.accounts[0].campaigns;
    for (id, leads) in [(22, 90), (23, 90)] {
        let ad_set = AdSet {
            id: id + 100,
            name: "Everybody".to_owned(),
            weeks: ordinary(20, 30_000, leads),
        };
        campaigns.push(Campaign { id, name: format!("Campaign {id}"), ad_sets: vec![ad_set] });
    }
    for week in &mut campaigns[0].ad_sets[0].weeks[15..] {
        week.1 = 0;
    }
    world.alerts.levels.insert(Level::Campaign);
    world
}

/// The cheaper of two campaigns ended five weeks ago.
pub fn mix() -> World {
    let mut world = World::small();
    let campaigns = &mut world.accounts[0].campaigns;
    let ad_set = AdSet { id: 32, name: "Readers".to_owned(), weeks: ordinary(20, 9000, 60) };
    campaigns.push(Campaign { id: 22, name: "Brochure".to_owned(), ad_sets: vec![ad_set] });
    campaigns[1].ad_sets[0].weeks[15..].fill((0, 0));
    world
}

/// Twenty ordinary weeks, then one without any delivery.
pub fn empty() -> World {
    let mut world = World::small();
    for ad_set in world.accounts[0].campaigns.iter_mut().flat_map(|one| &mut one.ad_sets) {
        ad_set.weeks[19] = (0, 0);
    }
    world
}

/// No account could be pulled.
pub fn missing() -> World {
    let mut world = World::normal();
    for account in &mut world.accounts {
        account.pulled = false;
    }
    world.findings = vec![finding(
        FindingClass::AccountMissing,
        Severity::Warning,
        "the account could not be pulled: the access token has expired",
        "create a new token and store it as WEEKLEDGER_META_TOKEN",
    )];
    World { crm: false, ..world }
}

/// The second of three accounts could not be pulled.
pub fn one_missing() -> World {
    let mut world = World::normal();
    world.accounts[1].pulled = false;
    world.findings = vec![
        finding(
            FindingClass::UnattributedLeads,
            Severity::Warning,
            "In 2026-W47, 3 paid social contacts could not be matched to a campaign.",
            "Add the campaign id to the links of new ads.",
        ),
        Finding {
            subject: "act_2".to_owned(),
            ..finding(
                FindingClass::AccountMissing,
                Severity::Warning,
                "Harbour Residence could not be pulled, so its figures are missing: the token has \
                 expired.",
                "Create a new token and store it as WEEKLEDGER_META_TOKEN.",
            )
        },
    ];
    world
}

/// More accounts than a headline names.
pub fn one_missing_of_many() -> World {
    let mut world = one_missing();
    for number in 4..=6 {
        let mut account = world.accounts[0].clone();
        (account.id, account.name) = (number, format!("Lagoon Lodge & Spa {number}"));
        for campaign in &mut account.campaigns {
            campaign.id += 1_000 * number;
            campaign.ad_sets.iter_mut().for_each(|one| one.id += 1_000 * number);
        }
        world.accounts.push(account);
    }
    world
}

pub fn currency_missing() -> World {
    let mut world = one_missing();
    world.accounts[1].currency = "CHF";
    world
}

pub fn crm_missing() -> World {
    let findings = vec![Finding {
        subject: "hubspot".to_owned(),
        ..finding(
            FindingClass::CrmMissing,
            Severity::Warning,
            "Contacts could not be pulled, so CRM leads are missing: the token lacks a scope.",
            "Add the scope crm.objects.contacts.read to the token.",
        )
    }];
    World { crm_failed: true, findings, ..World::normal() }
}

/// HubSpot answered, with not a single contact in the newest week.
pub fn crm_silent() -> World {
    let findings = vec![Finding {
        subject: "HubSpot".to_owned(),
        ..finding(
            FindingClass::TrackingSilent,
            Severity::Warning,
            "HubSpot sent no contacts of any kind in 2026-W47, though there used to be about 1,274 a \
             week: that is hardly chance, so CRM leads may be missing.",
            "Look in HubSpot whether contacts were created in that time.",
        )
    }];
    World { crm_silent: true, findings, ..World::normal() }
}

/// The first account's week that lies so many back lacks rows, and others of its kind of trouble.
pub fn not_whole(back: usize) -> World {
    let findings = vec![
        finding(
            FindingClass::HistoryGap,
            Severity::Warning,
            "The figures of Lakeside Hotel for 2026-W45 are not whole (rows were left out); windows \
             that reach over it show less than there was.",
            "Run `weekledger re-emit 2026-W45 --report weekly --from RunRequested --reason TEXT \
             --config-as now`.",
        ),
        finding(
            FindingClass::TrackingSilent,
            Severity::Warning,
            "Lakeside Hotel delivered from 2026-W46 to 2026-W47 without a single Meta lead, though \
             it used to have about 7 a week: that is hardly chance, so its tracking may be broken.",
            "Send a test lead, and look at the events of the pixel and the forms in Meta Events \
             Manager. Nothing is wrong if the account no longer advertises for leads.",
        ),
        finding(
            FindingClass::ReconciliationGap,
            Severity::Warning,
            "In 2026-W47, the ad sets of Lakeside Hotel do not add up to what Meta says of the account: \
             spend EUR 300.00 against EUR 300.00 as well, but not day by day (66.67 % apart), on \
             2026-11-16 and 2026-11-22.",
            "Compare the week with Ads Manager, then pull it again.",
        ),
        finding(
            FindingClass::AmbiguousCampaign,
            Severity::Warning,
            "In 2026-W47, 2 contacts fit campaigns 120210000000000101 (\"Spring\") and \
             120210000000000202 (\"Spring\") alike; not attributed. And 1 more of this kind in \
             earlier weeks.",
            "Give the campaigns 120210000000000101 and 120210000000000202 different names, or put \
             ids into the tracked address.",
        ),
        finding(
            FindingClass::UnattributedLeads,
            Severity::Warning,
            "The contacts of 3 weeks from 2026-W40 to 2026-W45 were given to campaigns before older \
             weeks had been pulled, which know more of the campaigns; some may count for another \
             campaign or for none.",
            "Run `weekledger re-emit 2026-W45 --report weekly --from RunRequested --reason TEXT \
             --config-as now --known-as now`, and the same for the others, oldest first.",
        ),
    ];
    World { short: Some((back, Shortfall::RowsLeftOut)), findings, ..World::normal() }
}

/// No leads for two weeks: the second raised an alert, within the range that the first has widened.
pub fn lingering() -> World {
    let mut world = World::small();
    let ad_set = &mut world.accounts[0].campaigns[0].ad_sets[0];
    ad_set.weeks = ordinary(20, 9000, 60);
    for week in &mut ad_set.weeks[18..] {
        week.1 = 0;
    }
    world
}

/// Leads that climb and fall by small steps, and take a large one to a level they often had.
pub fn step() -> World {
    let mut world = World::small();
    let leads = [40, 44, 48, 52, 56, 60, 56, 52, 48, 44, 40, 44, 48, 52, 56, 60, 56, 52, 48, 60];
    let ad_set = &mut world.accounts[0].campaigns[0].ad_sets[0];
    ad_set.weeks = leads.map(|leads| (9000, leads)).to_vec();
    world
}

/// No lead was recorded in the newest week, because tracking fell silent; the report was held for
/// it, and sent nevertheless.
pub fn silent() -> World {
    let mut world = World::normal();
    for ad_set in world.accounts[0].campaigns.iter_mut().flat_map(|one| &mut one.ad_sets) {
        ad_set.weeks[19].1 = 0;
    }
    world.findings = vec![finding(
        FindingClass::TrackingSilent,
        Severity::Hold,
        "In 2026-W47, no row of Lakeside Hotel holds actions, so it has no leads, though it had \
         some before: has tracking stopped, or may the token not read them?",
        "Send a test lead, then pull the week again.",
    )];
    world
}

/// Held because sums do not agree, and sent nevertheless.
pub fn incomplete() -> World {
    let findings = vec![finding(
        FindingClass::ReconciliationGap,
        Severity::Hold,
        "In 2026-W47, spend of Lakeside Hotel is 1,294.97 by ad set and 1,500 by Meta's own total.",
        "Compare the week with Ads Manager, then pull it again.",
    )];
    World { findings, ..World::normal() }
}

/// The same of two accounts, where a third was never read.
pub fn incomplete_and_missing() -> World {
    let mut world = incomplete();
    (world.accounts[1].currency, world.accounts[1].pulled) = ("", false);
    let of = |id: &str, name: &str| Finding {
        subject: id.to_owned(),
        message: world.findings[0].message.replace("Lakeside Hotel", name),
        ..world.findings[0].clone()
    };
    let gone = Finding { subject: "act_2".to_owned(), ..one_missing().findings[1].clone() };
    World {
        findings: vec![of("act_1", "Lakeside Hotel"), of("act_3", "Old Town Suites"), gone],
        ..world
    }
}

/// The very first week of three accounts, of which the third could not be read: nobody knows its
/// currency.
pub fn first_run() -> World {
    let mut world = World::normal();
    world.accounts[1].currency = "CHF";
    world.accounts[2].currency = "";
    world.accounts[2].pulled = false;
    let spent = [(120_000, 5), (90_000, 7), (1, 1)];
    for (account, newest) in world.accounts.iter_mut().zip(spent) {
        account.campaigns.truncate(1);
        account.campaigns[0].ad_sets.truncate(1);
        account.campaigns[0].ad_sets[0].weeks = vec![newest];
    }
    world.findings = vec![Finding {
        subject: "act_3".to_owned(),
        ..finding(
            FindingClass::AccountMissing,
            Severity::Warning,
            "Old Town Suites could not be pulled, so its figures are missing: the token may not \
             read it.",
            "Let the token read the account.",
        )
    }];
    world
}

/// The first account fails now, and was read for this week before.
pub fn stale() -> World {
    World { stale: vec![1], ..World::normal() }
}

/// Two campaigns of one account bear one name.
pub fn twins() -> World {
    let mut world = World::small();
    world.accounts[0].campaigns[0].id = 120_213_905_700_010_733;
    let mut twin = world.accounts[0].campaigns[0].clone();
    (twin.id, twin.ad_sets[0].id, twin.ad_sets[0].name) =
        (120_213_905_700_040_733, 32, "Others".to_owned());
    world.accounts[0].campaigns.push(twin);
    let message = "5 contacts fit campaigns 120213905700010733 and 120213905700040733 alike; none \
                   has ad set 32";
    let action = "Give the campaigns different names.";
    world.findings =
        vec![finding(FindingClass::AmbiguousCampaign, Severity::Note, message, action)];
    world
}

/// Five accounts in four currencies with half a year behind them: the largest report that is meant
/// to be mailed whole.
pub fn four_currencies() -> World {
    in_currencies(&[
        ("Hotel Seeblick", "EUR"),
        ("Residenz Parkring", "EUR"),
        ("Harbour Lofts London", "GBP"),
        ("Alpenblick Residences", "CHF"),
        ("Shibuya Garden Tower", "JPY"),
    ])
}

/// More currencies than the tables of a mail have room for.
pub fn six_currencies() -> World {
    in_currencies(&[
        ("Hotel Seeblick", "EUR"),
        ("Residenz Parkring", "EUR"),
        ("Harbour Lofts London", "GBP"),
        ("Alpenblick Residences", "CHF"),
        ("Shibuya Garden Tower", "JPY"),
        ("Bondi Beach House", "AUD"),
        ("Hudson Yards Suites", "USD"),
    ])
}

fn in_currencies(names: &[(&str, &'static str)]) -> World {
    let accounts = names.iter().zip(1_u64..).map(|(&(name, currency), a)| Account {
        id: a,
        name: name.to_owned(),
        currency,
        pulled: true,
        campaigns: (1..=4_u64)
            .map(|c| Campaign {
                id: a * 100 + c,
                name: format!("Property {a} | Prospecting {c} | Lead form"),
                ad_sets: (1..=4_u64)
                    .map(|s| AdSet {
                        id: a * 10_000 + c * 100 + s,
                        name: format!("Broad audience {s}, thirty to fifty-five"),
                        weeks: ordinary(27, (900_000 / (a * c * s)) as i64, 21 / (c * s)),
                    })
                    .collect(),
            })
            .collect(),
    });
    let odd = finding(
        FindingClass::UnusableRow,
        Severity::Warning,
        "In 2026-W47, 3 of 112 rows of Hotel Seeblick were left out: the spend is not a number.",
        "Look at the rows in Ads Manager and pull the week again.",
    );
    World {
        accounts: accounts.collect(),
        restatements: vec![restated(); 2],
        findings: vec![odd; 2],
        ..World::small()
    }
}

/// Three accounts with a history of so many weeks.
pub fn with_weeks(weeks: usize) -> World {
    let mut world = World::normal();
    let campaigns = world.accounts.iter_mut().flat_map(|account| &mut account.campaigns);
    for ad_set in campaigns.flat_map(|campaign| &mut campaign.ad_sets) {
        let (cents, leads) = ad_set.weeks[10];
        ad_set.weeks = ordinary(weeks, cents, leads);
    }
    world
}

pub fn currencies() -> World {
    let mut world = World::normal();
    world.accounts[1].currency = "CHF";
    world.accounts[2].currency = "JPY";
    world
}

/// Forty campaigns with five ad sets each, and more accounts than rows.
pub fn many() -> World {
    let accounts = (1..=13_u64).map(|a| Account {
        id: a,
        name: format!("Property {a}"),
        currency: "EUR",
        pulled: true,
        campaigns: (1..=4_u64)
            .map(|c| Campaign {
                id: a * 100 + c,
                name: format!("Campaign {a}-{c}"),
                ad_sets: (1..=5_u64)
                    .map(|s| AdSet {
                        id: a * 10_000 + c * 100 + s,
                        name: format!("Ad set {s}"),
                        weeks: ordinary(14, 1_000_000, 20),
                    })
                    .collect(),
            })
            .collect(),
    });
    World { accounts: accounts.collect(), ..World::small() }
}
