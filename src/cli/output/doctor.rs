//! `doctor`: one line a check, and below it what to do.

use std::fmt::Write as _;

use serde::Serialize;
use weekledger::doctor::{Check, Grade};

use super::{Answer, plain};

/// Every check, in the order in which they were made. The JSON is the array alone.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Checked(pub Vec<Check>);

impl Checked {
    pub fn has_failed(&self) -> bool {
        self.count(Grade::Fail) > 0
    }

    fn count(&self, grade: Grade) -> usize {
        self.0.iter().filter(|check| check.grade == grade).count()
    }
}

impl Answer for Checked {
    fn for_people(&self) -> String {
        let mut text = String::new();
        for check in &self.0 {
            let token = match check.grade {
                Grade::Pass => "PASS",
                Grade::Warn => "WARN",
                Grade::Fail => "FAIL",
            };
            let (subject, sentence) = (plain(&check.subject), plain(&check.sentence));
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "{token}  {subject}: {sentence}");
            if let Some(action) = &check.action {
                let _ = writeln!(text, "      what to do: {}", plain(action));
            }
        }
        let (warn, fail) = (self.count(Grade::Warn), self.count(Grade::Fail));
        let end = match (fail, warn) {
            (0, 0) => "Everything is in order for the next report.".to_owned(),
            (0, warn) => format!("The next report can be made; {warn} need attention."),
            (fail, _) => {
                format!("The next report is at risk: {fail} failed, {warn} need attention.")
            }
        };
        text + "\n" + &end + "\n"
    }
}
