//! Which accounts and campaigns have rows in the mail.

use weekledger_projections::report_view::{CampaignRow, Piece};

use super::fixture::{World, ordinary};

fn name(row: &CampaignRow) -> String {
    row.name.iter().map(Piece::shown).collect()
}

/// So many campaigns of each account, each with one ad set that spends so many cents a week.
fn campaigns(each: u64, cents: [i64; 3]) -> World {
    let mut world = World::normal();
    for (account, cents) in world.accounts.iter_mut().zip(cents) {
        let first = account.campaigns[0].clone();
        account.campaigns = (1..=each)
            .map(|nth| {
                let mut campaign = first.clone();
                campaign.id = account.id * 1000 + nth;
                campaign.name = format!("{} {nth}", account.name);
                campaign.ad_sets.truncate(1);
                campaign.ad_sets[0].id = account.id * 100_000 + nth;
                campaign.ad_sets[0].weeks = ordinary(14, cents, 5);
                campaign
            })
            .collect();
    }
    world
}

#[test]
fn every_currency_has_rows_however_small_its_amounts_are() {
    let mut world = campaigns(12, [30_000_000, 40_000, 2_000]);
    for (account, currency) in world.accounts.iter_mut().zip(["JPY", "USD", "KWD"]) {
        account.currency = currency;
    }
    let made = world.make();
    let counts = ["Lakeside Hotel", "Harbour Residence", "Old Town Suites"].map(|account| {
        let is_its = |row: &&CampaignRow| row.depth == 1 && name(row).starts_with(account);
        made.view.rows.iter().filter(is_its).count()
    });
    assert_eq!(counts, [4, 3, 3], "ten rows, in turns");
}

#[test]
fn an_account_with_figures_has_its_row_though_none_of_its_campaigns_has() {
    let made = campaigns(6, [900_000, 800_000, 100]).make();
    let rows = &made.view.rows;
    let accounts: Vec<String> = rows.iter().filter(|row| row.depth == 0).map(name).collect();
    assert_eq!(accounts, ["Lakeside Hotel", "Harbour Residence", "Old Town Suites"]);
    let last = rows.iter().filter(|row| row.depth == 1).map(name).next_back();
    assert_eq!(last.as_deref(), Some("Harbour Residence 4"));
}
