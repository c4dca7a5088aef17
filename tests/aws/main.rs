//! The AWS adapters over the real wire protocol: the same contracts as the embedded ones, against
//! an emulator, and what only they promise. Started by `tests/emulator cargo test …`.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "the linter takes the cases for ordinary functions"
)]

#[macro_use]
#[path = "../contracts/place.rs"]
mod place;
#[macro_use]
#[path = "../contracts/archive.rs"]
mod archive;
#[macro_use]
#[path = "../contracts/bus.rs"]
mod bus;
#[macro_use]
#[path = "../contracts/history.rs"]
mod history;
#[macro_use]
#[path = "../contracts/ledger.rs"]
mod ledger;
#[macro_use]
#[path = "../contracts/mailer.rs"]
#[expect(dead_code, unused_macros, reason = "SES does not know intents")]
mod mailer;
#[path = "../contracts/samples.rs"]
mod samples;
#[macro_use]
#[path = "../contracts/secrets.rs"]
mod secrets;

mod dynamo;
mod emulator;
mod event_bridge;
mod functions;
#[path = "../analyst/double.rs"]
#[expect(dead_code, reason = "the analyst's own tests need more of it")]
mod model;
mod places;
mod s3;
mod secrets_manager;
#[path = "../sources/support/server.rs"]
#[expect(dead_code, reason = "the other tests' server; these need some of it")]
mod server;
mod ses;
mod wire;

mod contracts {
    use super::places;

    mod dynamo_ledger {
        ledger_contract!(super::places::Table::new());
    }

    mod s3_archive {
        archive_contract!(super::places::Buckets::new());
    }

    mod dynamo_history {
        history_contract!(super::places::HistoryTables::new());
    }

    mod event_bus {
        bus_contract!(super::places::BusWithQueue::new());
    }

    mod ses_mailer {
        mailer_contract!(super::places::Outgoing::new());
    }

    mod secrets_each {
        secrets_contract!(super::places::SecretsEach::new());
    }

    mod secrets_in_json {
        secrets_contract!(super::places::SecretsJson::new());
    }
}
