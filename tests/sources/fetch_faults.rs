//! Faults of the provider and of the net: what the stage says, and that other accounts go on.

use std::time::Duration;

use jiff::Timestamp;
use weekledger::ports::SecretName;
use weekledger::stages::StageError;
use weekledger_events::payload::{PullOutcome, RawFetched, Trouble};
use weekledger_events::{FindingClass, Severity};

use crate::support::pages::{meta_error, ordinary};
use crate::support::server::{Asked, Manner, Reply, Server};
use crate::support::world::World;

/// Answers requests about act_2 by `script`, everything else in the ordinary way.
fn second_account(script: impl Fn(&Asked) -> Reply + Send + 'static) -> Server {
    Server::start(
        move |_, asked| if asked.path.contains("act_2") { script(asked) } else { ordinary(asked) },
    )
}

fn two_accounts(server: &Server) -> World {
    World::new(server).accounts(&["act_1", "act_2"]).without_crm()
}

/// Too late to wait for anything beyond this invocation.
fn in_a_hurry(server: &Server) -> World {
    let mut world = two_accounts(server);
    world.wait_until = "2026-11-23T04:00:00Z".parse().unwrap();
    world
}

#[track_caller]
fn failed(fetched: &RawFetched, account: usize) -> &Trouble {
    match &fetched.accounts[account].outcome {
        PullOutcome::Failed { trouble } => trouble,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn fatal(result: Result<RawFetched, StageError>) -> Trouble {
    match result {
        Err(StageError::Fatal { trouble }) => trouble,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn waiting(result: Result<RawFetched, StageError>) -> (Trouble, Timestamp) {
    match result {
        Err(StageError::Waiting { trouble, until }) => (trouble, until),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_account_without_permission_never_hides_the_other() {
    let server = second_account(|_| {
        meta_error(403, 200, None, "(#200) Ad account owner has NOT granted ads_read permission.")
    });
    let fetched = two_accounts(&server).fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    let trouble = failed(&fetched, 1);
    assert_eq!(trouble.class, "permission_missing");
    assert!(trouble.action.contains("Business Settings"));
    let finding = &fetched.findings[0];
    assert_eq!(
        (finding.class, finding.severity, finding.subject.as_str()),
        (FindingClass::AccountMissing, Severity::Hold, "act_2")
    );
    let action = finding.action.as_deref().unwrap();
    assert!(action.contains("--from RunRequested --reason TEXT --deliver"), "{action}");
    let evidence = fetched.pages.last().unwrap();
    assert_eq!((evidence.http_status, evidence.account.as_ref().unwrap().as_str()), (403, "act_2"));
    assert_eq!(fetched.pages.len(), 5);
}

#[tokio::test]
async fn missing_accounts_within_the_limit_only_warn() {
    let server = second_account(|_| meta_error(400, 100, Some(33), "Unsupported get request."));
    let mut world = two_accounts(&server);
    world.settings.hold.accounts_missing_max = 1;
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.findings[0].severity, Severity::Warning);
    assert_eq!(failed(&fetched, 1).class, "account_not_found");
}

#[tokio::test]
async fn an_expired_token_or_a_blocked_app_stops_the_report_with_what_to_do() {
    let server = Server::start(|_, _| meta_error(400, 190, Some(463), "Session has expired"));
    let trouble = fatal(two_accounts(&server).fetch().await);
    assert_eq!(trouble.class, "token_expired");
    assert!(trouble.action.contains("Generate new token"));
    assert_eq!(server.count(), 2, "read again once; the other account is not tried");

    let server = Server::start(|_, _| meta_error(400, 200, None, "API access blocked."));
    let trouble = fatal(two_accounts(&server).fetch().await);
    assert_eq!(trouble.class, "app_blocked");
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_missing_token_names_its_variable() {
    let server = Server::start(|_, asked| ordinary(asked));
    let world = two_accounts(&server);
    world.secrets.0.lock().unwrap().remove(&SecretName::MetaToken);
    let trouble = fatal(world.fetch().await);
    assert_eq!(trouble.class, "token_missing");
    assert!(trouble.action.contains("WEEKLEDGER_META_TOKEN"));
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_token_that_no_header_may_hold_is_refused_without_showing_it() {
    let server = Server::start(|_, asked| ordinary(asked));
    let world = two_accounts(&server);
    world.secrets.set(SecretName::MetaToken, &["planted\nsecond-line"]);
    let trouble = fatal(world.fetch().await);
    assert_eq!(trouble.class, "token_malformed");
    assert!(!format!("{trouble:?}").contains("planted"));
}

#[tokio::test]
async fn transient_trouble_is_retried_with_growing_pauses() {
    let server = Server::start(|before, asked| match before {
        0 => Reply::new(503, "<html>unavailable</html>"),
        1 => meta_error(500, 1, None, "An unknown error occurred"),
        _ => ordinary(asked),
    });
    let world = World::new(&server).without_crm();
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    assert_eq!(
        *world.clock.slept.lock().unwrap(),
        [Duration::from_secs(1), Duration::from_secs(2)]
    );
    assert_eq!(fetched.pages.len(), 4, "answers that were retried are no pages of the week");
}

#[tokio::test]
async fn broken_pages_and_connections_are_retried() {
    let server = Server::start(|before, asked| match before {
        0 => ordinary(asked).manner(Manner::Silent),
        1 => ordinary(asked).manner(Manner::Half),
        2 => Reply::new(200, "<html>Sign in to the hotel network</html>"),
        3 => Reply::new(200, r#"{"account_status":1,"curr"#),
        _ => ordinary(asked),
    });
    let mut world = World::new(&server).without_crm();
    world.settings.limits.attempts_max = 5;
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    assert_eq!(server.count(), 8);
}

#[tokio::test]
async fn html_in_place_of_pages_fails_the_account_in_words() {
    let server = second_account(|_| Reply::new(200, "<html>Sign in</html>"));
    let world = in_a_hurry(&server);
    let fetched = world.fetch().await.unwrap();
    let trouble = failed(&fetched, 1);
    assert_eq!(trouble.class, "page_is_html");
    assert!(
        trouble.sentence.contains("begins with \"<html>Sign in</html>\""),
        "{}",
        trouble.sentence
    );
    assert!(trouble.action.contains("base_url under [sources.meta]"));
    assert_eq!(server.count(), 4 + 9, "three attempts in each of three rounds");
    assert!(world.clock.slept() < Duration::from_secs(120));
}

#[tokio::test]
async fn a_slow_server_is_given_up_after_the_configured_time() {
    let server =
        second_account(|asked| ordinary(asked).manner(Manner::Slow(Duration::from_secs(20))));
    let mut world = in_a_hurry(&server);
    world.settings.limits.request_seconds_max = 1;
    world.settings.limits.attempts_max = 1;
    let fetched = world.fetch().await.unwrap();
    let trouble = failed(&fetched, 1);
    assert_eq!(trouble.class, "timeout");
    assert!(trouble.sentence.contains("no answer within 1 second"), "{}", trouble.sentence);
}

#[tokio::test]
async fn an_answer_beyond_the_byte_limit_is_asked_for_in_smaller_parts_and_then_refused() {
    let server = second_account(|asked| {
        if asked.query("level").is_empty() {
            return ordinary(asked);
        }
        Reply::new(200, vec![b' '; 5000])
    });
    let mut world = two_accounts(&server);
    world.settings.limits.body_bytes_max = 4096;
    let fetched = world.fetch().await.unwrap();
    assert_eq!(failed(&fetched, 1).class, "answer_too_large");
    let limits: Vec<_> = server
        .asked()
        .iter()
        .filter(|a| a.path.contains("act_2/"))
        .map(|a| a.query("limit").to_owned())
        .collect();
    // All fields, fewer fields, one day; then smaller pages, and a job at last.
    assert_eq!(limits, ["100", "100", "100", "50", "25", "12", "10", ""]);
}

#[tokio::test]
async fn an_unreachable_provider_is_waited_for() {
    let server = Server::start(|_, asked| ordinary(asked));
    let mut world = World::new(&server).without_crm();
    world.settings.meta.base_url = "http://127.0.0.1:9".to_owned();
    let (trouble, until) = waiting(world.fetch().await);
    assert_eq!(trouble.class, "no_connection");
    assert!(
        trouble.sentence.starts_with(
            "No ad account could be read yet. Hotel (act_1): Meta could not be asked: no connection"
        ),
        "{}",
        trouble.sentence
    );
    assert!(!trouble.sentence.contains("127.0.0.1"), "addresses stay out of sentences");
    use weekledger::ports::Clock as _;
    assert_eq!(until.duration_since(world.clock.now()).as_secs(), 600);
}

/// A limit that ends after `minutes` of the test's own time cannot be scripted by the clock, so it
/// ends after a number of requests.
fn limited(minutes: u64) -> Reply {
    let header = format!(
        r#"{{"7":[{{"type":"ads_insights","call_count":100,"estimated_time_to_regain_access":{minutes}}}]}}"#
    );
    meta_error(400, 80_000, Some(2_446_079), "There have been too many calls")
        .header("X-Business-Use-Case-Usage", &header)
}

#[tokio::test]
async fn a_short_limit_is_waited_for_in_place_after_the_other_accounts() {
    let server =
        Server::start(|before, asked| if before == 0 { limited(5) } else { ordinary(asked) });
    let world = two_accounts(&server);
    let fetched = world.fetch().await.unwrap();
    assert!(fetched.accounts.iter().all(|pull| pull.outcome == PullOutcome::Pulled));
    let paths: Vec<_> = server.asked().iter().map(|asked| asked.path.clone()).collect();
    assert_eq!(paths[1], "/v26.0/act_2", "the other account goes on meanwhile");
    assert_eq!(paths[5], "/v26.0/act_1");
    let order: Vec<_> =
        fetched.pages.iter().map(|page| page.account.as_ref().unwrap().to_string()).collect();
    assert_eq!(order[0], "act_1", "pages stand in the order of the configuration");
    assert!(world.clock.slept() >= Duration::from_secs(300));
}

#[tokio::test]
async fn a_limit_is_waited_for_as_long_as_the_report_can_still_be_sent_in_time_and_no_longer() {
    let server = second_account(|_| limited(45));
    let world = two_accounts(&server);
    use weekledger::ports::Clock as _;
    let before = world.clock.now();
    let (trouble, until) = waiting(world.fetch().await);
    assert_eq!(trouble.class, "rate_limited");
    assert!(until.duration_since(before).as_secs() >= 45 * 60);
    let left = Duration::try_from(until.duration_since(world.clock.now())).unwrap();
    world.clock.sleep(left).await;
    waiting(world.fetch().await);
    let left = Duration::try_from(until.duration_since(before)).unwrap();
    world.clock.sleep(left).await;
    // It is 06:30 in Berlin: another 45 minutes end after 06:45, too late for 07:00.
    let fetched = world.fetch().await.unwrap();
    assert_eq!(failed(&fetched, 1).class, "rate_limited");
    assert_eq!(
        server.asked().iter().filter(|asked| asked.path.contains("act_1")).count(),
        4,
        "never asked again"
    );
}

#[tokio::test]
async fn a_limit_that_ends_too_late_is_not_waited_for_at_all_and_the_repair_is_named() {
    let server = second_account(|_| limited(240));
    let fetched = two_accounts(&server).fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    assert_eq!(failed(&fetched, 1).class, "rate_limited");
    let action = fetched.findings[0].action.as_deref().unwrap();
    assert!(action.contains("re-emit 2026-W47 --report weekly --from RunRequested"), "{action}");
}

#[tokio::test]
async fn an_account_that_is_unavailable_is_tried_again_while_there_is_time() {
    let server = second_account(|_| Reply::new(503, ""));
    let mut world = two_accounts(&server);
    use weekledger::ports::Clock as _;
    let (trouble, until) = waiting(world.fetch().await);
    assert_eq!(trouble.class, "provider_unavailable");
    assert_eq!(until.duration_since(world.clock.now()).as_secs(), 5 * 60);
    world.wait_until = world.clock.now();
    let fetched = world.fetch().await.unwrap();
    assert_eq!(failed(&fetched, 1).class, "provider_unavailable");
}

#[tokio::test]
async fn a_limit_of_one_kind_of_requests_keeps_no_other_kind_back() {
    let header = r#"{"99":[{"type":"ads_management","call_count":100,
        "estimated_time_to_regain_access":240}]}"#
        .replace('\n', " ");
    let server =
        Server::start(move |_, asked| ordinary(asked).header("X-Business-Use-Case-Usage", &header));
    let world = two_accounts(&server);
    let fetched = world.fetch().await.unwrap();
    assert!(fetched.accounts.iter().all(|pull| pull.outcome == PullOutcome::Pulled));
    let slow = u64::from(world.settings.meta.pace.slow_seconds);
    assert_eq!(world.clock.slept(), Duration::from_secs(7 * slow), "it slows down, no more");
}

#[tokio::test]
async fn a_limit_of_one_account_keeps_no_other_account_back_and_one_of_the_app_does() {
    let of = |kind: &str| {
        format!(r#"{{"type":"{kind}","call_count":100,"estimated_time_to_regain_access":30}}"#)
    };
    let own = format!(r#"{{"1":[{}]}}"#, of("ads_insights"));
    for (name, header, others) in
        [("X-Business-Use-Case-Usage", own, 4), ("X-App-Usage", of("ads_insights"), 0)]
    {
        let server = Server::start(move |before, asked| {
            let reply = ordinary(asked);
            if before == 0 { reply.header(name, &header) } else { reply }
        });
        let mut world = two_accounts(&server);
        world.patience_seconds = 0;
        waiting(world.fetch().await);
        let asked = server.asked();
        assert_eq!(asked.iter().filter(|asked| asked.path.contains("act_1")).count(), 1, "{name}");
        let second = asked.iter().filter(|asked| asked.path.contains("act_2")).count();
        assert_eq!(second, others, "{name}");
    }
}

#[tokio::test]
async fn nothing_sleeps_past_the_deadline() {
    let server = Server::start(|_, _| Reply::new(503, ""));
    let mut world = World::new(&server).without_crm();
    world.seconds_left = 4;
    let result = world.fetch().await;
    assert!(matches!(result, Err(StageError::OutOfTime)), "{result:?}");
    assert!(world.clock.slept() <= Duration::from_secs(2));

    world.seconds_left = 1;
    let before = server.count();
    assert!(matches!(world.fetch().await, Err(StageError::OutOfTime)));
    assert_eq!(server.count(), before, "a request whose cap does not fit is not begun");
}

#[tokio::test]
async fn retry_after_counts_at_least() {
    let server = Server::start(|before, asked| {
        if before == 0 { Reply::new(503, "").header("Retry-After", "17") } else { ordinary(asked) }
    });
    let world = World::new(&server).without_crm();
    world.fetch().await.unwrap();
    assert_eq!(world.clock.slept(), Duration::from_secs(17));
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let other = Server::start(|_, asked| ordinary(asked));
    let target = format!("{}/stolen", other.base_url);
    let server = Server::start(move |_, _| Reply::new(302, "").header("location", &target));
    let trouble = fatal(World::new(&server).without_crm().fetch().await);
    assert_eq!(trouble.class, "address_wrong");
    assert_eq!(other.count(), 0);
}

#[tokio::test]
async fn nobody_who_waits_no_minute_is_kept_waiting_for_a_limit_without_an_end() {
    let server = second_account(|_| meta_error(400, 17, None, "User request limit reached"));
    let mut world = two_accounts(&server);
    world.patience_seconds = 0;
    use weekledger::ports::Clock as _;
    let (_, until) = waiting(world.fetch().await);
    assert_eq!(world.clock.slept(), Duration::ZERO);
    assert_eq!(until.duration_since(world.clock.now()).as_secs(), 300);

    // A patient one waits in place, as before.
    let mut world = two_accounts(&server);
    world.patience_seconds = 840;
    waiting(world.fetch().await);
    assert_eq!(world.clock.slept(), Duration::from_secs(600));
}

#[tokio::test]
async fn a_pause_of_seconds_is_made_even_for_whoever_waits_no_minute() {
    let server = Server::start(|before, asked| {
        if before == 0 { Reply::new(503, "").header("Retry-After", "17") } else { ordinary(asked) }
    });
    let mut world = World::new(&server).without_crm();
    world.patience_seconds = 0;
    world.fetch().await.unwrap();
    assert_eq!(world.clock.slept(), Duration::from_secs(17));
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_told_in_plain_words() {
    let cases = [
        (
            Manner::Silent,
            "Meta could not be asked: the connection broke off before an answer came.",
        ),
        (
            Manner::Half,
            "Meta could not be asked: the connection broke off while the answer was read.",
        ),
    ];
    for (manner, sentence) in cases {
        let server = second_account(move |asked| ordinary(asked).manner(manner));
        let fetched = in_a_hurry(&server).fetch().await.unwrap();
        assert_eq!(failed(&fetched, 1).sentence, sentence);
    }
}

#[tokio::test]
async fn what_the_configuration_mends_is_pulled_by_a_new_revision_and_anything_else_by_the_run() {
    let retired = "Please update to the latest version: v27.0.";
    let server = Server::start(move |_, _| meta_error(400, 2635, None, retired));
    let action = fatal(two_accounts(&server).fetch().await).action;
    let command = "Then run `weekledger re-emit 2026-W47 --report weekly --from RunRequested \
                   --reason TEXT --deliver --config-as now`.";
    assert!(action.ends_with(command), "{action}");
    assert!(!action.contains("v26.0"), "it was just refused: {action}");

    let server = Server::start(|_, _| meta_error(400, 190, Some(463), "Session has expired"));
    let action = fatal(two_accounts(&server).fetch().await).action;
    assert!(!action.contains("weekledger "), "the chain adds how the run goes on: {action}");
}

#[tokio::test]
async fn a_listing_of_empty_pages_ends_by_itself_and_says_so() {
    let pages = std::sync::atomic::AtomicUsize::new(0);
    let server = second_account(move |asked| {
        if asked.query("level").is_empty() {
            return ordinary(asked);
        }
        let number = pages.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let next = format!("https://graph.facebook.com/next?after=c{number}");
        Reply::json(&serde_json::json!({
            "data": [],
            "paging": {"cursors": {"after": format!("c{number}")}, "next": next},
        }))
    });
    let mut world = two_accounts(&server);
    world.settings.limits.pages_max = 500;
    let fetched = world.fetch().await.unwrap();
    let sentence = &failed(&fetched, 1).sentence;
    let said =
        "The list of figures by ad set of Hotel did not end: Meta keeps sending empty pages.";
    assert_eq!(sentence, said);
    assert_eq!(server.asked().iter().filter(|asked| asked.path.contains("act_2/")).count(), 20);
}
