//! An Ads Manager export served as if it were the API.

use jiff::civil::date;
use rust_decimal::Decimal;
use serde_json::json;
use weekledger::simulator::{Options, Replay, properties};

use super::desk::*;

#[tokio::test]
async fn robyns_weekly_series_becomes_one_campaign_with_the_files_own_figures() {
    let replay = Replay::read(&specimen("robyn_weekly.csv")).unwrap();
    let [property] = &properties(Some(&replay))[..] else { panic!("more than one property") };
    assert_eq!((property.name.as_str(), property.currency.as_str()), ("robyn_weekly", "EUR"));
    assert_eq!(replay.newest_day(), date(2019, 11, 17));
    let whole = replay.newest_week().unwrap();
    assert_eq!(whole.sunday(), date(2019, 11, 17), "the last row covers its week whole");
    assert_eq!(replay.oldest_week().unwrap().monday(), date(2015, 11, 23));
    assert!(replay.notes().iter().any(|note| note.contains("no column “Leads”")));
    assert!(replay.notes().iter().any(|note| note.contains("served whole on its first day")));
    let account = property.meta_account.clone();
    let desk = Desk::open(Options { replay: Some(replay), ..options() }).await;
    let rows = desk
        .rows(&account, ("2016-12-26", "2019-11-17"), "level=campaign&time_increment=7&limit=200")
        .await;
    let first = desk
        .rows(&account, ("2016-11-21", "2019-11-17"), "level=adset&time_increment=1&limit=200")
        .await;
    assert!(rows.iter().all(|row| row.get("actions").is_none()));
    assert_eq!(first[0]["account_currency"], "EUR");
    // Summed from the file by other means: every week with spend from 26 December 2016 on.
    assert_eq!(
        rows.iter().map(|row| number(&row["spend"])).sum::<Decimal>(),
        number(&json!("318921.7988877280148"))
    );
    let newest = rows.last().unwrap();
    assert_eq!(newest["date_start"], "2019-11-11");
    assert_eq!(
        (&newest["spend"], &newest["impressions"]),
        (&json!("12206.3586456633"), &json!("42660373"))
    );
    // No contacts would be a figure; an export has none to tell of.
    let (status, refusal) = desk.hubspot("/crm/objects/2026-09/contacts/search", json!({})).await;
    assert_eq!((status, &refusal["category"]), (403, &json!("MISSING_SCOPES")));
}

#[tokio::test]
async fn an_export_by_day_is_served_as_it_stands() {
    let replay = Replay::read(&specimen("ads_manager_days.csv")).unwrap();
    let [property] = &properties(Some(&replay))[..] else { panic!("more than one property") };
    assert_eq!((property.name.as_str(), property.currency.as_str()), ("Harbour Lofts", "GBP"));
    assert_eq!(replay.newest_day(), date(2026, 11, 5));
    assert!(
        replay.notes().iter().any(|note| note.starts_with("1 line without a name")),
        "{:?}",
        replay.notes()
    );
    let account = property.meta_account.clone();
    let desk = Desk::open(Options { replay: Some(replay), ..options() }).await;
    let week = ("2026-11-02", "2026-11-08");
    let total = desk.rows(&account, week, "level=account").await;
    assert_eq!(
        (&total[0]["spend"], &total[0]["impressions"], &total[0]["clicks"]),
        (&json!("1310.55"), &json!("104220"), &json!("713"))
    );
    assert_eq!(
        (
            action(&total[0], "lead"),
            action(&total[0], "link_click"),
            action(&total[0], "landing_page_view")
        ),
        (9, 402, 291)
    );
    assert_eq!(action(&total[0], "reach"), 0);
    let days = desk.rows(&account, week, "level=adset&time_increment=1").await;
    let shape: Vec<(String, String, String)> = days
        .iter()
        .map(|row| (text(&row["date_start"]), text(&row["adset_name"]), text(&row["spend"])))
        .collect();
    let row =
        |day: &str, name: &str, spend: &str| (day.to_owned(), name.to_owned(), spend.to_owned());
    let mut expected = vec![
        row("2026-11-02", "First-time buyers", "86.45"),
        row("2026-11-02", "London 28-45", "1104.10"),
        row("2026-11-03", "Broad", "20.00"),
        row("2026-11-03", "London 28-45", "100.00"),
        row("2026-11-05", "London 28-45", "0.00"),
    ];
    let mut shape = shape;
    shape.sort();
    expected.sort();
    assert_eq!(shape, expected);
    assert!(days.iter().all(|row| text(&row["campaign_id"]).starts_with("1202139057000")));
}

