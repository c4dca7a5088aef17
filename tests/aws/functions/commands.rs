//! The command line over a stack: the program that people run, on the weeks that the functions
//! made.

use std::io::Read as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use weekledger::ports::HistoryTable as _;
use weekledger_events::{Digest, Payload, StreamId};

use super::kills::told_by_ses;
use super::platform::Platform;
use super::stack::{Fault, Stack, deploy, schedule, stream, week};
use crate::emulator::{send, unique};
use crate::place::run;
use crate::wire::{Act, Request};

/// A person's shell with the outputs of a stack.
pub struct Shell<'s> {
    stack: &'s Stack,
    folder: tempfile::TempDir,
    /// Whoever looks after the stack may read the secrets of the providers; no other command does.
    reads_secrets: bool,
}

impl<'s> Shell<'s> {
    pub fn new(stack: &'s Stack) -> Self {
        Self { stack, folder: tempfile::tempdir().unwrap(), reads_secrets: false }
    }

    pub fn with_secrets(stack: &'s Stack) -> Self {
        Self { reads_secrets: true, ..Self::new(stack) }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.args(["--ledger", "aws"]).args(args);
        let names = self.stack.environment();
        let given = |name: &str| self.reads_secrets || name != "WEEKLEDGER_SECRET";
        command.envs(names.into_iter().filter(|(name, _)| given(name)));
        command
    }

    pub fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Stdout of a command that ends with this code.
    #[track_caller]
    fn bytes(&self, code: i32, args: &[&str]) -> Vec<u8> {
        let output = self.output(args);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {error}");
        output.stdout
    }

    #[track_caller]
    fn text(&self, code: i32, args: &[&str]) -> String {
        String::from_utf8(self.bytes(code, args)).unwrap()
    }

    #[track_caller]
    fn json(&self, code: i32, args: &[&str]) -> Value {
        serde_json::from_slice(&self.bytes(code, &[args, &["--json"]].concat())).unwrap()
    }

    /// Stderr of a command that is refused.
    #[track_caller]
    fn refused(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

fn delivered(stack: &Stack) -> Platform<'_> {
    let mut platform = Platform::new(stack);
    platform.call("open", &schedule("open", week()));
    platform.carry();
    stack.expect_sent(&stream());
    platform
}

fn finished(mut child: Child, mut meanwhile: impl FnMut()) -> (Option<i32>, String) {
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        meanwhile();
    };
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    (status.code(), text)
}

