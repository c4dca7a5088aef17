//! Tests of loading, defaults, keys and settings. Messages are tested through the binary.

use std::path::Path;

use jiff::civil::time;
use proptest::prelude::*;
use weekledger_events::{RecipientKey, ReportId};
use weekledger_projections::figure::{Level, Metric};

use super::*;

const MINIMAL: &str = r#"
[mail]
from = "reports@example.com"

[[report]]
id = "weekly"
title = "Weekly advertising report"
timezone = "Europe/Amsterdam"

[[report.account]]
name = "Hotel North"
meta_account = "1234567890"

[[report.recipient]]
name = "Ada Lovelace"
email = "ada@example.com"
department = "Leadership"
"#;

const TEMPLATE: &str = include_str!("../../templates/weekledger.toml");

fn parse(text: &str) -> Config {
    Config::parse(text, Path::new("conf/weekledger.toml")).unwrap_or_else(|e| panic!("{e}"))
}

fn problems(text: &str) -> Vec<(usize, String, String)> {
    let error = Config::parse(text, Path::new("weekledger.toml")).unwrap_err();
    error.list.into_iter().map(|p| (p.line, p.field, p.what)).collect()
}

fn key(text: &str) -> RecipientKey {
    RecipientKey::parse(text).unwrap()
}

#[test]
fn what_the_file_leaves_out_has_a_value_that_serves() {
    let config = parse(MINIMAL);
    let settings = config.settings(&config.reports[0]);
    assert_eq!(settings.meta.base_url, "https://graph.facebook.com");
    assert_eq!(settings.meta.api_version, "v26.0");
    assert_eq!(settings.meta.page_size, 100);
    assert_eq!(settings.hubspot.base_url, "https://api.hubapi.com");
    assert_eq!(settings.hubspot.api_version, "2026-09");
    assert_eq!((settings.hubspot.enabled, settings.hubspot.page_size), (true, 200));
    assert_eq!(settings.analyst.provider, Provider::Rules);
    assert_eq!(settings.analyst.base_url, "https://api.anthropic.com");
    assert_eq!(settings.analyst.model, "claude-opus-5-5");
    assert_eq!(settings.accounts[0].account.as_str(), "act_1234567890");
    assert_eq!(
        settings.accounts[0].lead_actions,
        ["lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"]
    );
    assert!(settings.accounts[0].attribution.drill_down_names);
    assert_eq!(config.keep_raw_days, 90);
    let report = &config.reports[0];
    assert_eq!((report.open_at, report.deliver_at), (time(5, 0, 0, 0), time(7, 0, 0, 0)));
    assert!(!report.approval && config.owner.is_none() && config.secrets_file.is_none());
}

#[test]
fn the_template_shows_the_defaults_as_they_are() {
    let shown: String = TEMPLATE.lines().map(|line| uncommented(line) + "\n").collect();
    assert!(shown.lines().count() > MINIMAL.lines().count());
    assert_ne!(shown, TEMPLATE);
    assert_eq!(format!("{:?}", parse(&shown)), format!("{:?}", parse(TEMPLATE)));
}

/// A setting in a comment has no space after the sign; prose has one.
fn uncommented(line: &str) -> String {
    match line.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '[') => rest,
        _ => line,
    }
    .to_owned()
}

#[test]
fn the_template_names_every_field_that_can_be_set() {
    // Fields that the template explains in prose, because no default could stand beside them.
    let prose = [
        "count_unattributed = true",
        "timezone = \"America/Chicago\"",
        "key = \"ada\"",
        "file = \"weekledger.secrets\"",
    ];
    assert!(prose.iter().all(|field| TEMPLATE.contains(field)));
    let source = include_str!("load.rs");
    let mut names: Vec<&str> = source.split('"').skip(1).step_by(2).collect();
    names.retain(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_') && name.len() > 1);
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        assert!(TEMPLATE.contains(name), "the template does not mention {name}");
    }
}

#[test]
fn an_account_may_be_written_with_or_without_its_prefix() {
    let with = parse(&MINIMAL.replace("\"1234567890\"", "\"act_1234567890\""));
    assert_eq!(
        with.reports[0].accounts[0].settings,
        parse(MINIMAL).reports[0].accounts[0].settings
    );
}

