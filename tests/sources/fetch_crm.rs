//! Pulling contacts: what is asked, keyset paging past 10,000, and that the CRM never stops Meta.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use weekledger::ports::{Clock as _, SecretName};
use weekledger::stages::StageError;
use weekledger_events::payload::{PageKind, PullOutcome, RawFetched};
use weekledger_events::{FindingClass, Severity};

use crate::support::pages::{account, contact, contacts, ordinary};
use crate::support::server::{Asked, Reply, Server};
use crate::support::world::{HUBSPOT_TOKEN, World};

fn crm(script: impl Fn(&Asked) -> Reply + Send + 'static) -> Server {
    Server::start(
        move |_, asked| if asked.method == "POST" { script(asked) } else { ordinary(asked) },
    )
}

fn searches(server: &Server) -> Vec<Asked> {
    server.asked().into_iter().filter(|asked| asked.method == "POST").collect()
}

fn filter(body: &Value, property: &str, operator: &str) -> Option<String> {
    let filters = body["filterGroups"][0]["filters"].as_array().unwrap();
    let found = filters.iter().find(|f| f["propertyName"] == property && f["operator"] == operator);
    found.map(|f| f["value"].as_str().unwrap().to_owned())
}

#[track_caller]
fn failed(fetched: &RawFetched) -> (String, String) {
    match &fetched.crm.outcome {
        PullOutcome::Failed { trouble } => (trouble.class.clone(), trouble.action.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_search_asks_for_the_week_and_for_no_personal_data() {
    let server = Server::start(|_, asked| ordinary(asked));
    let world = World::new(&server);
    let fetched = world.fetch().await.unwrap();
    assert_eq!((fetched.crm.announced, fetched.crm.received), (Some(1), 1));
    let asked = &searches(&server)[0];
    assert_eq!(asked.path, "/crm/objects/2026-09/contacts/search");
    assert_eq!(asked.headers["authorization"], format!("Bearer {HUBSPOT_TOKEN}"));
    assert_eq!(asked.headers["content-type"], "application/json");
    let body = asked.json();
    // Monday 16 November 2026, 00:00 in Berlin (UTC+1), to the Monday after.
    assert_eq!(filter(&body, "createdate", "GTE").unwrap(), "1794783600000");
    assert_eq!(filter(&body, "createdate", "LT").unwrap(), "1795388400000");
    assert_eq!(body["sorts"], json!([{"propertyName": "hs_object_id", "direction": "ASCENDING"}]));
    assert_eq!(body["limit"], json!(100));
    assert!(body.get("after").is_none());
    let properties: Vec<_> =
        body["properties"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
    assert!(
        properties.contains(&"hs_analytics_source_data_2") && properties.contains(&"utm_campaign")
    );
    // The last address changes long after, and no rule reads it.
    for personal in ["email", "firstname", "lastname", "phone", "hs_analytics_last_url"] {
        assert!(!properties.contains(&personal));
    }
}

#[tokio::test]
async fn the_span_covers_the_week_in_every_zone() {
    let server = Server::start(|_, asked| match asked.path.as_str() {
        "/v26.0/act_1" => Reply::json(&account("act_1", "Pacific/Auckland")),
        "/v26.0/act_2" => Reply::json(&account("act_2", "America/Los_Angeles")),
        _ => ordinary(asked),
    });
    // The week ends in Los Angeles at 08:00 UTC.
    let world = World::new(&server).accounts(&["act_1", "act_2"]).at("2026-11-23T08:00:00Z");
    world.fetch().await.unwrap();
    let body = searches(&server)[0].json();
    // 16 November 00:00 in Auckland (UTC+13); 23 November 00:00 in Los Angeles (UTC-8).
    assert_eq!(filter(&body, "createdate", "GTE").unwrap(), "1794740400000");
    assert_eq!(filter(&body, "createdate", "LT").unwrap(), "1795420800000");
}

#[tokio::test]
async fn old_versions_have_the_old_path() {
    let server = Server::start(|_, asked| ordinary(asked));
    let mut world = World::new(&server);
    world.settings.hubspot.api_version = "v3".to_owned();
    world.fetch().await.unwrap();
    assert_eq!(searches(&server)[0].path, "/crm/v3/objects/contacts/search");
}

#[tokio::test]
async fn a_server_that_demands_after_gets_it() {
    let server = crm(|asked| {
        if asked.json().get("after").is_none() {
            return Reply::new(400, json!({"status": "error", "message": "Invalid input JSON: missing required field 'after'"}).to_string());
        }
        assert_eq!(asked.json()["after"], "0");
        Reply::json(&contacts(1, &[contact(1, "2026-11-17T10:00:00Z")], None))
    });
    let fetched = World::new(&server).fetch().await.unwrap();
    assert_eq!((fetched.crm.outcome, fetched.crm.received), (PullOutcome::Pulled, 1));
}

/// A CRM with so many contacts that serves at most 10,000 of one search, as HubSpot does.
fn large_crm(count: u64) -> Server {
    crm(move |asked| {
        let body = asked.json();
        let above: u64 = filter(&body, "hs_object_id", "GT").map_or(0, |id| id.parse().unwrap());
        let after: u64 =
            body.get("after").map_or(0, |after| after.as_str().unwrap().parse().unwrap());
        let limit = body["limit"].as_u64().unwrap();
        if after + limit > 10_000 {
            return Reply::new(
                400,
                json!({"status": "error", "message": "paging past 10,000"}).to_string(),
            );
        }
        let first = above + after + 1;
        let last = count.min(above + after + limit);
        let rows: Vec<_> = (first..=last).map(|id| contact(id, "2026-11-17T10:00:00Z")).collect();
        let next = (last < count).then(|| (after + limit).to_string());
        Reply::json(&contacts(count - above, &rows, next.as_deref()))
    })
}

#[tokio::test]
async fn more_than_ten_thousand_contacts_are_read_by_their_ids() {
    let server = large_crm(20_150);
    let mut world = World::new(&server);
    world.settings.hubspot.page_size = 200;
    world.settings.limits.pages_max = 200;
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.crm.outcome, PullOutcome::Pulled);
    assert_eq!((fetched.crm.announced, fetched.crm.received), (Some(20_150), 20_150));
    assert_eq!(fetched.findings, []);
    assert_eq!(fetched.pages.iter().filter(|page| page.kind == PageKind::Contacts).count(), 101);
    let asked = searches(&server);
    assert_eq!(filter(&asked[50].json(), "hs_object_id", "GT").as_deref(), Some("10000"));
    assert!(asked[50].json().get("after").is_none());
    assert_eq!(asked[51].json()["after"], "200", "the cursor goes on within the new search");
}

#[tokio::test]
async fn a_count_that_differs_and_contacts_that_come_twice_are_findings() {
    let server = crm(|asked| {
        let rows = [contact(1, "2026-11-17T10:00:00Z"), contact(2, "2026-11-17T10:00:00Z")];
        Reply::json(&match asked.json().get("after") {
            None => contacts(5, &rows, Some("2")),
            Some(_) => contacts(5, &rows[1..], None),
        })
    });
    let fetched = World::new(&server).fetch().await.unwrap();
    assert_eq!((fetched.crm.announced, fetched.crm.received), (Some(5), 2));
    let classes: Vec<_> = fetched.findings.iter().map(|finding| finding.class).collect();
    assert_eq!(classes, [FindingClass::IncompletePages, FindingClass::DuplicateContact]);
    assert!(fetched.findings[0].message.contains("announced 5 contacts and sent 2"));
    assert_eq!(fetched.findings[0].severity, Severity::Hold, "three of five are missing");
}

#[tokio::test]
async fn a_few_missing_contacts_only_warn() {
    let rows: Vec<Value> = (1..=99).map(|id| contact(id, "2026-11-17T10:00:00Z")).collect();
    let server = crm(move |_| Reply::json(&contacts(100, &rows, None)));
    let fetched = World::new(&server).fetch().await.unwrap();
    assert_eq!(fetched.findings[0].class, FindingClass::IncompletePages);
    assert_eq!(
        fetched.findings[0].severity,
        Severity::Warning,
        "one per cent, and two are allowed"
    );
}

#[tokio::test]
async fn an_endless_cursor_fails_the_crm_alone() {
    let server = crm(|_| Reply::json(&contacts(5, &[], Some("1"))));
    let fetched = World::new(&server).fetch().await.unwrap();
    assert_eq!(failed(&fetched).0, "listing_endless");
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    assert_eq!(fetched.findings[0].class, FindingClass::CrmMissing);
    let action = fetched.findings[0].action.as_deref().unwrap();
    assert!(action.contains("HubSpot's support") && !action.contains("pages_max"), "{action}");
}

#[tokio::test]
async fn trouble_of_the_crm_never_stops_the_ads() {
    let message = |text: &str| json!({"status": "error", "message": text}).to_string();
    let cases = [
        (401, message("expired"), "token_invalid", "Service Keys"),
        (
            403,
            message("You do not have permissions"),
            "permission_missing",
            "crm.objects.contacts.read",
        ),
        (404, message("no"), "address_wrong", "[sources.hubspot]"),
        (429, json!({"policyName": "DAILY"}).to_string(), "daily_limit", "midnight"),
        (500, String::new(), "provider_unavailable", "status.hubspot.com"),
        (200, "<html>".to_owned(), "page_is_html", "base_url under [sources.hubspot]"),
    ];
    for (status, body, class, hint) in cases {
        let server = crm(move |_| Reply::new(status, body.clone()));
        let mut world = World::new(&server);
        // Nothing is left to wait for what may pass.
        world.wait_until = "2026-11-23T04:00:00Z".parse().unwrap();
        let fetched = world.fetch().await.unwrap();
        let (found, action) = failed(&fetched);
        assert_eq!(found, class);
        assert!(action.contains(hint), "{action}");
        assert_eq!(fetched.findings[0].class, FindingClass::CrmMissing);
        let action = fetched.findings[0].action.as_deref().unwrap();
        assert!(action.contains("--from RunRequested --reason TEXT --deliver"), "{action}");
        assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
        let evidence = fetched.pages.last().unwrap();
        assert_eq!((evidence.kind, evidence.http_status), (PageKind::Contacts, status));
    }
}

#[tokio::test]
async fn a_missing_token_fails_the_crm_alone() {
    let server = Server::start(|_, asked| ordinary(asked));
    let world = World::new(&server);
    world.secrets.0.lock().unwrap().remove(&SecretName::HubspotToken);
    let fetched = world.fetch().await.unwrap();
    let (class, action) = failed(&fetched);
    assert_eq!(class, "token_missing");
    assert!(action.contains("WEEKLEDGER_HUBSPOT_TOKEN"));
}

#[tokio::test]
async fn a_limit_of_seconds_is_waited_for() {
    let server = Server::start(|before, asked| match before {
        4 => Reply::new(429, json!({"policyName": "TEN_SECONDLY_ROLLING"}).to_string()),
        _ => ordinary(asked),
    });
    let world = World::new(&server);
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.crm.outcome, PullOutcome::Pulled);
    assert_eq!(world.clock.slept(), Duration::from_secs(10));
}

#[tokio::test]
async fn some_trouble_of_the_crm_costs_no_figures() {
    // Longer than all attempts of one round.
    let down = AtomicU32::new(0);
    let server = crm(move |_| {
        if down.fetch_add(1, Ordering::SeqCst) < 4 {
            return Reply::new(503, "");
        }
        Reply::json(&contacts(1, &[contact(1, "2026-11-17T10:00:00Z")], None))
    });
    let fetched = World::new(&server).fetch().await.unwrap();
    assert_eq!(fetched.crm.outcome, PullOutcome::Pulled);
    assert_eq!(fetched.findings, []);
}

#[tokio::test]
async fn a_crm_in_lasting_trouble_is_waited_for_while_there_is_time_and_then_gone_on_without() {
    let server = crm(|_| Reply::new(503, ""));
    let world = World::new(&server);
    let mut waits = 0;
    let fetched = loop {
        match world.fetch().await {
            Ok(fetched) => break fetched,
            Err(StageError::Waiting { trouble, until }) => {
                assert!(trouble.sentence.starts_with("The CRM could not be read yet."));
                assert!(until <= world.wait_until);
                let left = until.duration_since(world.clock.now());
                world.clock.sleep(Duration::try_from(left).unwrap()).await;
            }
            Err(error) => panic!("{error:?}"),
        }
        waits += 1;
    };
    // From 05:00 to 06:45 in Berlin, every five minutes and what the rounds take.
    assert!((15..=19).contains(&waits), "{waits}");
    assert_eq!(failed(&fetched).0, "provider_unavailable");
    let ads = server.asked().iter().filter(|asked| asked.method == "GET").count();
    assert_eq!(ads, 4, "the ads are pulled once");
}

#[tokio::test]
async fn what_the_answer_says_of_the_wait_goes_before_the_guess() {
    let server = Server::start(|before, asked| match before {
        4 => Reply::new(477, "").header("Retry-After", "3"),
        _ => ordinary(asked),
    });
    let world = World::new(&server);
    assert_eq!(world.fetch().await.unwrap().crm.outcome, PullOutcome::Pulled);
    assert_eq!(world.clock.slept(), Duration::from_secs(3));
}

#[tokio::test]
async fn searches_keep_to_four_a_second() {
    let server = large_crm(2_000);
    let world = World::new(&server);
    world.fetch().await.unwrap();
    // Twenty searches: one at once, nineteen after a quarter second each. The answers take no time
    // on this clock.
    assert_eq!(searches(&server).len(), 20);
    assert_eq!(world.clock.slept(), Duration::from_millis(19 * 250));
}

#[tokio::test]
async fn a_crm_that_is_off_is_not_asked() {
    let server = Server::start(|_, asked| ordinary(asked));
    let fetched = World::new(&server).without_crm().fetch().await.unwrap();
    assert_eq!(fetched.crm.outcome, PullOutcome::Off);
    assert!(searches(&server).is_empty());
}

#[tokio::test]
async fn empty_pages_with_ever_new_cursors_end_the_list_after_twenty() {
    let server = crm(|asked| {
        let after: u64 =
            asked.json().get("after").map_or(0, |after| after.as_str().unwrap().parse().unwrap());
        Reply::json(&contacts(5, &[], Some(&(after + 100).to_string())))
    });
    let mut world = World::new(&server);
    world.settings.limits.pages_max = 500;
    let fetched = world.fetch().await.unwrap();
    let PullOutcome::Failed { trouble } = &fetched.crm.outcome else { panic!("{fetched:?}") };
    let said = "The list of contacts did not end: HubSpot keeps sending empty pages.";
    assert_eq!((trouble.class.as_str(), trouble.sentence.as_str()), ("listing_endless", said));
    assert_eq!(searches(&server).len(), 20);
}

#[tokio::test]
async fn addresses_in_a_providers_own_words_are_no_links() {
    let said = "Read more here: https://developers.hubspot.com/scopes.";
    let body = json!({"status": "error", "message": said, "category": "MISSING_SCOPES"});
    let server = crm(move |_| Reply::new(403, body.to_string()));
    let fetched = World::new(&server).fetch().await.unwrap();
    let message = &fetched.findings[0].message;
    assert!(message.contains("\"Read more here: developers.hubspot.com/scopes.\""), "{message}");
}
