//! What a failed pull leaves behind: the next try asks anew, a crash or a pause goes on from what
//! exists, and levels of different age are not taken for a gap.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use weekledger::ports::Clock as _;
use weekledger::stages::StageError;
use weekledger_events::payload::{PageKind, PullOutcome, RawFetched};

use crate::support::pages::{contact, contacts, meta_error, ordinary, page, row};
use crate::support::server::{Asked, Reply, Server};
use crate::support::world::World;

/// Answers by `script` until it is healed.
struct Broken(Arc<AtomicBool>);

impl Broken {
    fn start(script: impl Fn(&Asked) -> Option<Reply> + Send + 'static) -> (Self, Server) {
        let healed = Arc::new(AtomicBool::new(false));
        let is_healed = Arc::clone(&healed);
        let server = Server::start(move |_, asked| {
            let broken = (!is_healed.load(Ordering::SeqCst)).then(|| script(asked)).flatten();
            broken.unwrap_or_else(|| ordinary(asked))
        });
        (Self(healed), server)
    }

    fn heal(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn endless() -> Reply {
    Reply::json(&page(&[row("100", "2026-11-16", "1", &[])], Some("same"), ""))
}

fn limited(minutes: u64) -> Reply {
    let header =
        json!({"7": [{"type": "ads_insights", "estimated_time_to_regain_access": minutes}]});
    meta_error(400, 80_000, Some(2_446_079), "There have been too many calls")
        .header("X-Business-Use-Case-Usage", &header.to_string())
}

fn is_ad_sets(asked: &Asked) -> bool {
    asked.query("level") == "adset"
}

#[track_caller]
fn all_pulled(fetched: &RawFetched) {
    assert!(fetched.accounts.iter().all(|pull| pull.outcome == PullOutcome::Pulled), "{fetched:?}");
}

async fn pass(world: &World, minutes: u64) {
    world.clock.sleep(Duration::from_secs(minutes * 60)).await;
}

#[tokio::test]
async fn a_list_that_did_not_end_is_asked_anew_by_the_same_run() {
    let (broken, server) = Broken::start(|asked| is_ad_sets(asked).then(endless));
    let world = World::new(&server).without_crm();
    for _ in 0..2 {
        let error = world.fetch().await.unwrap_err();
        let StageError::Fatal { trouble } = error else { panic!("{error:?}") };
        assert_eq!(trouble.class, "listing_endless");
    }
    broken.heal();
    let fetched = world.fetch().await.unwrap();
    all_pulled(&fetched);
    let count = server.count();
    assert_eq!(world.fetch().await.unwrap(), fetched);
    assert_eq!(server.count(), count, "and paid for once");
}

/// Ad sets are too much, unless a job lists them. A job that is made before the healing `fails`, and
/// stays failed; one that is made after it is done at once.
fn only_by_job(fails: impl Fn() -> Value + Send + 'static) -> (Broken, Server) {
    let healed = Arc::new(AtomicBool::new(false));
    let is_healed = Arc::clone(&healed);
    let server = Server::start(move |_, asked| {
        let job = if is_healed.load(Ordering::SeqCst) { "88" } else { "77" };
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", _) => Reply::json(&json!({"report_run_id": job})),
            ("GET", "/v26.0/77") => Reply::json(&fails()),
            ("GET", "/v26.0/88") => Reply::json(&json!({
                "async_status": "Job Completed", "async_percent_completion": 100
            })),
            ("GET", "/v26.0/88/insights") => {
                let row = row("100", "2026-11-17", "12.34", &[("lead", "2")]);
                Reply::json(&page(&[row], None, ""))
            }
            _ if asked.query("time_increment") == "all_days" => {
                Reply::json(&json!({"data": [{"campaign_id": "10"}]}))
            }
            _ if is_ad_sets(asked) => meta_error(400, 100, Some(1_487_534), "too much"),
            _ => ordinary(asked),
        }
    });
    (Broken(healed), server)
}

#[tokio::test]
async fn a_job_that_failed_is_made_anew_by_the_same_run() {
    let (broken, server) =
        only_by_job(|| json!({"async_status": "Job Failed", "async_percent_completion": 10}));
    let world = World::new(&server).without_crm();
    let error = world.fetch().await.unwrap_err();
    let StageError::Fatal { trouble } = error else { panic!("{error:?}") };
    assert_eq!(trouble.class, "job_failed");
    broken.heal();
    all_pulled(&world.fetch().await.unwrap());
}

#[tokio::test]
async fn a_job_that_failed_for_its_token_is_made_anew_with_the_next_one() {
    let (broken, server) = only_by_job(|| {
        json!({"async_status": "Job Failed", "error_code": 190, "error_subcode": 463,
            "error_message": "Session has expired"})
    });
    let world = World::new(&server).without_crm();
    let error = world.fetch().await.unwrap_err();
    assert!(matches!(error, StageError::Fatal { trouble } if trouble.class == "token_expired"));
    broken.heal();
    all_pulled(&world.fetch().await.unwrap());
}

#[tokio::test]
async fn an_account_that_failed_while_another_waits_is_asked_anew() {
    let (broken, server) = Broken::start(|asked| match asked.path.as_str() {
        "/v26.0/act_1/insights" if is_ad_sets(asked) => Some(endless()),
        "/v26.0/act_2" => Some(limited(30)),
        _ => None,
    });
    let world = World::new(&server).accounts(&["act_1", "act_2", "act_3"]).without_crm();
    let error = world.fetch().await.unwrap_err();
    assert!(matches!(error, StageError::Waiting { .. }), "{error:?}");
    broken.heal();
    pass(&world, 30).await;
    all_pulled(&world.fetch().await.unwrap());
    let third = server.asked().iter().filter(|asked| asked.path.contains("act_3")).count();
    assert_eq!(third, 4, "what was whole is not asked for again");
}

#[tokio::test]
async fn contacts_that_did_not_end_are_asked_anew() {
    let (broken, server) = Broken::start(|asked| {
        let same = || contacts(5, &[contact(1, "2026-11-17T10:00:00Z")], Some("1"));
        (asked.method == "POST").then(|| Reply::json(&same()))
    });
    let world = World::new(&server);
    let failed = world.fetch().await.unwrap();
    assert!(matches!(failed.crm.outcome, PullOutcome::Failed { .. }), "{:?}", failed.crm);
    // The invocation was killed before it could record that.
    broken.heal();
    assert_eq!(world.fetch().await.unwrap().crm.outcome, PullOutcome::Pulled);
}

#[tokio::test]
async fn a_cursor_that_ends_between_invocations_never_uses_up_the_beginnings() {
    const LAST: u32 = 6;
    let epoch = Arc::new(AtomicU32::new(1));
    let now = Arc::clone(&epoch);
    let first = || row("100", "2026-11-17", "12.34", &[("lead", "2")]);
    let server = Server::start(move |_, asked| {
        let now = now.load(Ordering::SeqCst);
        match (is_ad_sets(asked), asked.query("after")) {
            (true, "") => Reply::json(&page(&[first()], Some(&now.to_string()), "")),
            (true, after) if after != now.to_string() => {
                meta_error(400, 2642, None, "Invalid cursor")
            }
            (true, _) if now < LAST => Reply::new(503, ""),
            (true, _) => Reply::json(&page(&[], None, "")),
            _ => ordinary(asked),
        }
    });
    let mut world = World::new(&server).without_crm();
    world.seconds_left = 3;
    for epoch_now in 1..LAST {
        epoch.store(epoch_now, Ordering::SeqCst);
        let result = world.fetch().await;
        assert!(matches!(result, Err(StageError::OutOfTime)), "{epoch_now}: {result:?}");
    }
    epoch.store(LAST, Ordering::SeqCst);
    all_pulled(&world.fetch().await.unwrap());
}

/// Ad sets with `before` leads in the first answers, and `after` at every other time and level.
fn late_lead(answers_before: u32, before: &'static str, after: &'static str) -> Server {
    let answered = AtomicU32::new(0);
    Server::start(move |_, asked| {
        if !asked.path.ends_with("/insights") {
            return ordinary(asked);
        }
        let early = is_ad_sets(asked) && answered.fetch_add(1, Ordering::SeqCst) < answers_before;
        let leads = if early { before } else { after };
        Reply::json(&page(&[row("100", "2026-11-17", "12.34", &[("lead", leads)])], None, ""))
    })
}

fn leads(world: &World, fetched: &RawFetched) -> Vec<Value> {
    let levels = [PageKind::AdSetDays, PageKind::CampaignDays, PageKind::AccountDays];
    let pages = levels.iter().map(|kind| {
        let mut of_level = fetched.pages.iter().filter(|page| page.kind == *kind);
        let only = of_level.next().unwrap();
        assert!(of_level.next().is_none());
        let body: Value = serde_json::from_slice(&world.bytes(only)).unwrap();
        body["data"][0]["actions"][0]["value"].clone()
    });
    pages.collect()
}

#[tokio::test]
async fn a_lead_between_two_levels_makes_all_three_be_pulled_once_more() {
    let server = late_lead(1, "2", "3");
    let world = World::new(&server).without_crm();
    let fetched = world.fetch().await.unwrap();
    assert_eq!(leads(&world, &fetched), ["3", "3", "3"]);
    assert_eq!(server.count(), 8);
    assert_eq!(world.fetch().await.unwrap(), fetched);
    assert_eq!(server.count(), 8, "a resumed stage knows of the second pull");
}

#[tokio::test]
async fn levels_that_never_agree_are_pulled_twice_and_no_more() {
    let server = late_lead(u32::MAX, "2", "3");
    let world = World::new(&server).without_crm();
    for _ in 0..2 {
        let fetched = world.fetch().await.unwrap();
        assert_eq!(leads(&world, &fetched), ["2", "3", "3"]);
    }
    assert_eq!(server.count(), 8);
}

#[tokio::test]
async fn after_a_long_wait_the_levels_from_before_it_are_pulled_anew_and_after_a_kill_they_are_not()
{
    let (broken, server) = Broken::start(|asked| match asked.path.as_str() {
        "/v26.0/act_1/insights" if asked.query("level") == "campaign" => Some(limited(30)),
        _ => None,
    });
    let world = World::new(&server).accounts(&["act_1", "act_2"]).without_crm();
    let error = world.fetch().await.unwrap_err();
    assert!(matches!(error, StageError::Waiting { .. }), "{error:?}");
    broken.heal();
    pass(&world, 30).await;
    all_pulled(&world.fetch().await.unwrap());
    let of = |account: &str| {
        server
            .asked()
            .iter()
            .filter(|asked| is_ad_sets(asked) && asked.path.contains(account))
            .count()
    };
    assert_eq!((of("act_1"), of("act_2")), (2, 1));
}
