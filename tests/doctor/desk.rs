//! A desk to look from: a folder with a configuration, and running providers.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use weekledger::simulator::{self, Fault, Options, Running};

/// A Sunday, 10:00 in Vienna.
pub const SUNDAY: &str = "2026-11-22T09:00:00Z";
pub const TOKEN: &str = "planted-token-c4419e";

pub struct Desk {
    pub folder: TempDir,
    pub running: Running,
    token: String,
}

#[derive(Debug)]
pub struct Said {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

/// One line of the answer.
#[derive(Debug, Clone)]
pub struct Line {
    pub name: String,
    pub subject: String,
    pub grade: String,
    pub sentence: String,
    pub action: String,
}

impl Said {
    pub fn lines(&self) -> Vec<Line> {
        let all: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("{self:?}"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let line = |check: &Value| Line {
            name: text(&check["name"]),
            subject: text(&check["subject"]),
            grade: text(&check["grade"]),
            sentence: text(&check["sentence"]),
            action: text(&check["action"]),
        };
        all.as_array().unwrap().iter().map(line).collect()
    }

    /// The lines that are no pass.
    pub fn trouble(&self) -> Vec<Line> {
        self.lines().into_iter().filter(|line| line.grade != "pass").collect()
    }
}

impl Desk {
    pub async fn new(faults: Vec<Fault>, extra: &str) -> Self {
        let options = Options {
            seed: 7,
            today: "2026-11-22".parse().unwrap(),
            listen: "127.0.0.1:0".parse().unwrap(),
            replay: None,
            faults,
        };
        let running = simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut text = format!(
            "[sources.meta]\nbase_url = \"{}\"\n[sources.hubspot]\nbase_url = \"{}\"\n\
             [mail]\nfrom = \"reports@example.com\"\n{extra}\n\
             [[report]]\nid = \"weekly\"\ntitle = \"Weekly\"\ntimezone = \"Europe/Vienna\"\n",
            running.meta_base_url(),
            running.hubspot_base_url(),
        );
        for property in running.properties() {
            text.push_str(&format!(
                "[[report.account]]\nname = \"{}\"\nmeta_account = \"{}\"\ntimezone = \"{}\"\n",
                property.name, property.meta_account, property.timezone
            ));
        }
        text.push_str(
            "[[report.recipient]]\nkey = \"ada\"\nname = \"ada\"\nemail = \"ada@example.com\"\n\
             department = \"Marketing\"\n",
        );
        std::fs::write(folder.path().join("weekledger.toml"), text).unwrap();
        Self { folder, running, token: TOKEN.to_owned() }
    }

    pub fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    pub fn edit(&self, change: impl Fn(String) -> String) {
        let path = self.folder.path().join("weekledger.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, change(text)).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub async fn look(&self) -> Said {
        self.say(SUNDAY, &["doctor", "--json"]).await
    }

    pub async fn say(&self, now: &str, arguments: &[&str]) -> Said {
        self.say_in(self.data(), now, arguments).await
    }

    pub async fn say_in(&self, data: PathBuf, now: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
        command
            .args(arguments)
            .args(["--now", now])
            .arg("--config")
            .arg(self.folder.path().join("weekledger.toml"))
            .arg("--data-dir")
            .arg(data)
            .env("WEEKLEDGER_META_TOKEN", &self.token)
            .env("WEEKLEDGER_HUBSPOT_TOKEN", &self.token)
            .env("WEEKLEDGER_ANTHROPIC_KEY", &self.token);
        // The providers run on this thread, so it must not be blocked.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Said {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}