#[test]
fn a_time_zone_is_known_by_its_canonical_name() {
    let config = parse(&MINIMAL.replace("Europe/Amsterdam", "europe/amsterdam"));
    assert_eq!(config.settings(&config.reports[0]).time_zone, "Europe/Amsterdam");
}

#[test]
fn a_sender_may_have_a_name() {
    let from = "\"Weekly <reports@example.com>\"";
    let mail = parse(&MINIMAL.replace("\"reports@example.com\"", from)).mail;
    assert_eq!(mail.from.name(), Some("Weekly"));
    assert_eq!(mail.from.as_str(), "reports@example.com");
}

#[test]
fn the_secrets_file_is_found_beside_the_configuration() {
    let config = parse(&format!("{MINIMAL}\n[secrets]\nfile = \"keys\"\n"));
    assert_eq!(config.secrets_file.as_deref(), Some(Path::new("conf/keys")));
}

#[test]
fn addresses_of_this_machine_may_be_plain_http_and_others_not() {
    let with = |url: &str| format!("{MINIMAL}\n[sources.meta]\nbase_url = \"{url}\"\n");
    for url in ["http://127.0.0.1:8080/meta", "http://localhost:1", "http://[::1]:9/"] {
        let expected = url.trim_end_matches('/');
        assert_eq!(parse(&with(url)).meta.base_url, expected);
    }
    for url in [
        "http://graph.facebook.com",
        "http://localhost.example.com",
        "http://10.0.0.1",
        "ftp://127.0.0.1",
        "https://user:word@example.com",
        "https://example.com/?access_token=EAAx",
        "graph.facebook.com",
    ] {
        let found = problems(&with(url));
        assert_eq!(found.len(), 1, "{url}: {found:?}");
        assert_eq!(found[0].1, "sources.meta.base_url");
    }
}

#[test]
fn what_looks_like_a_secret_is_never_repeated() {
    let secret = "EAAB0123456789";
    for line in [
        format!("[sources.meta]\naccess_token = \"{secret}\""),
        format!("[sources.meta]\napi_version = \"{secret}\""),
        format!("[sources.meta]\ntoken = {secret}"),
        format!("[analyst]\nprovider = \"{secret}\""),
        format!("[sources.meta]\nbase_url = \"https://x.example/?t={secret}\""),
        format!("[sources.meta]\nbase_url = \"https://me:{secret}@x.example/\""),
    ] {
        let error = Config::parse(&format!("{line}\n{MINIMAL}"), Path::new("w.toml")).unwrap_err();
        assert!(!error.list.is_empty());
        assert!(!format!("{error} {error:?}").contains(secret), "{error}");
    }
}

#[test]
fn every_problem_is_told_at_once_in_the_order_of_the_lines() {
    let broken = MINIMAL
        .replace("from = \"reports@example.com\"", "from = \"reports\"")
        .replace("title =", "titel =")
        .replace("Europe/Amsterdam", "Europe/Amsterdm")
        .replace("meta_account = \"1234567890\"", "meta_account = 1234567890");
    let fields: Vec<String> = problems(&broken).into_iter().map(|(_, field, _)| field).collect();
    assert_eq!(
        fields,
        ["mail.from", "report[1].titel", "report[1].timezone", "report[1].account[1].meta_account"]
    );
}

#[test]
fn nothing_may_be_listed_twice() {
    let account = "\n[[report.account]]\nname = \"South\"\nmeta_account = \"act_1234567890\"\n";
    let recipient = "\n[[report.recipient]]\nname = \"A\"\nemail = \"ADA@example.com\"\ndepartment = \"Digital\"\n";
    let report = MINIMAL.split_once("\n[[report]]").unwrap().1;
    let twice = format!("{MINIMAL}{account}{recipient}\n[[report]]{report}");
    let fields: Vec<String> = problems(&twice).into_iter().map(|(_, field, _)| field).collect();
    assert_eq!(
        fields,
        ["report[1].account[2].meta_account", "report[1].recipient[2].email", "report[2].id"]
    );
}

