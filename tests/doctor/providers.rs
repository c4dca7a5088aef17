//! What is asked of the providers, and what their refusals mean for the next report.

use weekledger::simulator::{Effect, Fault, Times, switch_named};

use crate::desk::{Desk, SUNDAY, TOKEN};

fn fault(name: &str) -> Fault {
    switch_named(name).unwrap().fault()
}

#[tokio::test]
async fn where_all_is_well_every_line_passes_and_says_what_was_seen() {
    let desk = Desk::new(Vec::new(), "").await;
    let said = desk.look().await;
    assert_eq!(said.exit, 0, "{said:?}");
    assert!(said.trouble().is_empty(), "{:?}", said.trouble());
    let text = desk.say(SUNDAY, &["doctor"]).await;
    assert_eq!(text.exit, 0);
    let shown = text.stdout.replace(&desk.folder.path().display().to_string(), "FOLDER");
    insta::assert_snapshot!("all_is_well", shown);
}

#[tokio::test]
async fn it_reads_and_changes_nothing_and_no_address_holds_the_token() {
    let desk = Desk::new(Vec::new(), "").await;
    let said = desk.say(SUNDAY, &["doctor", "-vv"]).await;
    assert!(!said.stdout.contains(TOKEN) && !said.stderr.contains(TOKEN));
    assert!(!desk.data().exists(), "not even a data directory is made");
    let left: Vec<_> = std::fs::read_dir(desk.folder.path()).unwrap().map(|e| e.unwrap()).collect();
    assert_eq!(left.len(), 1, "only the configuration");
    let requests = desk.running.requests();
    assert!(requests.len() >= 11);
    for request in &requests {
        let address = format!("{} {:?}", request.path, request.query);
        assert!(!address.contains(TOKEN), "{address}");
        let reads = request.method == "GET"
            || request.path.ends_with("/search")
            || request.body.contains("\"method\":\"get\"");
        assert!(reads, "{request:?}");
    }
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_once_and_fails() {
    for (name, sentence, action) in [
        ("meta-token-expired", "The access token for Meta has expired", "Generate new token"),
        ("meta-app-blocked", "Meta has blocked the app", "Required actions"),
        ("meta-development", "only development access", "switch the app to Live"),
    ] {
        let said = Desk::new(vec![fault(name)], "").await.look().await;
        assert_eq!(said.exit, 1, "{name}");
        let trouble = said.trouble();
        assert_eq!(trouble.len(), 1, "{trouble:?}");
        assert_eq!((trouble[0].name.as_str(), trouble[0].grade.as_str()), ("token", "fail"));
        assert!(trouble[0].sentence.contains(sentence), "{}", trouble[0].sentence);
        assert!(trouble[0].action.contains(action), "{}", trouble[0].action);
    }
}

#[tokio::test]
async fn facts_about_the_token_that_are_refused_leave_the_real_rows_to_speak() {
    let refused = Fault::meta_account_gone("debug_token", Times::Always);
    let said = Desk::new(vec![refused], "").await.look().await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (0, 1), "{trouble:?}");
    assert_eq!((trouble[0].name.as_str(), trouble[0].grade.as_str()), ("token", "warn"));
    let rows = said.lines().into_iter().filter(|line| line.name == "insights").count();
    assert_eq!(rows, 3, "a real row of each account");
}

#[tokio::test]
async fn a_limit_that_ends_at_midnight_is_no_failure_on_the_day_before() {
    let all = Fault { path_contains: String::new(), ..fault("hubspot-limit-day") };
    let desk = Desk::new(vec![all], "").await;
    let sunday = desk.look().await;
    assert_eq!(sunday.exit, 0, "{:?}", sunday.trouble());
    let trouble = sunday.trouble();
    assert!(trouble.iter().all(|line| line.grade == "warn"), "{trouble:?}");
    assert!(trouble[0].sentence.contains("before the next report"), "{trouble:?}");
    assert!(trouble.iter().all(|line| !line.action.contains("crm.schemas")), "{trouble:?}");
    // At 05:00 the report of 07:00 is made.
    let monday = desk.say("2026-11-23T04:00:00Z", &["doctor", "--json"]).await;
    assert_eq!(monday.exit, 1, "{monday:?}");
}

#[tokio::test]
async fn a_permission_that_only_doctor_needs_is_not_told_as_if_contacts_could_not_be_read() {
    let scope =
        |words: &str| Fault { path_contains: words.to_owned(), ..fault("hubspot-missing-scope") };
    let desk = Desk::new(vec![scope("account-info"), scope("properties")], "").await;
    let said = desk.look().await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (0, 2), "{trouble:?}");
    for line in &trouble {
        assert!(line.sentence.ends_with("The key has no permission for it."), "{line:?}");
    }
    assert_eq!(trouble[0].action, "Nothing for the report itself.");
    assert!(trouble[1].action.contains("crm.schemas.contacts.read"), "{trouble:?}");
}

#[tokio::test]
async fn one_account_that_is_gone_fails_and_the_others_pass() {
    let said = Desk::new(vec![fault("meta-account-gone")], "").await.look().await;
    assert_eq!(said.exit, 1);
    let trouble = said.trouble();
    assert_eq!(trouble.len(), 1, "{trouble:?}");
    assert!(trouble[0].subject.starts_with("Residenz Parkring"), "{}", trouble[0].subject);
    let rows = said.lines().into_iter().filter(|line| line.name == "insights").count();
    assert_eq!(rows, 2, "a real row of each of the others");
}

