//! A desk to work at: a folder with a configuration, a data directory, and running providers.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;
use weekledger::simulator::{self, Fault, Options, Running};

pub const NOW: &str = "2026-11-23T06:00:00Z";
pub const TOKEN: &str = "planted-token-81f3c2";

pub struct Desk {
    folder: TempDir,
    running: Running,
    token: String,
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
}

impl Desk {
    pub async fn new() -> Self {
        Self::with(Vec::new(), "").await
    }

    /// `extra` stands in the report's section of the configuration.
    pub async fn with(faults: Vec<Fault>, extra: &str) -> Self {
        let now: Timestamp = NOW.parse().unwrap();
        let options = Options {
            seed: 7,
            today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
            listen: "127.0.0.1:0".parse().unwrap(),
            replay: None,
            faults,
        };
        let running = simulator::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let text = configuration(&running, extra);
        std::fs::write(folder.path().join("weekledger.toml"), text).unwrap();
        Self { folder, running, token: TOKEN.to_owned() }
    }

    pub fn use_token(&mut self, token: &str) {
        token.clone_into(&mut self.token);
    }

    /// Writes a secrets file with a good token, and names it in the configuration.
    pub fn write_secrets(&self, mode: u32) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.path().join("secrets");
        let line = |name: &str| format!("WEEKLEDGER_{name}_TOKEN = \"{TOKEN}\"\n");
        std::fs::write(&path, line("META") + &line("HUBSPOT")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        self.edit(|text| match text.contains("[secrets]") {
            true => text,
            false => format!("{text}[secrets]\nfile = \"secrets\"\n"),
        });
        path
    }

    /// Changes the configuration file.
    pub fn edit(&self, change: impl Fn(String) -> String) {
        let path = self.folder.path().join("weekledger.toml");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, change(text)).unwrap();
    }

    pub fn accounts(&self) -> Vec<String> {
        self.running.properties().into_iter().map(|property| property.meta_account).collect()
    }

    /// From now on these go wrong, and nothing else.
    pub fn break_with(&self, faults: Vec<Fault>) {
        self.running.set_faults(faults);
    }

    pub fn requests(&self) -> usize {
        self.running.requests().len()
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The program with this desk's options and another data directory, for a shell.
    pub fn command_line(&self, data: &str) -> String {
        let config = self.folder.path().join("weekledger.toml");
        let program = env!("CARGO_BIN_EXE_weekledger");
        format!("{program} --now {NOW} --config {} --data-dir {data}", config.display())
    }

    pub fn give_tokens(&self, command: &mut Command) {
        for name in ["META", "HUBSPOT"] {
            command.env(format!("WEEKLEDGER_{name}_TOKEN"), &self.token);
        }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub async fn say(&self, arguments: &[&str]) -> Said {
        self.say_at(NOW, arguments).await
    }

    /// The same at another time by the machine's clock.
    pub async fn say_at(&self, now: &str, arguments: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
        command
            .args(arguments)
            .args(["--now", now])
            .arg("--config")
            .arg(self.folder.path().join("weekledger.toml"))
            .arg("--data-dir")
            .arg(self.data())
            .env("WEEKLEDGER_META_TOKEN", &self.token)
            .env("WEEKLEDGER_HUBSPOT_TOKEN", &self.token)
            .env("WEEKLEDGER_ANTHROPIC_KEY", &self.token);
        // The providers run on this thread, so it must not be blocked.
        let output: Output =
            tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        Said {
            exit: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The mails of a week, by name, with their text.
    pub fn mails(&self, week: &str) -> Vec<(String, String)> {
        self.mails_of("weekly", week)
    }

    pub fn mails_of(&self, report: &str, week: &str) -> Vec<(String, String)> {
        let folder = self.data().join("outbox").join(report).join(week);
        let mut mails: Vec<(String, String)> = files(&folder)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, std::fs::read_to_string(&path).unwrap())
            })
            .collect();
        mails.sort();
        mails
    }
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
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

fn configuration(running: &Running, extra: &str) -> String {
    let mut text = format!(
        "[sources.meta]\nbase_url = \"{}\"\n[sources.hubspot]\nbase_url = \"{}\"\n\
         [mail]\nfrom = \"reports@example.com\"\n\
         [[report]]\nid = \"weekly\"\ntitle = \"Weekly\"\ntimezone = \"Europe/Vienna\"\n{extra}\n",
        running.meta_base_url(),
        running.hubspot_base_url(),
    );
    for property in running.properties() {
        text.push_str(&format!(
            "[[report.account]]\nname = \"{}\"\nmeta_account = \"{}\"\n",
            property.name, property.meta_account
        ));
    }
    for key in ["ada", "bob"] {
        text.push_str(&format!(
            "[[report.recipient]]\nkey = \"{key}\"\nname = \"{key}\"\n\
             email = \"{key}@example.com\"\ndepartment = \"Marketing\"\n"
        ));
    }
    text
}
