//! What Meta cannot answer at once: the ladder of smaller requests, and jobs at its end.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use weekledger::sources::meta::job::JobState;
use weekledger::sources::meta::{parse_job_created, parse_job_state};
use weekledger::stages::StageError;
use weekledger_events::payload::{PageKind, PullOutcome, RawFetched};

use crate::support::pages::{meta_error, ordinary, page, row};
use crate::support::server::{Asked, Reply, Server};
use crate::support::world::World;

/// Refuses ad-set rows as too much; what else is asked of `/insights` is answered by `jobs`.
fn too_large(jobs: impl Fn(&Asked) -> Option<Reply> + Send + 'static) -> Server {
    Server::start(move |_, asked| {
        if let Some(reply) = jobs(asked) {
            return reply;
        }
        if asked.method == "GET" && asked.query("level") == "adset" {
            return meta_error(400, 100, Some(1_487_534), "too much");
        }
        ordinary(asked)
    })
}

fn state(status: &str, percent: u32) -> Reply {
    Reply::json(&json!({"id": "77", "async_status": status, "async_percent_completion": percent}))
}

fn rows(campaigns: &[&str]) -> Reply {
    let rows: Vec<Value> = campaigns
        .iter()
        .map(|campaign| {
            let mut row = row(campaign, "2026-11-17", "12.34", &[("lead", "2")]);
            row["campaign_id"] = json!(campaign);
            row
        })
        .collect();
    Reply::json(&page(&rows, None, ""))
}

fn created(id: u32) -> Reply {
    Reply::json(&json!({"report_run_id": id.to_string()}))
}

fn ad_set_rows(fetched: &RawFetched) -> u32 {
    let pages = fetched.pages.iter().filter(|page| page.kind == PageKind::AdSetDays);
    pages.map(|page| page.rows).sum()
}

#[tokio::test]
async fn a_week_that_is_too_much_is_worked_out_by_a_job_and_read_when_it_is_done() {
    let looks = AtomicU32::new(0);
    let server = too_large(move |asked| {
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/v26.0/act_1/insights") => created(77),
            // "Completed" counts only with 100 per cent.
            ("GET", "/v26.0/77") => match looks.fetch_add(1, Ordering::Relaxed) {
                0 => state("Job Not Started", 0),
                1 => state("Job Running", 100),
                2 => state("Job Completed", 98),
                _ => state("Job Completed", 100),
            },
            ("GET", "/v26.0/77/insights") => rows(&["10"]),
            _ => return None,
        })
    });
    let world = World::new(&server).without_crm();
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    assert_eq!(ad_set_rows(&fetched), 1);

    let asked = server.asked();
    let direct: Vec<_> = asked
        .iter()
        .filter(|asked| asked.method == "GET" && asked.query("level") == "adset")
        .map(|asked| {
            (asked.query("fields").contains("optimization_goal"), asked.query("time_range"))
        })
        .collect();
    let week = r#"{"since":"2026-11-16","until":"2026-11-22"}"#;
    let monday = r#"{"since":"2026-11-16","until":"2026-11-16"}"#;
    assert_eq!(direct, [(true, week), (false, week), (false, monday)], "fields, then the range");
    let made = asked.iter().find(|asked| asked.method == "POST").unwrap();
    assert_eq!(made.query("time_range"), week, "one job for all that is left");
    assert_eq!((made.query("level"), made.query("time_increment")), ("adset", "1"));
    assert!(made.query("fields").contains("actions") && made.query("fields").contains("adset_id"));
    assert_eq!(asked.iter().filter(|asked| asked.path == "/v26.0/77").count(), 4);

    // The question and the end are recorded; looks in between are not.
    let kept: Vec<_> = fetched.pages.iter().filter(|p| p.kind == PageKind::InsightsJob).collect();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].request.method, "POST");
    assert!(kept[1].request.url.contains("/77?fields="), "{}", kept[1].request.url);
}

#[tokio::test]
async fn a_job_that_outlives_the_invocation_is_gone_on_with_and_made_once() {
    let looks = AtomicU32::new(0);
    let server = too_large(move |asked| {
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/v26.0/act_1/insights") => created(77),
            ("GET", "/v26.0/77") => match looks.fetch_add(1, Ordering::Relaxed) {
                0..12 => state("Job Running", 40),
                _ => state("Job Completed", 100),
            },
            ("GET", "/v26.0/77/insights") => rows(&["10"]),
            _ => return None,
        })
    });
    let mut world = World::new(&server).without_crm();
    world.seconds_left = 100;
    let mut invocations = 1;
    let fetched = loop {
        let slept = world.clock.slept();
        match world.fetch().await {
            Ok(fetched) => break fetched,
            Err(StageError::OutOfTime) => invocations += 1,
            Err(error) => panic!("{error:?}"),
        }
        assert!((world.clock.slept() - slept).as_secs() <= 100, "it slept past its deadline");
        assert!(invocations < 20);
    };
    assert!(invocations > 2, "{invocations}");
    assert_eq!(ad_set_rows(&fetched), 1);
    let posts = server.asked().iter().filter(|asked| asked.method == "POST").count();
    assert_eq!(posts, 1, "the job of the first invocation counts");
}

