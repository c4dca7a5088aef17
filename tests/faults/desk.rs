//! A desk to work at: a folder with a configuration, a data directory, and running providers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::Date;
use serde_json::Value;
use tempfile::TempDir;
use weekledger::simulator::{self, Fault, Options, Running};

pub const TOKEN: &str = "planted-token-5d07aa";

pub struct Desk {
    folder: TempDir,
    pub running: Running,
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// Everything that a person reads, on one line.
    pub fn words(&self) -> String {
        format!("{} {}", self.stdout, self.stderr)
    }
}

impl Desk {
    /// Providers whose newest day is `today`.
    pub async fn new(today: &str, faults: Vec<Fault>) -> Self {
        let running = simulated(today, faults).await;
        let desk = Self { folder: tempfile::tempdir().unwrap(), running };
        desk.configure();
        desk
    }

    /// The same desk, a while later.
    pub async fn later(&mut self, today: &str) {
        self.running = simulated(today, Vec::new()).await;
        self.configure();
    }

    fn configure(&self) {
        let mut text = format!(
            "[sources.meta]\nbase_url = \"{}\"\npage_size = 20\n\
             [sources.hubspot]\nbase_url = \"{}\"\n[limits]\nrequest_seconds_max = 20\n\
             [mail]\nfrom = \"reports@example.com\"\n\
             [[report]]\nid = \"weekly\"\ntitle = \"Weekly\"\ntimezone = \"Europe/Vienna\"\n",
            self.running.meta_base_url(),
            self.running.hubspot_base_url(),
        );
        for property in self.running.properties() {
            text.push_str(&format!(
                "[[report.account]]\nname = \"{}\"\nmeta_account = \"{}\"\n",
                property.name, property.meta_account
            ));
        }
        text.push_str(
            "[[report.recipient]]\nkey = \"ada\"\nname = \"ada\"\nemail = \"ada@example.com\"\n\
             department = \"Marketing\"\n",
        );
        std::fs::write(self.folder.path().join("weekledger.toml"), text).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub async fn say(&self, now: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
        command
            .args(arguments)
            .args(["--now", now])
            .arg("--config")
            .arg(self.folder.path().join("weekledger.toml"))
            .arg("--data-dir")
            .arg(self.data())
            .env("WEEKLEDGER_META_TOKEN", TOKEN)
            .env("WEEKLEDGER_HUBSPOT_TOKEN", TOKEN);
        // The providers run on this thread, so it must not be blocked.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Said {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The figures of a week by their ids; none if there are none yet.
    pub async fn figures(&self, now: &str, week: &str) -> BTreeMap<String, Value> {
        let said = self.say(now, &["figures", week, "--json"]).await;
        let Ok(Value::Array(all)) = serde_json::from_str(&said.stdout) else {
            return BTreeMap::new();
        };
        let named = |figure: Value| (figure["id"].as_str().unwrap().to_owned(), figure);
        all.into_iter().map(named).collect()
    }

    /// The mails of every week.
    pub fn mails(&self) -> usize {
        let is_mail = |path: &PathBuf| path.extension().is_some_and(|end| end == "eml");
        files(&self.data().join("outbox")).iter().filter(|path| is_mail(path)).count()
    }

    /// Fails if the token is in any file that the program wrote.
    pub fn assert_no_token(&self) {
        for path in files(&self.data()) {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(TOKEN.len()).any(|window| window == TOKEN.as_bytes());
            assert!(!found, "{} holds the token", path.display());
        }
    }
}

async fn simulated(today: &str, faults: Vec<Fault>) -> Running {
    let options = Options {
        seed: 7,
        today: today.parse::<Date>().unwrap(),
        listen: "127.0.0.1:0".parse().unwrap(),
        replay: None,
        faults,
    };
    simulator::start(options).await.unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}
