//! What the outbox promises beyond the contract: names that people find, and a page to look at.

use std::fs;

use weekledger::embedded::Access;
use weekledger::ports::Mailer;
use weekledger_events::Revision;
use weekledger_events::payload::SendResult;

use super::places::Outbox;
use crate::mailer::{accepted, mail};
use crate::place::run;
use crate::samples::stream;

#[test]
fn a_mail_lies_under_report_week_revision_recipient_and_intent_with_its_page_beside_it() {
    let place = Outbox::new();
    let (outbox, mail) = (place.handle(Access::Write), mail(0xabc, "text"));
    let path = place.path().join("hotels/2026-W47/r1-lead-00000abc.eml");
    assert_eq!(outbox.path_of(&mail), path);
    let id = accepted(run(outbox.send(&mail)));
    assert_eq!(id, "outbox-00000abc-0000-5000-8000-000000000000");
    assert_eq!(fs::read(&path).unwrap(), mail.mime);
    assert_eq!(fs::read_to_string(path.with_extension("html")).unwrap(), "<p>text</p>");
}

#[test]
fn the_paths_of_a_revision_are_its_mails_and_no_other_revisions() {
    let place = Outbox::new();
    let outbox = place.handle(Access::Write);
    let week = stream("hotels/2026-W47");
    assert!(outbox.paths(&week, Revision(1)).unwrap().is_empty());
    for (intent, revision) in [(2, 1), (1, 1), (3, 10), (4, 2)] {
        let mut mail = mail(intent, "text");
        mail.revision = Revision(revision);
        accepted(run(outbox.send(&mail)));
    }
    let folder = place.path().join("hotels/2026-W47");
    let expected = ["r1-lead-00000001.eml", "r1-lead-00000002.eml"].map(|name| folder.join(name));
    assert_eq!(outbox.paths(&week, Revision(1)).unwrap(), expected);
    assert!(outbox.paths(&stream("hotels/2026-W46"), Revision(1)).unwrap().is_empty());
}

#[test]
fn a_kill_between_page_and_mail_is_made_good_by_the_second_call() {
    let place = Outbox::new();
    let (outbox, mail) = (place.handle(Access::Write), mail(1, "text"));
    let path = outbox.path_of(&mail);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path.with_extension("html"), &mail.html).unwrap();
    accepted(run(outbox.send(&mail)));
    assert_eq!(fs::read(&path).unwrap(), mail.mime);
}

#[test]
fn what_cannot_be_stored_is_refused_and_was_certainly_not_sent() {
    let place = Outbox::new();
    fs::create_dir(place.path()).unwrap();
    fs::write(place.path().join("hotels"), "a file where a folder should be").unwrap();
    let outbox = place.handle(Access::Write);
    let result = run(outbox.send(&mail(1, "text")));
    let SendResult::Refused { sentence, .. } = result else { panic!("{result:?}") };
    assert!(sentence.contains("r1-lead-00000001"), "{sentence}");
    assert!(!sentence.contains('@'), "an address does not belong into the ledger: {sentence}");
}

#[test]
fn a_reader_sends_nothing() {
    let place = Outbox::new();
    let result = run(place.handle(Access::Read).send(&mail(1, "text")));
    assert!(matches!(result, SendResult::Refused { .. }), "{result:?}");
    assert!(!place.path().exists());
}
