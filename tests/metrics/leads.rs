//! The lead rule: the first type present, never a sum.

use serde_json::json;
use weekledger_events::{FindingClass, Severity};

use crate::kit::{Pull, RIVERSIDE, actions, row, with};

const DAY: &str = "2026-11-10";

fn one_row(pairs: &[(&str, &str)]) -> Pull {
    let row = with(row(RIVERSIDE, "10", "100", DAY), actions(pairs));
    Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, vec![row])
}

#[test]
fn overlapping_types_are_counted_once_by_the_first_of_the_list() {
    // The roll-up says 166; a sum of all would say 325.
    let pull = one_row(&[
        ("link_click", "480"),
        ("offsite_conversion.fb_pixel_lead", "159"),
        ("onsite_conversion.lead_grouped", "7"),
        ("lead", "166"),
    ]);
    let week = pull.one_week();
    let day = &week.rows.days[0];
    assert_eq!(day.measures.meta_leads, 166);
    assert_eq!(day.lead_action.as_deref(), Some("lead"));
    assert_eq!(day.pointers["meta_leads"], "/data/0/actions/3/value");
    assert!(pull.findings(FindingClass::LeadTypesMixed).is_empty());
}

#[test]
fn names_that_merely_contain_lead_are_not_leads() {
    let pull = one_row(&[
        ("offsite_content_view_add_meta_leads", "12"),
        ("offsite_search_add_meta_leads", "9"),
    ]);
    let day = pull.one_week().rows.days.remove(0);
    assert_eq!(day.measures.meta_leads, 0);
    assert_eq!(day.lead_action, None);
    assert!(!day.pointers.contains_key("meta_leads"));
}

#[test]
fn zero_leads_have_a_source_and_absent_leads_have_none() {
    let zero = one_row(&[("lead", "0")]).one_week().rows.days.remove(0);
    assert_eq!((zero.measures.meta_leads, zero.lead_action.as_deref()), (0, Some("lead")));
    assert_eq!(zero.pointers["meta_leads"], "/data/0/actions/0/value");

    let absent = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, vec![row(RIVERSIDE, "10", "100", DAY)]);
    let absent = absent.one_week().rows.days.remove(0);
    assert_eq!((absent.measures.meta_leads, absent.lead_action), (0, None));
    assert!(absent.pointers.is_empty());
}

#[test]
fn a_zero_roll_up_is_not_replaced_by_a_component() {
    let pull = one_row(&[("lead", "0"), ("offsite_conversion.fb_pixel_lead", "3")]);
    assert_eq!(pull.one_week().rows.days[0].measures.meta_leads, 0);
}

#[test]
fn the_configured_order_decides() {
    let mut pull = one_row(&[("lead", "5"), ("offsite_conversion.fb_pixel_lead", "3")]);
    pull.settings_mut(RIVERSIDE).lead_actions =
        vec!["offsite_conversion.fb_pixel_lead".to_owned(), "lead".to_owned()];
    assert_eq!(pull.one_week().rows.days[0].measures.meta_leads, 3);
}

#[test]
fn two_parts_without_their_total_are_told() {
    let pull = one_row(&[
        ("offsite_conversion.fb_pixel_lead", "3"),
        ("onsite_conversion.lead_grouped", "4"),
    ]);
    assert_eq!(pull.one_week().rows.days[0].measures.meta_leads, 4);
    let found = pull.findings(FindingClass::LeadTypesMixed);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].severity, Severity::Warning);
    assert!(found[0].message.contains("1 of 1 row of Riverside names"), "{}", found[0].message);
}

#[test]
fn a_part_of_a_part_is_no_second_part() {
    let mut pull = one_row(&[("leadgen_grouped", "4"), ("onsite_conversion.lead_grouped", "4")]);
    pull.settings_mut(RIVERSIDE).lead_actions =
        vec!["onsite_conversion.lead_grouped".to_owned(), "leadgen_grouped".to_owned()];
    assert!(pull.findings(FindingClass::LeadTypesMixed).is_empty());
}

#[test]
fn different_types_within_one_account_and_week_are_told() {
    let rows = vec![
        with(row(RIVERSIDE, "10", "100", DAY), actions(&[("lead", "2")])),
        with(
            row(RIVERSIDE, "10", "101", DAY),
            actions(&[("offsite_conversion.fb_pixel_lead", "1")]),
        ),
    ];
    let pull = Pull::of(&["2026-W46"]).ad_sets(RIVERSIDE, rows);
    let week = pull.one_week().observed;
    assert_eq!(week.accounts[0].lead_actions, ["lead", "offsite_conversion.fb_pixel_lead"]);
    assert!(week.accounts[1].lead_actions.is_empty());
    assert_eq!(pull.findings(FindingClass::LeadTypesMixed).len(), 1);
}

#[test]
fn a_whole_number_may_be_written_as_a_decimal() {
    assert_eq!(one_row(&[("lead", "2.0")]).one_week().rows.days[0].measures.meta_leads, 2);
}

#[test]
fn half_a_lead_turns_the_row_down_and_names_field_account_and_day() {
    let mut pull = one_row(&[("lead", "2.5")]);
    let good = with(row(RIVERSIDE, "10", "101", DAY), json!({ "spend": "3.10" }));
    pull = pull.ad_sets(RIVERSIDE, vec![good]);
    let days = pull.one_week().rows.days;
    assert_eq!(days.len(), 1);
    assert_eq!(days[0].ad_set.as_str(), "101");
    let found = pull.findings(FindingClass::NotANumber);
    assert_eq!(found.len(), 1);
    let message = &found[0].message;
    assert!(
        ["`lead`", "Riverside", DAY, "100"].iter().all(|part| message.contains(part)),
        "{message}"
    );
}

#[test]
fn a_type_that_comes_twice_with_different_values_is_not_guessed() {
    let pull = one_row(&[("lead", "2"), ("lead", "3")]);
    assert!(pull.one_week().rows.days.is_empty());
    assert!(pull.findings(FindingClass::NotANumber)[0].message.contains("twice"));
}

#[test]
fn landing_page_views_are_the_action_of_that_name() {
    let pull = one_row(&[("omni_landing_page_view", "9"), ("landing_page_view", "8")]);
    let day = pull.one_week().rows.days.remove(0);
    assert_eq!(day.measures.landing_page_views, 8);
    assert_eq!(day.pointers["landing_page_views"], "/data/0/actions/1/value");
}