#[tokio::test]
async fn an_export_by_week_is_served_on_the_first_day_of_each_week() {
    let replay = Replay::read(&specimen("ads_manager_weeks.csv")).unwrap();
    assert_eq!(replay.newest_day(), date(2026, 11, 8));
    let property = &properties(Some(&replay))[0];
    assert_eq!((property.name.as_str(), property.currency.as_str()), ("ads_manager_weeks", "EUR"));
    let account = property.meta_account.clone();
    let again = Replay::read(&specimen("ads_manager_weeks.csv")).unwrap();
    assert_eq!(properties(Some(&again))[0].meta_account, account);
    let desk = Desk::open(Options { replay: Some(replay), ..options() }).await;
    let days =
        desk.rows(&account, ("2026-10-26", "2026-11-08"), "level=campaign&time_increment=1").await;
    let shape: Vec<_> = days
        .iter()
        .map(|row| (text(&row["date_start"]), text(&row["spend"]), leads(row)))
        .collect();
    assert_eq!(
        shape,
        [
            ("2026-10-26".to_owned(), "310.10".to_owned(), 6),
            ("2026-11-02".to_owned(), "299.90".to_owned(), 5)
        ]
    );
}

#[test]
fn the_newest_whole_week_is_the_last_that_the_rows_cover_to_its_sunday() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.csv");
    let by_week = "Reporting starts,Reporting ends,Amount spent (EUR),Leads";
    let cases = [
        (format!("{by_week}\n2026-11-09,2026-11-15,5,1\n"), Some(date(2026, 11, 15))),
        // From Sunday to Saturday: its figures count in the week of its first day.
        (format!("{by_week}\n2026-11-08,2026-11-14,5,1\n"), Some(date(2026, 11, 8))),
        ("Day,Spend,Leads\n2026-11-09,5,1\n2026-11-15,5,1\n".into(), Some(date(2026, 11, 15))),
        ("Day,Spend,Leads\n2026-11-02,5,1\n2026-11-11,5,1\n".into(), Some(date(2026, 11, 8))),
        ("Day,Spend,Leads\n2026-11-10,5,1\n2026-11-12,5,1\n".into(), None),
    ];
    for (content, sunday) in cases {
        std::fs::write(&file, &content).unwrap();
        let replay = Replay::read(&file).unwrap();
        assert_eq!(replay.newest_week().map(|week| week.sunday()), sunday, "{content}");
        let said = replay.notes().iter().any(|note| note.contains("no whole week"));
        assert_eq!(said, sunday.is_none(), "{content}");
        assert!(!replay.notes().iter().any(|note| note.contains("no column “Leads”")));
    }
}

#[test]
fn what_cannot_be_read_is_named_with_file_line_column_and_fix() {
    let heading = "Campaign name,Day,Amount spent (EUR),Impressions,Leads";
    let cases = [
        (
            format!("{heading}\nA,2026-11-02,12.50,100,1\nA,03/11/2026,1,1,1\n"),
            "line 3, column “Day”: “03/11/2026” is no date; write it as 2026-11-16",
        ),
        (
            format!("{heading}\nA,2026-11-02,\"12,50\",100,1\n"),
            "line 2, column “Amount spent (EUR)”: “12,50” is no number; write it as 1234.56",
        ),
        (format!("{heading}\nA,2026-11-02,€ 12,100,1\n"), "“€ 12” is no number"),
        (format!("{heading}\nA,2026-11-02,-3,100,1\n"), "“-3” is negative"),
        (
            "Campaign name,Campaign ID,Day,Amount spent (EUR)\nA,1.2021E+17,2026-11-02,3\n"
                .to_owned(),
            "line 2, column “Campaign ID”: “1.2021E+17” is no id; export again",
        ),
        (format!("{heading}\nA,2026-11-02,3\n"), "line 2: "),
        (format!("{heading}\n"), "no row has any spend"),
        (
            "Campaign name,Amount spent (EUR)\nA,1\n".to_owned(),
            "line 1: there is no column “Day”; in Ads Manager choose Breakdown",
        ),
        ("Campaign name,Day\nA,2026-11-02\n".to_owned(), "there is no column “Amount spent”"),
        (
            "Day,Amount spent (EUR),Results\n2026-11-02,1,5\n".to_owned(),
            "there is no column “Result indicator”",
        ),
        (
            "Reporting starts,Reporting ends,Amount spent (EUR)\n2026-11-01,2026-11-30,5\n"
                .to_owned(),
            "neither a day nor seven days",
        ),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("export.csv");
    for (content, expected) in cases {
        std::fs::write(&file, &content).unwrap();
        let message = Replay::read(&file).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}\nfor\n{content}");
        assert!(message.contains("export.csv"), "{message}");
    }
    let missing = Replay::read(&folder.path().join("none.csv")).unwrap_err().to_string();
    assert!(missing.contains("none.csv"), "{missing}");
}
