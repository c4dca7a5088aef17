//! Mails written to the build's own temporary directory, to be looked at in a browser.

use weekledger_events::{Finding, FindingClass, Severity};

use super::fixture::{World, restated};

fn write(name: &str, html: &str, text: &str) {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    std::fs::write(folder.join(format!("{name}.txt")), text).unwrap();
}

#[test]
fn a_normal_week_can_be_looked_at() {
    let mut world = World::normal();
    world.restatements = vec![restated()];
    world.findings = vec![Finding {
        class: FindingClass::UnattributedLeads,
        severity: Severity::Note,
        subject: "HubSpot".to_owned(),
        message: "3 contacts from paid social could not be matched to a campaign".to_owned(),
        action: Some("add the campaign id to the links of new ads".to_owned()),
    }];
    let made = world.make();
    write("normal", &made.mail.html, &made.mail.text);
    assert!(made.words.check(&made.claims).is_empty());
}