#[tokio::test]
async fn figures_that_cannot_be_read_fail_even_if_the_account_can() {
    let refused = Fault::meta_account_gone("/insights", Times::Always).only("/insights");
    let said = Desk::new(vec![refused], "").await.look().await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (1, 3));
    assert!(trouble.iter().all(|line| line.name == "insights"));
}

#[tokio::test]
async fn a_zone_that_the_configuration_does_not_expect_is_a_warning_with_the_line_to_write() {
    let desk = Desk::new(Vec::new(), "").await;
    desk.edit(|text| text.replace("timezone = \"Europe/London\"\n", ""));
    let said = desk.look().await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (0, 1), "{trouble:?}");
    assert_eq!(trouble[0].name, "time_zone");
    assert!(trouble[0].action.contains("timezone = \"Europe/London\""), "{}", trouble[0].action);
}

#[tokio::test]
async fn a_zone_or_currency_that_contradicts_the_configuration_fails() {
    let desk = Desk::new(Vec::new(), "").await;
    desk.edit(|text| {
        let zone = "timezone = \"Europe/London\"\n";
        assert_eq!(text.matches(zone).count(), 1);
        text.replace(zone, "timezone = \"Europe/Dublin\"\ncurrency = \"EUR\"\n")
    });
    let said = desk.look().await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (1, 2), "{trouble:?}");
    let [currency, zone] = &trouble[..] else { panic!("{trouble:?}") };
    assert_eq!((currency.name.as_str(), currency.grade.as_str()), ("currency", "fail"));
    assert!(currency.sentence.contains("is GBP"), "{}", currency.sentence);
    assert!(currency.sentence.contains("expects EUR"), "{}", currency.sentence);
    assert!(currency.action.contains("meta_account"), "{}", currency.action);
    assert_eq!((zone.name.as_str(), zone.grade.as_str()), ("time_zone", "fail"));

    desk.edit(|text| text.replace("Europe/Dublin", "Europe/London").replace("\"EUR\"", "\"GBP\""));
    let said = desk.look().await;
    assert_eq!((said.exit, said.trouble().len()), (0, 0), "{said:?}");
    let lines = said.lines();
    assert_eq!(lines.iter().filter(|line| line.name == "currency").count(), 1, "{lines:?}");
}

#[tokio::test]
async fn what_may_pass_by_itself_is_only_a_warning() {
    for effect in [
        Effect::Reset,
        Effect::Answer { status: 503, headers: Vec::new(), body: serde_json::json!({}) },
    ] {
        let desk = Desk::new(vec![Fault::at_meta("", Times::Always, effect)], "").await;
        let said = desk.look().await;
        assert_eq!(said.exit, 0, "{said:?}");
        assert!(!said.trouble().is_empty());
        assert!(said.trouble().iter().all(|line| line.grade == "warn"), "{:?}", said.trouble());
    }
}

#[tokio::test]
async fn a_web_page_in_place_of_a_provider_fails() {
    for name in ["hubspot-html", "meta-html-lasting"] {
        let said = Desk::new(vec![fault(name)], "").await.look().await;
        assert_eq!(said.exit, 1, "{name}: {said:?}");
        let failed: Vec<_> = said.trouble().into_iter().filter(|l| l.grade == "fail").collect();
        assert!(failed.iter().all(|line| line.action.contains("base_url")), "{failed:?}");
    }
}

#[tokio::test]
async fn hubspot_is_asked_for_its_scope_and_for_every_property() {
    let said = Desk::new(vec![fault("hubspot-missing-scope")], "").await.look().await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (1, 1), "{trouble:?}");
    assert!(trouble[0].action.contains("crm.objects.contacts.read"));

    let desk = Desk::new(Vec::new(), "").await;
    desk.edit(|text| {
        text.replacen(
            "[[report.recipient]]",
            "[report.account.attribution]\nproperties = [\"our_campaign\"]\n[[report.recipient]]",
            1,
        )
    });
    let said = desk.look().await;
    let trouble = said.trouble();
    assert_eq!((said.exit, trouble.len()), (1, 1), "{trouble:?}");
    assert!(trouble[0].sentence.contains("no contact property our_campaign"), "{trouble:?}");
}

#[tokio::test]
async fn without_the_crm_hubspot_is_not_asked() {
    let desk = Desk::new(Vec::new(), "").await;
    desk.edit(|text| text.replace("[sources.hubspot]\n", "[sources.hubspot]\nenabled = false\n"));
    let said = desk.look().await;
    assert_eq!(said.exit, 0);
    assert!(desk.running.requests().iter().all(|request| request.path.starts_with("/meta")));
}

#[tokio::test]
async fn a_missing_token_names_its_variable() {
    let mut desk = Desk::new(Vec::new(), "").await;
    desk.use_token("");
    let said = desk.look().await;
    assert_eq!(said.exit, 1);
    let all: String =
        said.trouble().iter().map(|line| line.sentence.clone() + &line.action).collect();
    assert!(all.contains("WEEKLEDGER_META_TOKEN") && all.contains("WEEKLEDGER_HUBSPOT_TOKEN"));
    assert!(desk.running.requests().is_empty());
}
