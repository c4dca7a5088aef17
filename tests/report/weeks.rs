//! What a mail says in each kind of week.

use insta::assert_snapshot;
use weekledger_projections::words::Department;

use super::fixture::{Made, World};
use super::worlds;

fn actions(made: &Made, department: Department) -> Vec<String> {
    made.words
        .departments
        .iter()
        .filter(|words| words.department == department)
        .flat_map(|words| &words.actions)
        .map(|action| action.sentence.outline())
        .collect()
}

#[test]
fn a_normal_week_as_text() {
    assert_snapshot!(worlds::normal().make().mail.text);
}

#[test]
fn a_week_with_an_alert_as_text() {
    assert_snapshot!(worlds::alert().make().mail.text);
}

#[test]
fn an_empty_week_as_text() {
    assert_snapshot!(worlds::empty().make().mail.text);
}

#[test]
fn a_week_without_any_account_as_text() {
    assert_snapshot!(worlds::missing().make().mail.text);
}

#[test]
fn an_ordinary_week_asks_nothing_of_anybody() {
    let made = World::normal().make();
    for department in Department::ALL {
        assert_eq!(actions(&made, department), Vec::<String>::new());
    }
    assert_eq!(made.mail.text.matches("Nothing to do this week.").count(), 3);
    assert!(!made.mail.text.contains("[ALERT]"));
}

#[test]
fn every_action_rests_on_an_alert_or_a_finding() {
    for (name, made) in worlds::all() {
        assert_eq!(made.words.check(&made.claims), Vec::<String>::new(), "{name}");
        let grounds = made.words.departments.iter().flat_map(|words| &words.actions);
        assert!(grounds.into_iter().all(|action| !action.grounds.is_empty()), "{name}");
    }
}

#[test]
fn an_alert_reaches_subject_headline_and_every_department() {
    let made = worlds::alert().make();
    assert!(made.view.subject.starts_with("[ALERT] "), "{}", made.view.subject);
    assert!(made.words.headline.outline().contains("fell"), "{}", made.words.headline.outline());
    for department in Department::ALL {
        assert!(!actions(&made, department).is_empty());
    }
}

#[test]
fn a_revision_says_what_it_is() {
    let revised = World { revision: 3, revised: true, ..World::small() }.make();
    let said = "Revised: replaces an earlier report of this week.";
    for part in [&revised.mail.html, &revised.mail.text] {
        assert!(part.contains(said), "{part}");
    }
    assert!(!World::small().make().mail.text.contains("evis"));
}

#[test]
fn a_mail_that_a_later_revision_sends_again_is_as_true_as_before() {
    // Its bytes stay, so they name no revision: the envelope does.
    let first = World::small().make().mail;
    assert_eq!(first, World { revision: 2, ..World::small() }.make().mail);
    for (name, made) in worlds::all() {
        for part in [&made.mail.html, &made.mail.text] {
            assert!(!part.to_lowercase().contains("revision"), "{name}: {part}");
        }
    }
}

#[test]
fn a_fallback_is_said_in_the_mail() {
    let fallback = Some("the model did not answer in time".to_owned());
    let mail = World { fallback, ..World::small() }.make().mail;
    for part in [mail.html, mail.text.replace('\n', " ")] {
        assert!(part.contains("AI commentary unavailable"), "{part}");
        assert!(part.contains("did not answer in"), "{part}");
    }
}

#[test]
fn tables_say_how_many_rows_they_leave_out() {
    let text = worlds::many().make().mail.text;
    // 13 accounts of 4 campaigns of 5 ad sets; shown are 10 accounts, 10 campaigns, 12 ad sets.
    assert!(text.contains("and 3 more accounts in the figures"), "{text}");
    assert!(text.contains("and 42 more campaigns in the figures"), "{text}");
    assert!(text.contains("and 248 more ad sets in the figures"), "{text}");
}

#[test]
fn the_same_week_gives_the_same_bytes() {
    for ((name, first), (_, second)) in worlds::all().iter().zip(&worlds::make()) {
        assert_eq!(first.mail, second.mail, "{name}");
        assert_eq!(first.claims.to_bytes().unwrap(), second.claims.to_bytes().unwrap(), "{name}");
        assert_eq!(first.words.to_bytes().unwrap(), second.words.to_bytes().unwrap(), "{name}");
    }
}
