//! Pulling ad accounts: what is asked, how pages follow each other, and what a resumed stage reuses.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use weekledger::sources::meta::parse_insights;
use weekledger::stages::StageError;
use weekledger_events::payload::{PageKind, PullOutcome};
use weekledger_events::{AccountId, FindingClass, Week};

use crate::support::pages::{account, meta_error, ordinary, page, row};
use crate::support::server::{Asked, Reply, Server};
use crate::support::world::{META_TOKEN, World};

/// Answers ad-set insights by `script`, everything else in the ordinary way.
fn ad_sets(script: impl Fn(&Asked) -> Reply + Send + 'static) -> Server {
    Server::start(
        move |_, asked| {
            if asked.query("level") == "adset" { script(asked) } else { ordinary(asked) }
        },
    )
}

#[tokio::test]
async fn an_ordinary_week_is_pulled_at_every_level() {
    let server = Server::start(|_, asked| ordinary(asked));
    let world = World::new(&server).accounts(&["act_1", "act_2"]);
    let fetched = world.fetch().await.unwrap();

    let kinds: Vec<_> = fetched.pages.iter().map(|page| page.kind).collect();
    let of_an_account =
        [PageKind::Account, PageKind::AdSetDays, PageKind::CampaignDays, PageKind::AccountDays];
    let expected: Vec<_> =
        of_an_account.iter().chain(&of_an_account).copied().chain([PageKind::Contacts]).collect();
    assert_eq!(kinds, expected);
    for pull in &fetched.accounts {
        assert_eq!(pull.outcome, PullOutcome::Pulled);
        assert_eq!(pull.currency.as_ref().unwrap().as_str(), "EUR");
        assert_eq!(pull.time_zone.as_deref(), Some("Europe/Berlin"));
        assert_eq!(pull.status, Some(1));
    }
    assert_eq!(fetched.findings, []);
    assert_eq!(server.count(), 9);
}

#[tokio::test]
async fn requests_say_exactly_what_they_want_and_carry_the_token_in_a_header_only() {
    let server = Server::start(|_, asked| ordinary(asked));
    let world = World::new(&server).without_crm();
    let weeks = [Week::parse("2026-W47").unwrap(), Week::parse("2026-W43").unwrap()];
    let fetched = world.fetch_weeks(&weeks).await.unwrap();
    assert_eq!(fetched.weeks, [weeks[1], weeks[0]], "oldest first");

    let asked = server.asked();
    assert_eq!(asked[0].path, "/v26.0/act_1");
    let insights = &asked[1];
    assert_eq!(insights.path, "/v26.0/act_1/insights");
    assert_eq!(insights.query("time_range"), r#"{"since":"2026-10-19","until":"2026-11-22"}"#);
    assert_eq!(insights.query("time_increment"), "1");
    assert_eq!(insights.query("limit"), "100");
    assert_eq!(insights.query("use_unified_attribution_setting"), "true");
    let fields: BTreeSet<_> = insights.query("fields").split(',').collect();
    for field in [
        "adset_id",
        "campaign_id",
        "spend",
        "impressions",
        "clicks",
        "inline_link_clicks",
        "actions",
        "attribution_setting",
    ] {
        assert!(fields.contains(field), "{field}");
    }
    assert!(!fields.contains("reach") && !fields.contains("cost_per_action_type"));
    let levels: Vec<_> = asked[1..].iter().map(|asked| asked.query("level").to_owned()).collect();
    assert_eq!(levels, ["adset", "campaign", "account"]);
    for asked in &asked {
        assert_eq!(asked.headers["authorization"], format!("Bearer {META_TOKEN}"));
        assert!(asked.headers["user-agent"].starts_with("weekledger/"));
        assert!(!asked.query.contains_key("access_token"));
    }
}

#[tokio::test]
async fn pages_follow_the_cursor_and_end_without_next() {
    let server = ad_sets(|asked| {
        Reply::json(&match asked.query("after") {
            "" => page(&[row("100", "2026-11-16", "1", &[])], Some("c1"), META_TOKEN),
            // Empty, and still not the last.
            "c1" => page(&[], Some("c2"), META_TOKEN),
            "c2" => page(&[row("100", "2026-11-17", "2", &[])], None, META_TOKEN),
            other => panic!("asked for {other}"),
        })
    });
    let world = World::new(&server).without_crm();
    let fetched = world.fetch().await.unwrap();
    let pages: Vec<_> =
        fetched.pages.iter().filter(|page| page.kind == PageKind::AdSetDays).collect();
    assert_eq!(
        pages.iter().map(|page| (page.number, page.rows)).collect::<Vec<_>>(),
        [(1, 1), (2, 0), (3, 1)]
    );

    let first = pages[0];
    let received = page(&[row("100", "2026-11-16", "1", &[])], Some("c1"), META_TOKEN).to_string();
    assert_eq!(first.received_length, received.len() as u64);
    assert_eq!(first.cut.len(), 1);
    let bytes = world.bytes(first);
    let parsed = parse_insights(&bytes, &AccountId::parse("act_1").unwrap()).unwrap();
    assert_eq!(parsed.next.as_deref(), Some("c1"));
    assert_eq!(bytes.len() as u64 + first.cut[0].length, first.received_length);
}

#[tokio::test]
async fn a_resumed_stage_asks_only_for_what_is_missing() {
    // The third request, for the campaigns, meets an expired token, and once again when the token
    // was read anew. Then somebody repairs it.
    let server = Server::start(|before, asked| match before {
        2 | 3 => meta_error(400, 190, Some(463), "expired"),
        _ => ordinary(asked),
    });
    let world = World::new(&server).without_crm();
    let error = world.fetch().await.unwrap_err();
    assert!(
        matches!(&error, StageError::Fatal { trouble } if trouble.class == "token_expired"),
        "{error:?}"
    );
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.pages.len(), 4);
    let levels: Vec<_> =
        server.asked().iter().map(|asked| asked.query("level").to_owned()).collect();
    assert_eq!(levels, ["", "adset", "campaign", "campaign", "campaign", "account"]);
}