#[test]
fn a_week_that_the_functions_made_is_read_and_proved_from_outside() {
    let stack = Stack::new();
    let mut platform = delivered(&stack);
    let shell = Shell::new(&stack);
    let week = week().to_string();

    // What SES tells of the mails stands in the status.
    let bounce = json!({ "bounce": { "bounceType": "Permanent", "bounceSubType": "General" } });
    for (recipient, intent) in stack.mails() {
        let (kind, more) =
            if recipient == "ada" { ("Delivery", json!({})) } else { ("Bounce", bounce.clone()) };
        platform.invoke("watch", &told_by_ses(kind, &recipient, &intent, &more)).done();
    }
    let loaded = stack.load(&stream());
    let status = shell.json(0, &["status"]);
    assert_eq!(status.as_array().unwrap().len(), 1);
    assert_eq!((&status[0]["week"], &status[0]["outcome"]), (&json!(week), &json!("partial")));
    let need = &status[0]["needs"][0];
    let missed = "the report did not certainly reach bob: the mail came back (Permanent/General)";
    assert_eq!((&need["class"], &need["message"]), (&json!("unreached"), &json!(missed)));
    let mut fates: Vec<String> = status[0]["mails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mail| format!("{} {} {}", mail["recipient"], mail["event"], mail["detail"]))
        .collect();
    fates.sort();
    assert_eq!(fates, [r#""ada" "delivery" """#, r#""bob" "bounce" "Permanent/General""#]);
    let told = format!(
        "weekly {week} revision 1: mails 1 delivered, 1 bounced\n  bob bounced: Permanent/General\n"
    );
    assert!(shell.text(0, &["status"]).contains(&told), "{}", shell.text(0, &["status"]));

    // The mail, byte for byte.
    let analysis = loaded.events.iter().find_map(|event| match &event.payload {
        Payload::AnalysisGenerated(analysis) => Some(analysis),
        _ => None,
    });
    let html = &analysis.unwrap().html;
    assert_eq!(Digest::of(&shell.bytes(0, &["show", &week])), html.digest);
    let path = format!("s3://{}/evidence/{}", stack.buckets.kept, html.digest);
    assert_eq!(shell.json(0, &["show", &week])["html"]["path"], json!(path));

    // A figure, back to the page that it stands on.
    let figures = shell.json(0, &["figures", &week, "--level", "report", "--metric", "meta_leads"]);
    let is_week = |figure: &&Value| figure["window"] == "week";
    let figure = figures.as_array().unwrap().iter().find(is_week).unwrap();
    let id = figure["id"].as_str().unwrap();
    let audit = shell.json(0, &["audit", &week, "--figure", id]);
    assert_eq!((&audit["agrees"], &audit["value"]), (&json!(true), &figure["value"]));
    let inputs = audit["inputs"].as_array().unwrap();
    assert!(!inputs.is_empty() && inputs.iter().all(|input| input["checked"] == true), "{audit}");
    shell.json(0, &["audit", &week]);

    // The functions and the command line are one program: it comes to the same bytes.
    let verified = shell.json(0, &["verify", "--all"]);
    assert_eq!(verified["verdict"], "same", "{verified:#}");

    // An export needs no stack any more.
    shell.bytes(0, &["export", &week, "--out", "week.tar"]);
    let mut elsewhere = Command::new(env!("CARGO_BIN_EXE_weekledger"));
    elsewhere.current_dir(shell.folder.path()).env_clear();
    let output = elsewhere.args(["verify", "--bundle", "week.tar", "--json"]).output().unwrap();
    let verified: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &verified["verdict"]), (Some(0), &json!("same")));

    // The history table is what the ledger says, and can be made so again.
    let check = ["rebuild", "--check"];
    assert!(shell.text(0, &check).contains("weekly: as the ledger says"));
    run(async {
        let table = stack.cloud().await.history(&stack.history);
        let rows = table.rows(&stream().report).await.unwrap();
        table.remove(&rows[..1]).await.unwrap();
    });
    let differs = shell.json(1, &check);
    assert_eq!(differs["reports"][0]["missing"].as_array().unwrap().len(), 1, "{differs}");
    assert_eq!((&differs["table"], &differs["written"]), (&json!(stack.history), &json!(false)));
    shell.bytes(0, &["rebuild"]);
    shell.bytes(0, &check);

    // No command has written anything into the ledger.
    assert_eq!(stack.load(&stream()).events.len(), loaded.events.len());
}

#[test]
fn a_re_emit_makes_a_held_revision_and_mails_only_when_it_is_asked_to() {
    let stack = Stack::new();
    let mut platform = delivered(&stack);
    let shell = Shell::new(&stack);
    let week = week().to_string();
    let outcomes = || -> Vec<String> {
        let lines = shell.json(0, &["status", "--all"]);
        let outcome = |line: &Value| line["outcome"].as_str().unwrap().to_owned();
        lines.as_array().unwrap().iter().map(outcome).collect()
    };
    let re_emit = |more: &[&str]| {
        let base = ["re-emit", &week, "--from", "RawFetched", "--reason", "lead rule corrected"];
        shell.json(0, &[&base, more].concat())
    };
    let before = stack.load(&stream()).events.len();
    let opened = re_emit(&[]);
    assert_eq!((&opened["outcome"], &opened["revision"]), (&json!("opened"), &json!(2)));
    let types = stack.types(&stream());
    assert_eq!(types[before..], ["RunRequested"], "the command line performs no stage");
    platform.carry();
    assert_eq!(outcomes(), ["held", "sent"]);
    assert_eq!(stack.mailed(), ["ada", "bob"], "nobody is mailed a held revision");
    let diff = shell.json(0, &["diff", &week, "--revisions", "1", "2"]);
    assert_eq!(diff["revisions"], json!([1, 2]));

    // Released, it goes out, marked.
    let before = stack.load(&stream()).events.len();
    let sent = shell.json(0, &["send", &week, "--revision", "2", "--reason", "looked at"]);
    assert_eq!(sent["outcome"], "opened");
    assert_eq!(stack.types(&stream())[before..], ["ReleaseGranted"]);
    platform.carry();
    assert_eq!(outcomes(), ["sent", "sent"]);
    assert_eq!(stack.mailed(), ["ada", "ada", "bob", "bob"]);
    let is_revised = |mime: &Vec<u8>| String::from_utf8_lossy(mime).contains("[Revised] ");
    let revised: Vec<bool> = stack.mimes().iter().map(is_revised).collect();
    assert_eq!(revised, [false, false, true, true]);

    // With --deliver nobody has to release it.
    assert_eq!(re_emit(&["--deliver"])["revision"], 3);
    platform.carry();
    assert_eq!(outcomes(), ["sent", "sent", "sent"]);
    assert_eq!(stack.mailed().len(), 6);
    assert!(stack.mimes()[4..].iter().all(is_revised));
    assert_eq!(shell.json(0, &["verify", &week])["verdict"], "same");
}

#[test]
fn a_backfill_pulls_one_week_after_the_other_and_mails_nothing() {
    let stack = Stack::new();
    let mut platform = Platform::new(&stack);
    let shell = Shell::new(&stack);
    let weeks = [week().plus(-1), week()];
    let [from, to] = weeks.map(|week| week.to_string());
    let mut backfill = shell.command(&["backfill", "--from", &from, "--to", &to, "--json"]);
    let child = backfill.stdout(Stdio::piped()).spawn().unwrap();
    let (code, text) = finished(child, || platform.carry());
    assert_eq!(code, Some(0), "{text}");
    let lines: Value = serde_json::from_str(&text).unwrap();
    for (line, week) in lines.as_array().unwrap().iter().zip(weeks) {
        assert_eq!((&line["week"], &line["outcome"]), (&json!(week), &json!("figures")));
        assert_eq!(line["complete"], true);
    }
    assert_eq!(lines.as_array().unwrap().len(), 2);
    assert_eq!(stack.mailed(), Vec::<String>::new());
    // The newer week knows the older one.
    let older = StreamId::new(stream().report, weeks[0]);
    let events = stack.load(&stream()).events;
    let inputs = events.iter().find_map(|event| match &event.payload {
        Payload::MetricsComputed(metrics) => Some(&metrics.inputs),
        _ => None,
    });
    assert!(inputs.unwrap().iter().any(|input| input.stream == older), "{inputs:?}");
    // A backfilled week can still be reported: opened by hand, done by the functions.
    let opened = shell.json(0, &["run", "--week", &to]);
    assert_eq!((&opened["outcome"], &opened["revision"]), (&json!("opened"), &json!(2)));
    platform.carry();
    assert_eq!(stack.mailed(), ["ada", "bob"]);
    assert_eq!(shell.json(0, &["run", "--week", &to])["outcome"], "sent");
}

#[test]
fn a_configuration_is_checked_before_it_is_pushed_and_read_where_the_functions_read_it() {
    let stack = Stack::new();
    let shell = Shell::new(&stack);
    let file = shell.folder.path().join("weekledger.toml");
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    let checked = || shell.json(0, &["config", "check"]);
    assert_eq!(checked()["file"], json!(place(&stack)));
    assert_eq!(checked()["reports"][0]["approval"], false);

    let text =
        stack.configuration().replace("id = \"weekly\"\n", "id = \"weekly\"\napproval = true\n");
    write(&text.replace("Europe/Vienna", "Europe/Wien"));
    assert!(shell.refused(&["config", "push"]).contains("Europe/Wien"));
    // The role of `deliver` may send from one address only.
    write(&text.replace("reports@example.com", "news@example.com"));
    let refused = shell.refused(&["config", "push"]);
    assert!(refused.contains("may send from reports@example.com only"), "{refused}");
    assert_eq!(checked()["reports"][0]["approval"], false, "nothing was pushed");
    write(&text);
    let pushed = shell.json(0, &["config", "push"]);
    assert_eq!((&pushed["place"], &pushed["changed"]), (&json!(place(&stack)), &json!(true)));
    assert_eq!(pushed["digest"], json!(Digest::of(text.as_bytes())));
    assert_eq!(checked()["reports"][0]["approval"], true);
    assert_eq!(shell.json(0, &["config", "push"])["changed"], false);

    // The functions read it: approval holds the week.
    let mut platform = Platform::new(&stack);
    platform.call("open", &schedule("open", week()));
    platform.carry();
    assert_eq!(shell.json(0, &["status"])[0]["outcome"], "held");
}

/// As two operators at once: between the look and the write of one, another has written.
fn overtaken(request: &Request) -> bool {
    let mut words = request.head.split(' ');
    let (method, path) = (words.next(), words.next().unwrap_or_default());
    if method != Some("PUT") || !path.contains("/config/weekledger.toml") {
        return false;
    }
    let path = path.split('?').next().unwrap_or_default();
    send("s3", &format!("PUT {path}"), "", OF_ANOTHER.as_bytes());
    true
}

const OF_ANOTHER: &str = "# of another operator\n";

#[test]
fn of_two_operators_who_push_at_once_one_is_told_and_nothing_is_overwritten() {
    let stack = Stack::new();
    let shell = Shell::new(&stack);
    let file = shell.folder.path().join("weekledger.toml");
    let text = stack.configuration() + "# of this operator\n";
    std::fs::write(&file, &text).unwrap();
    let now = || run(async { stack.written_configuration().await });
    stack.strike(Fault { on: overtaken, kills: false, act: Act::Pass });
    let output = shell.output(&["config", "push"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{told}");
    assert!(told.contains("somebody else has written the configuration"), "{told}");
    assert!(told.contains("then push again"), "{told}");
    assert_eq!(now(), OF_ANOTHER, "nothing was written");

    // Pushed again it is a decision, and says what it took the place of.
    let pushed = shell.json(0, &["config", "push"]);
    assert_eq!(pushed["replaced"], json!(Digest::of(OF_ANOTHER.as_bytes())));
    assert_eq!(now(), text);

    // The write happens and its answer is lost: that is no other operator.
    let text = text + "# once more\n";
    std::fs::write(&file, &text).unwrap();
    stack.strike(Fault { on: is_push, kills: false, act: Act::PassAndDrop });
    shell.json(0, &["config", "push"]);
    assert!(stack.has_struck());
    assert_eq!(now(), text);
}

fn is_push(request: &Request) -> bool {
    request.head.starts_with("PUT ") && request.head.contains("/config/weekledger.toml")
}

#[test]
fn the_outputs_of_a_stack_are_all_that_the_command_line_has_to_know() {
    let stack = Stack::new();
    let shell = Shell::new(&stack);
    let (name, foreign) = (stack.deployed(), unique("foreign"));
    deploy(&foreign, &json!({ "Table": { "Value": "x", "Description": "of somebody else" } }));
    let over = |stack_name: &str, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_weekledger"));
        command.current_dir(shell.folder.path()).args(["--stack", stack_name]).args(args);
        let endpoint = stack.environment().into_iter().find(|(key, _)| key == "AWS_ENDPOINT_URL");
        let output = command.envs(endpoint).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let (code, checked, error) = over(&name, &["config", "check", "--json"]);
    assert_eq!(code, Some(0), "{error}");
    let checked: Value = serde_json::from_str(&checked).unwrap();
    assert_eq!(checked["file"], json!(place(&stack)));
    let (code, opened, error) = over(&name, &["run", "--week", &week().to_string(), "--json"]);
    assert_eq!(code, Some(0), "{error}");
    let opened: Value = serde_json::from_str(&opened).unwrap();
    assert_eq!(opened["outcome"], "opened");
    assert_eq!(stack.types(&stream()), ["RunRequested"]);

    for (name, what, fix) in [
        ("no-such-stack", "there is no stack no-such-stack", "AWS_REGION"),
        (&foreign, "is not one of Weekledger's", "infra/template.yaml"),
    ] {
        let (code, _, told) = over(name, &["status"]);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains(what) && told.contains(fix), "{told}");
    }
}

fn place(stack: &Stack) -> String {
    format!("s3://{}/config/weekledger.toml", stack.buckets.raw)
}

#[test]
fn what_cannot_be_done_over_a_stack_says_what_to_do_instead() {
    let stack = Stack::new();
    let shell = Shell::new(&stack);
    for (command, instead) in [
        (&["watch"][..], "the function watch passes every five minutes"),
        (&["expire"], "the life cycle of the archive's bucket"),
        (&["demo"], "nothing to try out"),
    ] {
        let told = shell.refused(command);
        assert!(told.contains("works on a data directory") && told.contains(instead), "{told}");
    }
    assert!(!Path::new(&shell.folder.path().join("data")).exists());
    let output = shell.command(&["status"]).env_remove("WEEKLEDGER_TABLE").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        told.contains("WEEKLEDGER_TABLE is not set\n  fix: add --stack NAME, or take the names"),
        "{told}"
    );
    let none = shell.refused(&["show", "2026-W01"]);
    assert!(none.contains("the ledger has no 2026-W01"), "{none}");
}
