//! The history table: what the ledger says, whatever the order, and put right when it is not.

use jiff::SignedDuration;
use rust_decimal::Decimal;
use weekledger::embedded::{Access, DataDir, SqliteHistory};
use weekledger::history;
use weekledger::ports::HistoryTable;
use weekledger_events::Payload;
use weekledger_events::payload::MetricsComputed;
use weekledger_projections::campaign_weeks::{CampaignWeek, campaign_weeks};

use crate::pages::Pages;
use crate::world::{Plan, World, report, stream};

fn table(world: &World) -> SqliteHistory {
    DataDir::open(&world.data(), Access::Write).unwrap().history().unwrap()
}

#[tokio::test]
async fn rows_add_up_to_the_pages() {
    let world = World::new(Plan { backfilled: 2, ..Plan::default() }).await;
    let rows = history::due(&world.store(), &report()).await.unwrap();
    let pages = Pages::of(&world);
    let sum = |value: &dyn Fn(&CampaignWeek) -> Decimal| -> Decimal {
        rows.iter().filter(|row| row.week == stream().week).map(value).sum()
    };
    let week = ("2026-11-16", "2026-11-22");
    assert_eq!(sum(&|row| row.spend), pages.total("spend", week.0, week.1, None));
    assert_eq!(sum(&|row| row.clicks.into()), pages.total("clicks", week.0, week.1, None));
    assert!(rows.iter().all(|row| row.campaign_id == format!("weekly#{}", row.campaign)));
    assert!(rows.iter().all(|row| row.week_start_date == row.week.monday()));
}

#[tokio::test]
async fn a_table_is_as_the_ledger_says_after_a_refresh_and_differs_after_harm() {
    let world = World::new(Plan { backfilled: 2, ..Plan::default() }).await;
    let (store, table) = (world.store(), table(&world));
    assert!(!history::check(&store, &table, &report()).await.unwrap().is_empty());
    history::refresh(&store, &table, &report()).await.unwrap();
    assert!(history::check(&store, &table, &report()).await.unwrap().is_empty());

    let rows = table.rows(&report()).await.unwrap();
    table.remove(&rows[..1]).await.unwrap();
    let later = rows[1].known_at.checked_add(SignedDuration::from_hours(1)).unwrap();
    let forged = CampaignWeek { spend: Decimal::ONE, known_at: later, ..rows[1].clone() };
    let stray = CampaignWeek { campaign_id: "weekly#1".to_owned(), ..rows[2].clone() };
    table.put(&[forged.clone(), stray.clone()]).await.unwrap();
    let differs = history::check(&store, &table, &report()).await.unwrap();
    assert_eq!(differs.missing, rows[..1]);
    assert_eq!(differs.different, rows[1..2]);
    assert_eq!(differs.extra, [stray]);

    // A refresh leaves what claims to be known later; a rebuild does not.
    history::refresh(&store, &table, &report()).await.unwrap();
    assert!(table.rows(&report()).await.unwrap().contains(&forged));
    assert_eq!(history::rebuild(&store, &table, &report()).await.unwrap().different.len(), 1);
    assert_eq!(table.rows(&report()).await.unwrap(), rows);
    assert_eq!(table.reports().await.unwrap(), [report()]);
}

#[tokio::test]
async fn the_newer_of_two_rows_stays_whichever_comes_first() {
    let world = World::new(Plan { backfilled: 1, ..Plan::default() }).await;
    let table = table(&world);
    let old = history::due(&world.store(), &report()).await.unwrap().swap_remove(0);
    // A fraction of a second, which must not sort before a whole one.
    let later = old.known_at.checked_add(SignedDuration::from_millis(500)).unwrap();
    let new = CampaignWeek { meta_leads: old.meta_leads + 1, known_at: later, ..old.clone() };
    for order in [[&old, &new], [&new, &old]] {
        for row in order {
            table.put(std::slice::from_ref(row)).await.unwrap();
        }
        assert_eq!(table.rows(&report()).await.unwrap(), std::slice::from_ref(&new));
        table.remove(std::slice::from_ref(&new)).await.unwrap();
    }
}

#[tokio::test]
async fn putting_week_after_week_ends_where_building_all_at_once_does() {
    // Providers of another seed restate every week that is pulled again.
    let world = World::new(Plan { backfilled: 4, seeds: (7, 8), ..Plan::default() }).await;
    let store = world.store();
    let mut metrics: Vec<MetricsComputed> = Vec::new();
    for stream in weekledger::evidence::Store::streams(&store).await.unwrap() {
        let loaded = weekledger::evidence::read_week(&store, &stream).await.unwrap();
        metrics.extend(loaded.events.into_iter().filter_map(|event| match event.payload {
            Payload::MetricsComputed(metrics) => Some(*metrics),
            _ => None,
        }));
    }
    let all = campaign_weeks(&report(), &metrics);
    let table = table(&world);
    for known in (1..=metrics.len()).map(|count| &metrics[..count]) {
        table.put(&campaign_weeks(&report(), known)).await.unwrap();
    }
    assert_eq!(table.rows(&report()).await.unwrap(), all);
    metrics.reverse();
    assert_eq!(campaign_weeks(&report(), &metrics), all, "the order of events does not matter");
}