#[tokio::test]
async fn a_stage_whose_time_is_used_up_goes_on_where_it_stopped() {
    // Each answer says that the limit is nearly reached, so a minute passes before the next.
    let server =
        Server::start(|_, asked| ordinary(asked).header("X-App-Usage", r#"{"call_count":97}"#));
    let mut world = World::new(&server).accounts(&["act_1", "act_2"]);
    world.seconds_left = 70;
    let mut invocations = 1;
    let fetched = loop {
        match world.fetch().await {
            Ok(fetched) => break fetched,
            Err(StageError::OutOfTime) => invocations += 1,
            Err(error) => panic!("{error:?}"),
        }
        assert!(invocations < 20);
    };
    assert!(invocations > 1);
    assert_eq!(fetched.pages.len(), 9);
    assert_eq!(server.count(), 9, "no page was asked for twice");
}

#[tokio::test]
async fn a_second_run_of_a_finished_stage_asks_nothing_and_gives_the_same() {
    let server = Server::start(|_, asked| ordinary(asked));
    let world = World::new(&server).accounts(&["act_1", "act_2"]);
    let first = world.fetch().await.unwrap();
    let asked = server.count();
    let second = world.fetch().await.unwrap();
    assert_eq!(server.count(), asked);
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_token_that_was_exchanged_meanwhile_is_read_again() {
    let server = Server::start(|_, asked| {
        if asked.method == "GET" && asked.headers["authorization"] != "Bearer the-new-token" {
            return meta_error(400, 190, Some(460), "password");
        }
        ordinary(asked)
    });
    let world = World::new(&server);
    world.secrets.set(weekledger::ports::SecretName::MetaToken, &[META_TOKEN, "the-new-token"]);
    let fetched = world.fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].outcome, PullOutcome::Pulled);
    assert_eq!(server.count(), 6, "one request twice");
}

#[tokio::test]
async fn a_cursor_that_never_ends_stops_the_account() {
    let server = ad_sets(|asked| {
        let n: u32 = asked.query("after").trim_start_matches('c').parse().unwrap_or(0);
        Reply::json(&page(&[], Some(&format!("c{}", n + 1)), META_TOKEN))
    });
    let mut world = World::new(&server).accounts(&["act_1"]).without_crm();
    world.settings.limits.pages_max = 7;
    let error = world.fetch().await.unwrap_err();
    let StageError::Fatal { trouble } = error else { panic!("{error:?}") };
    assert_eq!(trouble.class, "listing_endless");
    assert!(trouble.sentence.contains("more than 7 pages"), "{}", trouble.sentence);
    assert_eq!(server.count(), 8, "the account, and seven pages");
}

#[tokio::test]
async fn the_same_cursor_twice_stops_the_account() {
    let server = ad_sets(|_| Reply::json(&page(&[], Some("again"), META_TOKEN)));
    let world = World::new(&server).without_crm();
    let error = world.fetch().await.unwrap_err();
    let StageError::Fatal { trouble } = error else { panic!("{error:?}") };
    assert_eq!(trouble.class, "listing_endless");
    let action = "Wait some hours; where it comes back, tell Meta's support.";
    assert_eq!(trouble.action, action, "no limit helps against a repeated page");
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn rows_that_come_twice_are_a_finding() {
    let server = ad_sets(|asked| {
        let after = if asked.query("after").is_empty() { Some("c1") } else { None };
        Reply::json(&page(&[row("100", "2026-11-16", "1", &[])], after, META_TOKEN))
    });
    let world = World::new(&server).without_crm();
    let fetched = world.fetch().await.unwrap();
    let finding = &fetched.findings[0];
    assert_eq!((finding.class, finding.subject.as_str()), (FindingClass::DuplicateRow, "act_1"));
    assert!(finding.message.contains("1 of 2 rows"), "{}", finding.message);
}

#[tokio::test]
async fn a_forgotten_cursor_begins_the_listing_again() {
    let server =
        Server::start(|before, asked| match (asked.query("level"), asked.query("after")) {
            ("adset", "") => {
                Reply::json(&page(&[row("100", "2026-11-16", "1", &[])], Some("c1"), ""))
            }
            // They sum up to the same.
            ("campaign" | "account", _) => {
                let days = ["2026-11-16", "2026-11-17"].map(|day| row("100", day, "1", &[]));
                Reply::json(&page(&days, None, ""))
            }
            ("adset", "c1") if before == 2 => meta_error(400, 2642, None, "Invalid cursors values"),
            ("adset", "c1") => Reply::json(&page(&[row("100", "2026-11-17", "1", &[])], None, "")),
            _ => ordinary(asked),
        });
    let world = World::new(&server).without_crm();
    let fetched = world.fetch().await.unwrap();
    let rows: u32 = fetched
        .pages
        .iter()
        .filter(|page| page.kind == PageKind::AdSetDays)
        .map(|page| page.rows)
        .sum();
    assert_eq!(rows, 2);
    assert_eq!(fetched.findings, []);
    assert_eq!(server.count(), 7, "account, 2 and 2 of the ad sets, two controls");
}

#[tokio::test]
async fn too_much_data_asks_for_fewer_fields_then_a_shorter_range_then_a_smaller_page() {
    let reduce = "Please reduce the amount of data you're asking for, then retry your request";
    let server = ad_sets(move |asked| {
        // Only single days of ten rows are small enough.
        let range = asked.query("time_range");
        let day = &range[10..20];
        if !range.ends_with(&format!("{day}\"}}")) || asked.query("limit") != "10" {
            return meta_error(500, 1, None, reduce);
        }
        Reply::json(&page(&[row("100", day, "1", &[])], None, ""))
    });
    let world = World::new(&server).without_crm();
    let weeks = [Week::parse("2026-W46").unwrap(), Week::parse("2026-W47").unwrap()];
    let fetched = world.fetch_weeks(&weeks).await.unwrap();
    let asked: Vec<_> = server
        .asked()
        .iter()
        .filter(|asked| asked.query("level") == "adset")
        .map(|asked| {
            let range = asked.query("time_range");
            let all = asked.query("fields").contains("optimization_goal");
            (
                all,
                format!("{}..{}", &range[15..20], &range[36..41]),
                asked.query("limit").to_owned(),
            )
        })
        .collect();
    let step = |all: bool, range: &str, limit: &str| (all, range.to_owned(), limit.to_owned());
    let expected = [
        step(true, "11-09..11-22", "100"),
        step(false, "11-09..11-22", "100"),
        step(false, "11-09..11-15", "100"),
        step(false, "11-09..11-09", "100"),
        step(false, "11-09..11-09", "50"),
        step(false, "11-09..11-09", "25"),
        step(false, "11-09..11-09", "12"),
        step(false, "11-09..11-09", "10"),
        // Each day begins with the configured page again.
        step(false, "11-10..11-10", "100"),
    ];
    assert_eq!(asked[..9], expected);
    let numbers: Vec<_> = fetched
        .pages
        .iter()
        .filter(|page| page.kind == PageKind::AdSetDays)
        .map(|page| (page.number, page.rows))
        .collect();
    assert_eq!(numbers, (1..=14).map(|number| (number, 1)).collect::<Vec<_>>());
    let controls = server.asked().into_iter().find(|asked| asked.query("level") == "campaign");
    assert!(controls.unwrap().query("fields").contains("campaign_name"), "each listing anew");
}

#[tokio::test]
async fn an_account_of_another_id_or_an_unknown_zone_is_not_used() {
    let server = Server::start(|_, asked| match asked.path.as_str() {
        "/v26.0/act_2" => Reply::json(&account("act_3", "Europe/Berlin")),
        "/v26.0/act_4" => Reply::json(&account("act_4", "Mars/Olympus")),
        _ => ordinary(asked),
    });
    let world = World::new(&server).accounts(&["act_1", "act_2", "act_4"]).without_crm();
    let fetched = world.fetch().await.unwrap();
    let class = |n: usize| match &fetched.accounts[n].outcome {
        PullOutcome::Failed { trouble } => trouble.class.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((class(1).as_str(), class(2).as_str()), ("account_mismatch", "time_zone_unknown"));
}

#[tokio::test]
async fn a_disabled_account_is_pulled_and_noted() {
    let server = Server::start(|_, asked| {
        if asked.path == "/v26.0/act_1" {
            let mut body = account("act_1", "Europe/Berlin");
            body["account_status"] = json!(2);
            return Reply::json(&body);
        }
        ordinary(asked)
    });
    let fetched = World::new(&server).without_crm().fetch().await.unwrap();
    assert_eq!(fetched.accounts[0].status, Some(2));
    assert_eq!(fetched.findings[0].class, FindingClass::AccountInactive);
    assert!(fetched.findings[0].message.contains("disabled"));
}

#[tokio::test]
async fn heavy_use_slows_the_client_down() {
    let server = Server::start(|before, asked| {
        let percent = if before == 1 { 96 } else { 10 };
        ordinary(asked).header("X-App-Usage", &format!(r#"{{"call_count":{percent}}}"#))
    });
    let world = World::new(&server).without_crm();
    world.fetch().await.unwrap();
    assert_eq!(world.clock.slept(), Duration::from_secs(60));
}

#[tokio::test]
async fn how_much_it_slows_down_is_a_setting() {
    let server = Server::start(|_, asked| {
        ordinary(asked).header("X-Ad-Account-Usage", r#"{"acc_id_util_pct":61.5}"#)
    });
    let world = World::new(&server).without_crm();
    world.fetch().await.unwrap();
    assert_eq!(world.clock.slept(), Duration::ZERO);

    let mut slower = World::new(&server).without_crm();
    slower.settings.meta.pace.slow_percent = 60;
    slower.settings.meta.pace.slow_seconds = 2;
    slower.fetch().await.unwrap();
    assert_eq!(slower.clock.slept(), Duration::from_secs(6), "between four requests");
}

#[tokio::test]
async fn a_page_that_says_the_limit_is_reached_stops_the_next_request_and_nothing_is_refused() {
    let header =
        r#"{"7":[{"type":"ads_insights","call_count":100,"estimated_time_to_regain_access":3}]}"#;
    let server = Server::start(move |before, asked| {
        let reply = ordinary(asked);
        if before == 0 { reply.header("X-Business-Use-Case-Usage", header) } else { reply }
    });
    let world = World::new(&server).accounts(&["act_1", "act_2"]).without_crm();
    let fetched = world.fetch().await.unwrap();
    assert!(fetched.accounts.iter().all(|pull| pull.outcome == PullOutcome::Pulled));
    let paths: Vec<String> = server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!((paths[0].as_str(), paths[1].as_str()), ("/v26.0/act_1", "/v26.0/act_2"));
    assert_eq!(server.count(), 8);
    assert_eq!(world.clock.slept(), Duration::from_secs(180));

    // With less time than that, nothing sleeps: the stage is told when to come back.
    let server =
        Server::start(move |_, asked| ordinary(asked).header("X-Business-Use-Case-Usage", header));
    let mut short = World::new(&server).without_crm();
    short.seconds_left = 60;
    let error = short.fetch().await.unwrap_err();
    let StageError::Waiting { until, trouble } = error else { panic!("{error:?}") };
    assert_eq!(trouble.class, "rate_limited");
    assert_eq!(until, "2026-11-23T04:03:00Z".parse().unwrap());
    assert_eq!(short.clock.slept(), Duration::ZERO);
}

#[tokio::test]
async fn a_week_that_is_not_over_in_an_accounts_zone_is_pulled_later() {
    let server = Server::start(|_, asked| match asked.path.as_str() {
        "/v26.0/act_1" => Reply::json(&account("act_1", "America/Los_Angeles")),
        _ => ordinary(asked),
    });
    // The week ends there at 08:00 UTC, and settles for three hours.
    let world = World::new(&server).without_crm().at("2026-11-23T10:59:59Z").settling(3);
    let error = world.fetch().await.unwrap_err();
    let StageError::Waiting { until, trouble } = error else { panic!("{error:?}") };
    assert_eq!(until, "2026-11-23T11:00:00Z".parse().unwrap());
    assert!(trouble.action.contains("timezone = \"America/Los_Angeles\""), "{}", trouble.action);
    let world = world.at("2026-11-23T11:00:00Z");
    assert!(world.fetch().await.is_ok());
}