#[test]
fn a_report_needs_accounts_and_recipients() {
    let bare = "[mail]\nfrom = \"a@example.com\"\n[[report]]\nid = \"r\"\ntitle = \"T\"\ntimezone = \"UTC\"\n";
    let found = problems(bare);
    assert_eq!(found[0].1, "report[1].account");
    assert_eq!(found[1].1, "report[1].recipient");
    assert!(found.iter().all(|(line, _, _)| *line == 3), "{found:?}");
    assert_eq!(problems("[mail]\nfrom = \"a@example.com\"\n")[0].1, "report");
}

#[test]
fn delivery_comes_after_opening() {
    let early = MINIMAL.replace("id = \"weekly\"", "id = \"weekly\"\ndeliver_at = \"05:00\"");
    assert_eq!(problems(&early)[0].1, "report[1].deliver_at");
    let late = MINIMAL.replace("id = \"weekly\"", "id = \"weekly\"\nopen_at = 08:30:00");
    assert_eq!(problems(&late)[0].1, "report[1].deliver_at");
}

#[test]
fn which_figures_may_alert_is_chosen_per_report_and_pinned_with_its_runs() {
    let pinned = |config: &Config| config.settings(&config.reports[0]);
    let served = pinned(&parse(MINIMAL));
    assert_eq!(served.alerts, AlertRule::default());
    let text = String::from_utf8(served.to_bytes().unwrap()).unwrap();
    assert!(!text.contains("alerts"), "what nobody chose changes no digest");
    let chosen = "\n[report.alerts]\nlevels = [\"account\", \"campaign\"]\nfigures = [\"cost\"]\n";
    let settings = pinned(&parse(&format!("{MINIMAL}{chosen}")));
    let rule = AlertRule {
        levels: [Level::Account, Level::Campaign].into(),
        metrics: [Metric::SpendPerLead].into(),
    };
    assert_eq!(settings.alerts, rule);
    assert_eq!(RunSettings::from_bytes(&settings.to_bytes().unwrap()).unwrap(), settings);
    let one = "\n[report.alerts]\nlevels = [\"report\"]\n";
    let settings = pinned(&parse(&format!("{MINIMAL}{one}")));
    assert_eq!(
        settings.alerts.metrics,
        AlertRule::default().metrics,
        "the other keeps its default"
    );
}

#[test]
fn alerts_that_make_no_sense_are_refused() {
    let flaw = |lines: &str| problems(&format!("{MINIMAL}\n[report.alerts]\n{lines}\n"));
    for (lines, field, what) in [
        ("levels = []", "levels", "the list is empty"),
        ("levels = \"report\"", "levels", "expected a list of texts, found a text"),
        ("levels = [\"report\", \"report\"]", "levels", "\"report\" stands in the list twice"),
        ("levels = [\"acount\"]", "levels", "\"acount\" is no level of alerts"),
        (
            "levels = [\"ad_set\"]",
            "levels",
            "\"ad_set\": an ad set has too few leads to be judged week by week",
        ),
        ("figures = [\"clicks\"]", "figures", "\"clicks\" is no figure of alerts"),
        (
            "figures = [\"spend\"]",
            "figures",
            "\"spend\": spend is what somebody decided to spend, and is not judged",
        ),
        (
            "figures = [\"leads\", \"crm_leads\"]",
            "figures",
            "\"crm_leads\": the rules are measured for Meta leads and their cost alone",
        ),
        ("metrics = [\"leads\"]", "metrics", "unknown field `metrics` in report[1].alerts"),
    ] {
        let found = flaw(lines);
        assert_eq!(found.len(), 1, "{lines}: {found:?}");
        assert_eq!(
            (found[0].1.as_str(), found[0].2.as_str()),
            (format!("report[1].alerts.{field}").as_str(), what)
        );
    }
}

