//! What every history table promises: of two tellings of a row the one that was known later stays,
//! whichever comes first.

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use weekledger::ports::HistoryTable;
use weekledger_events::{ReportId, Week};
use weekledger_projections::campaign_weeks::CampaignWeek;

use crate::place::Place;

/// A place for a history table.
pub trait HistoryPlace: Place<Port = dyn HistoryTable> {}
impl<P: Place<Port = dyn HistoryTable>> HistoryPlace for P {}

/// Makes the tests of one adapter; `$place` is evaluated once a test.
macro_rules! history_contract {
    ($place:expr) => {
        cases! { history, $place;
            an_empty_table_has_no_rows_and_no_reports
            rows_come_back_whole_sorted_and_by_report
            the_later_known_of_two_rows_stays_whichever_comes_first
            a_row_of_the_same_time_is_replaced
            a_removed_row_is_gone_and_the_others_stay
            more_rows_than_a_page_come_back_whole
        }
    };
}

fn report(id: &str) -> ReportId {
    ReportId::parse(id).unwrap()
}

fn known(milliseconds: i64) -> Timestamp {
    let base: Timestamp = "2026-11-23T05:00:00Z".parse().unwrap();
    base + SignedDuration::from_millis(milliseconds)
}

/// A row whose every field is worth comparing.
pub fn row(report_id: &str, campaign: u32, week: &str) -> CampaignWeek {
    let week = Week::parse(week).unwrap();
    CampaignWeek {
        campaign_id: format!("{report_id}#{campaign}"),
        week_start_date: week.monday(),
        report: report(report_id),
        week,
        account: "act_1".parse().unwrap(),
        campaign: campaign.to_string().parse().unwrap(),
        campaign_name: "Spa \"Süd\" ▲".to_owned(),
        currency: "EUR".parse().unwrap(),
        spend: "1234567890123.000000001".parse::<Decimal>().unwrap(),
        impressions: u64::from(u32::MAX) * 1000,
        clicks: 4,
        link_clicks: 3,
        landing_page_views: 2,
        meta_leads: 1,
        crm_leads: campaign.is_multiple_of(2).then_some(0),
        known_at: known(0),
    }
}

pub async fn an_empty_table_has_no_rows_and_no_reports(place: &impl HistoryPlace) {
    let table = place.open().await;
    assert_eq!(table.rows(&report("hotels")).await.unwrap(), []);
    assert_eq!(table.reports().await.unwrap(), []);
    table.put(&[]).await.unwrap();
    table.remove(&[row("hotels", 1, "2026-W47")]).await.unwrap();
}

pub async fn rows_come_back_whole_sorted_and_by_report(place: &impl HistoryPlace) {
    let rows =
        [row("hotels", 1, "2026-W46"), row("hotels", 1, "2026-W47"), row("hotels", 2, "2026-W46")];
    // A report whose id begins with another one's.
    let other = row("hotels-north", 1, "2026-W47");
    let table = place.open().await;
    let shuffled = [rows[2].clone(), other.clone(), rows[1].clone(), rows[0].clone()];
    table.put(&shuffled).await.unwrap();
    let table = place.open().await;
    assert_eq!(table.rows(&report("hotels")).await.unwrap(), rows);
    assert_eq!(table.rows(&report("hotels-north")).await.unwrap(), [other]);
    assert_eq!(table.reports().await.unwrap(), [report("hotels"), report("hotels-north")]);
}

pub async fn the_later_known_of_two_rows_stays_whichever_comes_first(place: &impl HistoryPlace) {
    let table = place.open().await;
    let old = row("hotels", 1, "2026-W47");
    // A fraction of a second, which must not sort before a whole one.
    let new = CampaignWeek { meta_leads: 9, known_at: known(500), ..old.clone() };
    for order in [[&old, &new], [&new, &old]] {
        for one in order {
            table.put(std::slice::from_ref(one)).await.unwrap();
        }
        let rows = table.rows(&report("hotels")).await.unwrap();
        assert_eq!(rows, std::slice::from_ref(&new));
        table.remove(std::slice::from_ref(&new)).await.unwrap();
    }
}

pub async fn a_row_of_the_same_time_is_replaced(place: &impl HistoryPlace) {
    let table = place.open().await;
    let first = row("hotels", 2, "2026-W47");
    let second = CampaignWeek { clicks: 99, crm_leads: None, ..first.clone() };
    table.put(&[first]).await.unwrap();
    table.put(std::slice::from_ref(&second)).await.unwrap();
    assert_eq!(table.rows(&report("hotels")).await.unwrap(), [second]);
}

pub async fn a_removed_row_is_gone_and_the_others_stay(place: &impl HistoryPlace) {
    let table = place.open().await;
    let rows = [row("hotels", 1, "2026-W46"), row("hotels", 1, "2026-W47")];
    table.put(&rows).await.unwrap();
    table.remove(&rows[..1]).await.unwrap();
    assert_eq!(table.rows(&report("hotels")).await.unwrap(), rows[1..]);
}

pub async fn more_rows_than_a_page_come_back_whole(place: &impl HistoryPlace) {
    let table = place.open().await;
    let name = "x".repeat(20_000);
    let long = |campaign: u32| CampaignWeek {
        campaign_name: name.clone(),
        ..row("hotels", 100 + campaign, "2026-W47")
    };
    let rows: Vec<CampaignWeek> = (0..70).map(long).collect();
    table.put(&rows).await.unwrap();
    assert_eq!(table.rows(&report("hotels")).await.unwrap(), rows);
}
