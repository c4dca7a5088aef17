//! A planted token is searched for in everything that the stage wrote, said or logged.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;
use weekledger::ports::SecretName;

use crate::support::pages::{meta_error, ordinary, page, row};
use crate::support::server::{Manner, Reply, Server};
use crate::support::world::{HUBSPOT_TOKEN, META_TOKEN, World};

/// The token as it is and in the escapes that a page may hold.
fn spellings() -> Vec<String> {
    let percent = META_TOKEN.replace('|', "%7C").replace('/', "%2F");
    let json = META_TOKEN.replace('/', "\\/");
    vec![META_TOKEN.to_owned(), percent, json, HUBSPOT_TOKEN.to_owned()]
}

#[track_caller]
fn assert_clean(what: &str, text: &str) {
    for token in spellings() {
        assert!(!text.contains(&token), "{what} holds the token: {text}");
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Every way in which a provider may send the token back.
fn talkative(before: usize, percent: &str) -> Option<Reply> {
    let echoed = format!("Malformed access token {META_TOKEN}");
    Some(match before {
        0 => Reply::new(
            502,
            format!(
                "<html>GET /?access_token={percent}&x=1 Authorization: Bearer {META_TOKEN}</html>"
            ),
        ),
        1 => meta_error(500, 2, None, &echoed),
        2 => Reply::new(
            200,
            format!(
                "{{\"data\":[],\"paging\":{{\"next\":\"https:\\/\\/g\\/?access_token={percent}"
            ),
        ),
        _ => return None,
    })
}

fn everything(world: &World) -> String {
    let objects = world.archive.everything();
    objects
        .iter()
        .map(|(name, bytes)| format!("{name}\n{}\n", String::from_utf8_lossy(bytes)))
        .collect()
}

#[test]
fn no_token_is_in_pages_events_errors_or_logs() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tracing::subscriber::with_default(subscriber, || {
        // A place that another test reaches first, just now, may be taken for one that nobody
        // listens to: all are reached once, and asked anew.
        runtime.block_on(async {
            let server = Server::start(|_, asked| ordinary(asked));
            World::new(&server).fetch().await.unwrap();
        });
        tracing::callsite::rebuild_interest_cache();
        runtime.block_on(tell_everything());
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("page received"), "the log was listened to");
    assert_clean("the log", &log);
}

async fn tell_everything() {
    let percent = META_TOKEN.replace('|', "%7C").replace('/', "%2F");
    // Trouble first, then ordinary pages with the token in `next` and in a name.
    let server = Server::start(move |before, asked| {
        talkative(before, &percent).unwrap_or_else(|| {
            if asked.query("level") != "adset" {
                return ordinary(asked);
            }
            let mut named = row("100", "2026-11-17", "1", &[]);
            named["adset_name"] = json!(format!("Set {META_TOKEN}"));
            let after = asked.query("after").is_empty().then_some("c1");
            Reply::json(&page(&[named], after, &percent))
        })
    });
    let mut world = World::new(&server);
    world.settings.limits.attempts_max = 5;
    let fetched = world.fetch().await.unwrap();
    assert_clean("the payload", &serde_json::to_string(&fetched).unwrap());
    assert_clean("the archive", &everything(&world));
    assert!(everything(&world).contains("\"next\":\"\""), "pages with links were archived");

    // Errors that end a run.
    let endings: [fn() -> Reply; 5] = [
        || meta_error(400, 190, Some(463), &format!("Malformed access token {META_TOKEN}")),
        || meta_error(400, 200, None, &format!("(#200) {META_TOKEN}")),
        || Reply::new(200, format!("<html>{META_TOKEN}")),
        || Reply::new(200, "x").manner(Manner::Silent),
        || {
            Reply::new(302, META_TOKEN)
                .header("location", &format!("https://x/?access_token={META_TOKEN}"))
        },
    ];
    for ending in endings {
        let server = Server::start(move |_, _| ending());
        let world = World::new(&server);
        let error = world.fetch().await.unwrap_err();
        assert_clean("the error", &format!("{error:?} {error}"));
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            assert_clean("a cause", &format!("{error:?} {error}"));
            cause = error.source();
        }
        assert_clean("the archive", &everything(&world));
    }
}

#[tokio::test]
async fn both_tokens_of_an_exchange_are_cut() {
    let server = Server::start(|before, asked| match before {
        0 => meta_error(400, 190, None, "old"),
        1 => meta_error(500, 2, None, "the-first-token and the-second-token"),
        _ => ordinary(asked),
    });
    let world = World::new(&server).without_crm();
    world.secrets.set(SecretName::MetaToken, &["the-first-token", "the-second-token"]);
    world.fetch().await.unwrap();
    let archive = everything(&world);
    assert!(!archive.contains("the-first-token") && !archive.contains("the-second-token"));
}

#[tokio::test]
async fn what_was_given_to_another_provider_is_cut_as_well() {
    let server = Server::start(|before, asked| match before {
        0 => meta_error(500, 2, None, &format!("as {HUBSPOT_TOKEN}")),
        5 => Reply::new(503, format!("{{\"message\":\"as {META_TOKEN}\"}}")),
        _ => ordinary(asked),
    });
    let world = World::new(&server);
    world.fetch().await.unwrap();
    assert_eq!(server.count(), 7);
    assert_clean("the archive", &everything(&world));
}
