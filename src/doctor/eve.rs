//! The check on the day before a report: made once, and the owner told what needs a person.

use weekledger_events::{StreamId, canonical};

use super::{Check, Doctor, Grade, due, is_settled, record_name};
use crate::chain::ChainError;
use crate::config::Report;
use crate::ports::{Archive, Bus, Message, OwnerNotice, publish_all};

/// More lines than this nobody reads on a Sunday.
const NOTICES_MAX: usize = 10;

impl Doctor<'_> {
    /// Looks at what the report needs, on the day before it and once; on any other day nothing is
    /// done. The owner is told before it is recorded: to be told twice is better than never.
    pub async fn on_the_day_before(
        &self,
        report: &Report,
        archive: &dyn Archive,
        bus: &dyn Bus,
    ) -> Result<(), ChainError> {
        let Some(week) = due(report, self.clock.now()) else { return Ok(()) };
        let stream = StreamId::new(report.id.clone(), week);
        let name = record_name(&stream);
        if archive.exists(&name).await? {
            return Ok(());
        }
        let checks = self.examine(&[report]).await;
        if !is_settled(report, self.clock.now(), &checks) {
            return Ok(());
        }
        publish_all(bus, &notices(&stream, &checks)).await?;
        archive.create(&name, &canonical::to_bytes(&checks)?).await?;
        Ok(())
    }
}

/// What puts the report at risk goes first.
fn notices(stream: &StreamId, checks: &[Check]) -> Vec<Message> {
    let of_grade = |grade| checks.iter().filter(move |check| check.grade == grade);
    let attention = of_grade(Grade::Fail).chain(of_grade(Grade::Warn)).take(NOTICES_MAX);
    let notice = |check: &Check| {
        let outlook = match check.grade {
            Grade::Fail => "the next report is at risk",
            Grade::Pass | Grade::Warn => "before the next report",
        };
        Message::Notice(OwnerNotice {
            stream: stream.clone(),
            sentence: format!("{outlook}: {}: {}", check.subject, check.sentence),
            action: check.action.clone(),
        })
    };
    attention.map(notice).collect()
}
