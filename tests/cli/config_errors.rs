//! Every kind of configuration error: file, line, field, fix.

use crate::{check, transcript, weekledger};

const GOOD: &str = r#"[mail]
from = "reports@example.com"

[[report]]
id = "weekly"
title = "Weekly advertising report"
timezone = "Europe/Amsterdam"

[[report.account]]
name = "Hotel North"
meta_account = "1234567890"

[[report.recipient]]
name = "Ada Example"
email = "ada@example.com"
department = "Leadership"
"#;

/// The transcript of a check after one text of the good file was replaced.
fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    transcript(&check(&GOOD.replacen(old, new, 1), &[]))
}

/// The same with lines added.
fn and(lines: &str) -> String {
    transcript(&check(&format!("{GOOD}\n{lines}\n"), &[]))
}

#[test]
fn the_good_file_is_usable() {
    assert_eq!(check(GOOD, &[]).status.code(), Some(0));
}

#[test]
fn a_missing_file_leads_to_init() {
    let folder = tempfile::tempdir().unwrap();
    let output = weekledger(folder.path(), &["config", "check"]);
    insta::assert_snapshot!("missing_file", transcript(&output));
}

#[test]
fn a_folder_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = weekledger(folder.path(), &["config", "check", "--config", "."]);
    insta::assert_snapshot!("folder", transcript(&output));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("weekledger.toml"), b"title = \"\xff\"\n").unwrap();
    let output = weekledger(folder.path(), &["config", "check"]);
    insta::assert_snapshot!("no_text", transcript(&output));
}

#[test]
fn syntax_errors_show_the_line() {
    insta::assert_snapshot!(
        "syntax",
        with("title = \"Weekly advertising report\"", "title = Weekly")
    );
    insta::assert_snapshot!(
        "syntax_twice",
        with("id = \"weekly\"", "id = \"weekly\"\nid = \"other\"")
    );
    insta::assert_snapshot!("syntax_header", with("[mail]", "[mail"));
    insta::assert_snapshot!("syntax_open", with("name = \"Ada Example\"", "name = \"Ada"));
}

#[test]
fn unknown_fields_show_what_was_meant() {
    insta::assert_snapshot!("unknown_field", with("timezone", "timezon"));
    insta::assert_snapshot!("unknown_table", and("[analist]\nprovider = \"rules\""));
    insta::assert_snapshot!("unknown_like_nothing", and("[archive]\ncolour = \"green\""));
}

#[test]
fn missing_fields_show_an_example() {
    insta::assert_snapshot!("missing_mail", with("[mail]\nfrom = \"reports@example.com\"\n", ""));
    insta::assert_snapshot!("missing_account_field", with("meta_account = \"1234567890\"\n", ""));
    insta::assert_snapshot!(
        "missing_reports",
        transcript(&check("[mail]\nfrom = \"a@example.com\"\n", &[]))
    );
}

#[test]
fn wrong_types_say_what_was_expected() {
    insta::assert_snapshot!("type_number", with("\"1234567890\"", "1234567890"));
    insta::assert_snapshot!("type_flag", and("[sources.hubspot]\nenabled = \"yes\""));
    insta::assert_snapshot!(
        "type_table",
        with("[mail]\nfrom = \"reports@example.com\"", "mail = \"reports@example.com\"")
    );
    insta::assert_snapshot!("type_list", with("[[report]]", "[report]"));
}

#[test]
fn wrong_values_say_what_is_right() {
    insta::assert_snapshot!("zone", with("Europe/Amsterdam", "Europe/Amsterdm"));
    insta::assert_snapshot!("zone_abbreviation", with("Europe/Amsterdam", "Moon/Base One"));
    insta::assert_snapshot!("report_id", with("\"weekly\"", "\"Weekly Report\""));
    insta::assert_snapshot!("account_id", with("\"1234567890\"", "\"act-12\""));
    insta::assert_snapshot!("address", with("ada@example.com", "ada at example.com"));
    insta::assert_snapshot!("department", with("\"Leadership\"", "\"Sales\""));
    insta::assert_snapshot!(
        "http",
        and("[sources.meta]\nbase_url = \"http://graph.facebook.com\"")
    );
    insta::assert_snapshot!("version", and("[sources.meta]\napi_version = \"26\""));
    insta::assert_snapshot!("range", and("[sources.hubspot]\npage_size = 500"));
    insta::assert_snapshot!("provider", and("[analyst]\nprovider = \"antropic\""));
    insta::assert_snapshot!("bedrock", and("[analyst]\nprovider = \"bedrock\""));
    insta::assert_snapshot!("alerts", and("[report.alerts]\nlevels = [\"ad_set\"]"));
    insta::assert_snapshot!("time", with("id = \"weekly\"", "id = \"weekly\"\nopen_at = \"5 am\""));
    insta::assert_snapshot!(
        "times_swapped",
        with("id = \"weekly\"", "id = \"weekly\"\nopen_at = \"08:00\"")
    );
}

#[test]
fn what_may_stand_once_stands_once() {
    insta::assert_snapshot!(
        "twice_recipient",
        and(
            "[[report.recipient]]\nname = \"Ada\"\nemail = \"ADA@example.com\"\ndepartment = \"Digital\""
        )
    );
    insta::assert_snapshot!(
        "twice_account",
        and("[[report.account]]\nname = \"Hotel South\"\nmeta_account = \"act_1234567890\"")
    );
}

#[test]
fn a_secret_in_the_file_is_told_and_not_shown() {
    let told = and("[sources.meta]\naccess_token = \"EAABsecret\"");
    assert!(!told.contains("EAABsecret"));
    insta::assert_snapshot!("secret", told);
}

#[test]
fn several_errors_are_told_at_once() {
    let broken = GOOD
        .replace("timezone", "time")
        .replace("ada@example.com", "ada")
        .replace("\"1234567890\"", "\"x\"");
    insta::assert_snapshot!("several", transcript(&check(&broken, &[])));
    insta::assert_snapshot!("several_json", transcript(&check(&broken, &["--json"])));
}

#[test]
fn a_start_later_than_the_schedule_is_said() {
    let west = GOOD.replace("meta_account", "timezone = \"America/Los_Angeles\"\nmeta_account");
    insta::assert_snapshot!("delay", transcript(&check(&west, &[])));
}