#[tokio::test]
async fn a_failed_job_is_made_again_in_halves_by_campaign() {
    let made = AtomicU32::new(100);
    let server = too_large(move |asked| {
        let filter = asked.query("filtering");
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            // Job 100 is about everything, 101 and 102 about its halves.
            ("POST", _) => {
                let id = made.fetch_add(1, Ordering::Relaxed);
                let expected = match id {
                    100 => "",
                    101 => r#"[{"field":"campaign.id","operator":"IN","value":["10","11"]}]"#,
                    _ => r#"[{"field":"campaign.id","operator":"IN","value":["12"]}]"#,
                };
                assert_eq!(filter, expected);
                created(id)
            }
            ("GET", "/v26.0/100") => state("Job Failed", 30),
            ("GET", "/v26.0/101" | "/v26.0/102") => state("Job Completed", 100),
            ("GET", "/v26.0/101/insights") => rows(&["10", "11"]),
            ("GET", "/v26.0/102/insights") => rows(&["12"]),
            ("GET", _)
                if matches!(asked.query("level"), "campaign" | "account")
                    && asked.query("time_increment") == "1" =>
            {
                rows(&["10", "11", "12"])
            }
            ("GET", "/v26.0/act_1/insights") if asked.query("time_increment") == "all_days" => {
                Reply::json(&json!({"data": [
                    {"campaign_id": "12", "date_start": "2026-11-16", "date_stop": "2026-11-22"},
                    {"campaign_id": "10", "date_start": "2026-11-16", "date_stop": "2026-11-22"},
                    {"campaign_id": "11", "date_start": "2026-11-16", "date_stop": "2026-11-22"},
                ]}))
            }
            _ => return None,
        })
    });
    let fetched = World::new(&server).without_crm().fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    assert_eq!(ad_set_rows(&fetched), 3);
    assert_eq!(fetched.findings, [], "no row twice");
}

#[tokio::test]
async fn a_skipped_job_that_cannot_be_split_fails_the_account_alone_and_says_why() {
    let server = too_large(|asked| {
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", "/v26.0/act_1/insights") => meta_error(500, 2, Some(1_504_038), "too large"),
            ("POST", _) => created(77),
            ("GET", "/v26.0/77") => Reply::json(&json!({
                "async_status": "Job Skipped", "async_percent_completion": 0, "error_code": -3,
                "error_subcode": 1_504_045, "error_user_msg": "The report is too large."
            })),
            _ if asked.query("time_increment") == "all_days" => {
                Reply::json(&json!({"data": [{"campaign_id": "12"}]}))
            }
            _ => return None,
        })
    });
    let mut world = World::new(&server).accounts(&["act_1", "act_2"]).without_crm();
    world.settings.hold.accounts_missing_max = 2;
    let error = world.fetch().await.unwrap_err();
    let StageError::Fatal { trouble } = error else { panic!("{error:?}") };
    assert_eq!(trouble.class, "too_much_data", "a job refused as too large is not made smaller");

    let server = too_large(move |asked| {
        if asked.path.contains("act_1") && asked.method == "GET" {
            return Some(ordinary(asked));
        }
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", _) => created(77),
            ("GET", "/v26.0/77") => Reply::json(&json!({
                "async_status": "Job Skipped", "async_percent_completion": 0, "error_code": -3,
                "error_subcode": 1_504_045, "error_user_msg": "The report is too large."
            })),
            _ if asked.query("time_increment") == "all_days" => {
                Reply::json(&json!({"data": [{"campaign_id": "12"}]}))
            }
            _ => return None,
        })
    });
    let fetched =
        World::new(&server).accounts(&["act_1", "act_2"]).without_crm().fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    let PullOutcome::Failed { trouble } = &fetched.accounts[1].outcome else { panic!() };
    assert_eq!(trouble.class, "job_failed");
    assert!(
        trouble.sentence.contains("(Job Skipped)")
            && trouble.sentence.contains("The report is too large."),
        "{}",
        trouble.sentence
    );
}

#[tokio::test]
async fn a_job_that_ends_with_an_expired_token_is_about_the_token() {
    let server = too_large(|asked| {
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", _) => created(77),
            ("GET", "/v26.0/77") => Reply::json(&json!({
                "async_status": "Job Failed", "error_code": 190, "error_subcode": 463,
                "error_message": "Session has expired"
            })),
            _ => return None,
        })
    });
    let error = World::new(&server).without_crm().fetch().await.unwrap_err();
    assert!(matches!(error, StageError::Fatal { trouble } if trouble.class == "token_expired"));
}

