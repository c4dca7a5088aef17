use super::*;
use crate::supporting::{SupportingKey, SupportingName};

#[test]
fn figure_ids_read_back_as_their_parts() {
    for id in ["report:weekly/meta_leads/week", "account:act_1/cpl/four_week_change/EUR"] {
        assert_eq!(id.parse::<FigureKey>().unwrap().to_string(), id);
    }
    let key: FigureKey = "campaign:12/spend/all_time/USD".parse().unwrap();
    assert_eq!(
        (key.level, key.metric, key.window),
        (Level::Campaign, Metric::Spend, Window::AllTime)
    );
    assert_eq!(key.currency.unwrap().as_str(), "USD");
}

#[test]
fn supporting_ids_are_no_figure_ids() {
    let id = "report:weekly/spend_with_leads/week/EUR";
    assert!(id.parse::<FigureKey>().is_err());
    let key: SupportingKey = id.parse().unwrap();
    assert_eq!(key.name, SupportingName::SpendWithLeads);
    assert_eq!(key.to_string(), id);
}

#[test]
fn other_texts_are_refused_and_shown() {
    for text in [
        "",
        "report",
        "report:weekly/spend",
        "report:/spend/week",
        "country:de/spend/week",
        "report:weekly/reach/week",
        "report:weekly/spend/decade",
        "report:weekly/spend/week/eur",
        "report:weekly/spend/week/EUR/EUR",
        "report:weekly/spend/week/",
    ] {
        let error = text.parse::<FigureKey>().unwrap_err();
        assert!(error.to_string().contains(&format!("\"{text}\"")), "{error}");
    }
}
