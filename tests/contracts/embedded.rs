//! The embedded adapters keep every contract; what only they promise is tested below.

mod archive;
mod bus;
mod clock;
mod data_dir;
mod ledger;
mod mailer;
mod places;
mod secrets;

mod contracts {
    use super::places;

    mod sqlite_ledger {
        ledger_contract!(super::places::LedgerFile::new());
    }

    mod file_archive {
        archive_contract!(super::places::ArchiveFolder::new());
    }

    mod local_bus {
        bus_contract!(super::places::BusFile::new());
    }

    mod sqlite_history {
        history_contract!(super::places::HistoryFile::new());
    }

    mod outbox_mailer {
        mailer_contract!(super::places::Outbox::new());
        idempotent_mailer_contract!(super::places::Outbox::new());
    }

    mod secrets_in_the_environment {
        secrets_contract!(super::places::SecretsEnvironment::new());
    }

    mod secrets_in_a_file {
        secrets_contract!(super::places::SecretsFile::new());
    }

    mod system_clock {
        clock_contract!(super::places::MachineTime);
    }

    mod set_clock {
        clock_contract!(super::places::TimeAsSet);
    }
}
