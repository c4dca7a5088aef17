//! The check before a report over a stack: as the template makes it all is well but for what an
//! emulator cannot have, and each thing that is wrong is named, with what to do.

use serde_json::{Value, json};

use super::commands::Shell;
use super::stack::{Fault, Stack};
use crate::emulator::{call, send};
use crate::wire::{Act, Request};

/// What was looked at: the grade, and the sentence with what to do.
fn looked(shell: &Shell<'_>) -> Vec<(String, String, String)> {
    let output = shell.output(&["doctor", "--json"]);
    let checks: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let of_stack = |check: &&Value| check["area"] == "aws";
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    checks
        .as_array()
        .unwrap()
        .iter()
        .filter(of_stack)
        .map(|check| {
            let words = format!("{} {}", text(&check["sentence"]), text(&check["action"]));
            let name = format!("{} {}", text(&check["name"]), text(&check["subject"]));
            (text(&check["grade"]), name, words)
        })
        .collect()
}

/// The words of the one check of this name, with its grade.
#[track_caller]
fn found(checks: &[(String, String, String)], name: &str, grade: &str) -> String {
    let of_name: Vec<_> = checks.iter().filter(|(_, one, _)| one.starts_with(name)).collect();
    assert_eq!(of_name.len(), 1, "{name}: {checks:#?}");
    assert_eq!(of_name[0].0, grade, "{:?}", of_name[0]);
    of_name[0].2.clone()
}

#[test]
fn a_stack_as_the_template_makes_it_passes() {
    let stack = Stack::new();
    stack.protect();
    let shell = Shell::with_secrets(&stack);
    let checks = looked(&shell);
    assert!(checks.iter().all(|(grade, ..)| grade == "pass"), "{checks:#?}");
    let opens = found(&checks, "schedule open-weekly", "pass");
    // In the report's own time: winter and summer have other names there.
    let is_local = opens.contains(", 05:00 Europe/Vienna") && opens.contains("Monday ");
    assert!(is_local, "{opens}");
    assert!(found(&checks, "schedule deliver-weekly", "pass").contains(", 07:00 Europe/Vienna"));
    // The providers were asked as well, with the secrets of the functions.
    let all: Value = serde_json::from_slice(&shell.output(&["doctor", "--json"]).stdout).unwrap();
    let token = all.as_array().unwrap().iter().find(|check| check["name"] == "token").unwrap();
    assert_eq!(token["grade"], "pass", "{token}");
}

#[test]
fn each_thing_that_is_wrong_with_a_stack_is_named_with_what_to_do() {
    // As an account is before anybody has done anything: nothing of `protect`.
    let stack = Stack::new();
    let shell = Shell::with_secrets(&stack);
    let checks = looked(&shell);
    let words = found(&checks, "schedule watch", "fail");
    assert!(words.contains("nobody is told"), "{words}");
    let words = found(&checks, "schedule open-weekly", "warn");
    assert!(words.contains("Mappings in infra/template.yaml"), "{words}");
    let words = found(&checks, "ledger_deletion", "warn");
    assert!(words.contains("--deletion-protection-enabled"), "{words}");
    let words = found(&checks, "ledger_recovery", "warn");
    assert!(words.contains("PointInTimeRecoveryEnabled=true"), "{words}");
    let raw = format!("life_cycle {}", stack.buckets.raw);
    let words = found(&checks, &raw, "warn");
    assert!(words.contains("never deleted"), "{words}");
    let words = found(&checks, "alarms", "warn");
    assert!(words.contains("OverdueAlarm") && words.contains("Deploy"), "{words}");
    let words = found(&checks, "owner", "fail");
    assert!(words.contains("Subscription Confirmation"), "{words}");

    // What somebody changed by hand afterwards.
    stack.protect();
    let (group, table) = (stack.schedules.as_str(), stack.table.as_str());
    schedule(group, "PUT", "open-weekly", "cron(0 6 ? * MON *)", "ENABLED");
    schedule(group, "PUT", "deliver-weekly", "cron(0 7 ? * MON *)", "DISABLED");
    let rules = "<LifecycleConfiguration><Rule><ID>all</ID><Status>Enabled</Status><Filter><Prefix>\
                 </Prefix></Filter><Expiration><Days>30</Days></Expiration></Rule>\
                 </LifecycleConfiguration>";
    let kept = format!("PUT /{}?lifecycle", stack.buckets.kept);
    send("s3", &kept, "", rules.as_bytes());
    let unprotected = json!({ "TableName": table, "DeletionProtectionEnabled": false });
    call("dynamodb", "DynamoDB_20120810.UpdateTable", &unprotected);
    // As a new account is; the emulator has none.
    stack.strike(Fault { on: is_account, kills: false, act: SANDBOX });
    let checks = looked(&shell);
    assert!(stack.has_struck());
    let words = found(&checks, "schedule open-weekly", "warn");
    assert!(words.contains("cron(0 6 ? * MON *)") && words.contains("Monday 05:00"), "{words}");
    let words = found(&checks, "schedule deliver-weekly", "warn");
    assert!(words.contains("switched off") && words.contains("watch does it"), "{words}");
    let words = found(&checks, &format!("life_cycle {}", stack.buckets.kept), "fail");
    assert!(words.contains("deletes evidence after 30 days"), "{words}");
    found(&checks, "ledger_deletion", "warn");
    // The emulator has verified both recipients.
    let words = found(&checks, "mail_sandbox", "warn");
    assert!(words.contains("Ask for production access"), "{words}");
    stack.push_configuration(
        &stack.configuration().replace("\"reports@example.com", "\"news@example.com"),
    );
    let words = found(&looked(&shell), "mail_sender news@example.com", "fail");
    assert!(words.contains("every mail would be refused"), "{words}");
    assert!(words.contains("Sender=news@example.com"), "{words}");
    stack.push_configuration(&stack.configuration());
    let text = String::from_utf8(shell.output(&["doctor"]).stdout).unwrap();
    assert!(!text.contains("@example.com") && !text.contains("token-of-the-test"), "{text}");
}

const SANDBOX: Act = Act::Answer(
    200,
    r#"{"EnforcementStatus":"HEALTHY","ProductionAccessEnabled":false,"SendingEnabled":true}"#,
);

fn is_account(request: &Request) -> bool {
    request.head.starts_with("GET /v2/email/account ")
}

/// Makes or changes a schedule.
pub fn schedule(group: &str, method: &str, name: &str, expression: &str, state: &str) {
    let body = json!({
        "GroupName": group,
        "ScheduleExpression": expression,
        "ScheduleExpressionTimezone": "Europe/Vienna",
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "State": state,
        "Target": { "Arn": "arn:aws:lambda:us-east-1:1:function:x",
                    "RoleArn": "arn:aws:iam::1:role/x" },
    });
    let headers = "content-type: application/json\r\n";
    let line = format!("{method} /schedules/{name}");
    send("scheduler", &line, headers, body.to_string().as_bytes());
}