#[tokio::test]
async fn a_job_is_given_up_after_the_configured_minutes() {
    let server = too_large(|asked| {
        Some(match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", _) => created(77),
            ("GET", "/v26.0/77") => state("Job Running", 1),
            _ if asked.query("time_increment") == "all_days" => Reply::json(&json!({"data": []})),
            _ => return None,
        })
    });
    let mut world = World::new(&server).without_crm();
    world.settings.meta.pace.job_minutes_max = 5;
    let error = world.fetch().await.unwrap_err();
    let StageError::Fatal { trouble } = error else { panic!("{error:?}") };
    assert_eq!(trouble.class, "job_too_slow");
    assert!(trouble.sentence.contains("within 5 minutes"), "{}", trouble.sentence);
    let minutes = world.clock.slept().as_secs() / 60;
    assert!((5..=7).contains(&minutes), "{minutes}");
}

#[tokio::test]
async fn the_accounts_own_total_is_split_by_days_since_a_part_of_the_campaigns_is_no_total() {
    let made = AtomicU32::new(0);
    let server = Server::start(move |_, asked| {
        let total = asked.query("level") == "account";
        match (asked.method.as_str(), asked.path.as_str()) {
            ("POST", _) => {
                assert_eq!(asked.query("filtering"), "");
                let range = asked.query("time_range");
                let day: u32 = range[18..20].parse().unwrap();
                let whole = !range.contains(&format!("2026-11-{day}\",\"until\":\"2026-11-{day}"));
                made.fetch_add(1, Ordering::Relaxed);
                created(if whole { 900 } else { day })
            }
            ("GET", "/v26.0/900") => state("Job Failed", 30),
            ("GET", path) if path.ends_with("/insights") && !path.contains("act_") => {
                let day = path.split('/').nth(2).unwrap();
                let body = json!({"data": [{"account_id": "1", "spend": "1.00",
                    "date_start": format!("2026-11-{day}"), "date_stop": format!("2026-11-{day}")}]});
                Reply::json(&body)
            }
            ("GET", path) if !path.contains("act_") => state("Job Completed", 100),
            _ if total => meta_error(400, 100, Some(1_487_534), "too much"),
            _ => ordinary(asked),
        }
    });
    let fetched = World::new(&server).without_crm().fetch().await.unwrap();
    let totals: Vec<_> =
        fetched.pages.iter().filter(|page| page.kind == PageKind::AccountDays).collect();
    assert_eq!(totals.iter().map(|page| page.rows).sum::<u32>(), 7);
    assert_eq!(fetched.findings, []);
}

#[tokio::test]
async fn an_unknown_trouble_of_the_direct_answer_is_retried_and_then_left_to_a_job() {
    let server = Server::start(|_, asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", _) => created(77),
        ("GET", "/v26.0/77") => state("Job Completed", 100),
        ("GET", "/v26.0/77/insights") => rows(&["10"]),
        _ if asked.query("level") == "adset" => meta_error(500, 2, Some(1_504_044), "unknown"),
        _ => ordinary(asked),
    });
    let fetched = World::new(&server).without_crm().fetch().await.unwrap();
    assert_eq!(ad_set_rows(&fetched), 1);
    let direct = server.asked().iter().filter(|asked| asked.query("level") == "adset").count();
    assert_eq!(direct, 4, "three attempts, and the job");
}

#[test]
fn what_a_job_says_is_read_as_it_is_written() {
    let read = |value: Value| parse_job_state(value.to_string().as_bytes());
    let running = |percent| JobState::Running(percent);
    let said = |status: &str, percent: Value| {
        read(json!({"async_status": status, "async_percent_completion": percent})).unwrap()
    };
    assert_eq!(said("Job Not Started", json!(0)), running(0));
    assert_eq!(said("Job Started", json!("3")), running(3));
    assert_eq!(said("Job Completed", json!(99)), running(99));
    assert_eq!(said("Job Completed", json!("100")), JobState::Done);
    assert_eq!(said("Job Running", json!(100)), running(100));
    assert_eq!(said("Something new", json!(7)), running(7));
    assert!(said("Job Failed", json!(100)).has_ended());
    assert!(said("Job Skipped", json!(0)).has_ended());
    assert!(read(json!({"id": "7"})).is_err());
    let id = |value: Value| parse_job_created(value.to_string().as_bytes());
    assert_eq!(id(json!({"report_run_id": 6118})).unwrap().as_str(), "6118");
    for bad in [json!("../me"), json!(""), json!("1".repeat(40)), json!(null), json!({"a": 1})] {
        assert!(id(json!({"report_run_id": bad})).is_err(), "{bad}");
    }
}