#[test]
fn more_figures_than_the_rules_are_measured_for_are_refused_where_somebody_chose_them() {
    let account = |number: u32| {
        format!("[[report.account]]\nname = \"Hotel {number}\"\nmeta_account = \"{number}\"\n")
    };
    // With the one of the example 100 accounts: leads and cost of 101 are 202 figures.
    let many: String = (100..199).map(account).collect();
    let alerts = "[report.alerts]\nlevels = [\"report\", \"account\"]\n";
    let found = problems(&format!("{MINIMAL}{many}{alerts}"));
    assert_eq!(found[0].1, "report[1].alerts.levels");
    assert_eq!(
        found[0].2,
        "202 figures might raise an alert, and the rules are measured for 200 at most"
    );
    parse(&format!("{MINIMAL}{many}"));
    parse(&format!("{MINIMAL}{many}{alerts}figures = [\"leads\"]\n"));
}

#[test]
fn bedrock_needs_to_be_told_its_region() {
    let bedrock = format!("{MINIMAL}\n[analyst]\nprovider = \"bedrock\"\n");
    assert_eq!(problems(&bedrock)[0].1, "analyst.region");
    let config = parse(&format!("{bedrock}region = \"eu-central-1\"\n"));
    assert_eq!(config.analyst.base_url, "https://bedrock-mantle.eu-central-1.api.aws/anthropic");
    assert_eq!(config.analyst.model, "anthropic.claude-opus-5-5");
    let wrong = format!("{bedrock}region = \"Frankfurt\"\n");
    assert_eq!(problems(&wrong)[0].1, "analyst.region");
}

#[test]
fn a_recipient_key_follows_from_report_and_address() {
    // printf 'weekly\nada@example.com' | sha256sum
    let expected = key("rfbec468699e9");
    let config = parse(MINIMAL);
    assert_eq!(config.reports[0].recipients[0].key, expected);
    let (name, address) =
        config.recipient_address(&config.reports[0].id, &expected).expect("a recipient");
    assert_eq!((name.as_str(), address.as_str()), ("Ada Lovelace", "ada@example.com"));
    assert!(config.recipient_address(&config.reports[0].id, &key("r0")).is_none());
}

#[test]
fn a_recipient_may_have_a_key_of_its_own() {
    let config = parse(&MINIMAL.replace("department", "key = \"ada\"\ndepartment"));
    assert_eq!(config.reports[0].recipients[0].key, key("ada"));
}

#[test]
fn settings_come_back_from_their_bytes() {
    let config = parse(TEMPLATE);
    let settings = config.settings(&config.reports[0]);
    let bytes = settings.to_bytes().unwrap();
    assert_eq!(RunSettings::from_bytes(&bytes).unwrap(), settings);
}

proptest! {
    #[test]
    fn a_key_does_not_depend_on_the_case_of_the_address(
        local in "[a-z][a-z0-9]{0,12}", report in "[a-z][a-z0-9-]{0,12}"
    ) {
        let report = ReportId::parse(&report).unwrap();
        let address = |text: String| MailAddress::new(text);
        let lower = check::derived_key(&report, &address(format!("{local}@example.com")));
        let upper = check::derived_key(&report, &address(format!("{local}@example.com").to_uppercase()));
        let other = check::derived_key(&report, &address(format!("{local}1@example.com")));
        prop_assert!(lower.is_some());
        prop_assert_eq!(&lower, &upper);
        prop_assert_ne!(&lower, &other);
    }

    #[test]
    fn settings_and_debug_hold_neither_name_nor_address(
        name in "[A-Z][a-z]{11}", local in "[a-z]{12}", department in "(Marketing|Digital)"
    ) {
        let text = MINIMAL
            .replace("Ada Lovelace", &name)
            .replace("ada@", &format!("{local}@"))
            .replace("reports@", &format!("from{local}@"))
            .replace("Leadership", &department);
        let config = parse(&text);
        let bytes = config.settings(&config.reports[0]).to_bytes().unwrap();
        let settings = String::from_utf8(bytes).unwrap();
        prop_assert!(settings.contains(&department));
        for text in [settings, format!("{config:?}")] {
            prop_assert!(!text.contains(&name) && !text.contains(&local) && !text.contains('@'));
        }
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}", at in 0usize..400) {
        let _ = Config::parse(&text, Path::new("w.toml"));
        let mut cut = MINIMAL.to_owned();
        cut.truncate(at.min(cut.len()));
        let _ = Config::parse(&format!("{cut}{text}"), Path::new("w.toml"));
    }
}
