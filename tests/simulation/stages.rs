//! Stages that do next to nothing, checkpoint like real ones, and fail in every allowed way.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use weekledger::chain::{Job, SendJob, Stages};
use weekledger::ports::{Mail, MailAddress};
use weekledger::stages::StageError;
use weekledger_events::payload::{
    AnalysisGenerated, Analyst, CrmPull, MetricsComputed, PullOutcome, RawFetched, SendResult,
    Stage, Template, Trouble, Verification,
};
use weekledger_events::{Digest, Payload};

use crate::ports::{Sim, yield_once};

pub struct TinyStages(pub Sim);

#[async_trait]
impl Stages for TinyStages {
    async fn perform(&self, job: Job<'_>) -> Result<Payload, StageError> {
        yield_once().await;
        self.trouble(job.rules_only)?;
        if job.stage == Stage::Fetch {
            // A page that a resumed attempt finds again, whatever it would receive this time.
            let page = self.0.world().dice.next().to_string();
            let kept = job.context.checkpoint_raw("page-1", 1, page.as_bytes()).await?;
            let again = job.context.recall_raw("page-1", 1).await?;
            assert_eq!(again.as_ref(), Some(&kept));
        }
        let artifact = job.context.keep_evidence(job.run.id.to_string().as_bytes()).await?;
        Ok(match job.stage {
            Stage::Fetch => RawFetched {
                weeks: vec![job.context.stream.week],
                accounts: Vec::new(),
                crm: CrmPull { outcome: PullOutcome::Off, announced: None, received: 0 },
                pages: Vec::new(),
                findings: Vec::new(),
            }
            .into(),
            Stage::Compute => MetricsComputed {
                observations: Vec::new(),
                figures: artifact,
                figure_count: 0,
                series: artifact,
                inputs: Vec::new(),
                reconciliation: Vec::new(),
                restatements: Vec::new(),
                reported: Vec::new(),
                unread: Vec::new(),
                findings: Vec::new(),
                data_hold: self.0.world().hold_data.then(|| "simulated gap".to_owned()),
            }
            .into(),
            Stage::Analyze => AnalysisGenerated {
                metrics: job.trigger.id(),
                analyst: Analyst { provider: "rules".to_owned(), model: None, fallback: None },
                claims: artifact,
                claim_count: 0,
                words: artifact,
                exchanges: Vec::new(),
                subject: String::new(),
                html: artifact,
                text: artifact,
                template: Template { version: 1, digest: Digest::of(b"") },
                verification: Verification {
                    version: 1,
                    findings: Vec::new(),
                    refused: Vec::new(),
                },
                earlier: None,
            }
            .into(),
            Stage::Deliver => unreachable!("deliver has no payload of its own making"),
        })
    }

    async fn compose(&self, job: SendJob<'_>) -> Result<Mail, SendResult> {
        yield_once().await;
        Ok(Mail {
            intent: job.intent.id,
            stream: job.stream.clone(),
            revision: job.run.requested.revision,
            recipient: job.intent.intended.recipient.clone(),
            from: MailAddress::new("from@example.org".to_owned()),
            to: MailAddress::new("to@example.org".to_owned()),
            mime: Vec::new(),
            html: Vec::new(),
        })
    }
}

impl TinyStages {
    fn trouble(&self, rules_only: bool) -> Result<(), StageError> {
        let mut world = self.0.world();
        let permille = world.stage_trouble;
        if !world.dice.chance(permille) {
            return Ok(());
        }
        let trouble = Trouble {
            class: "simulated".to_owned(),
            sentence: "something went wrong".to_owned(),
            action: "wait".to_owned(),
        };
        let until = later(world.now, 20);
        Err(match world.dice.below(4) {
            0 => StageError::Retryable("simulated".into()),
            1 => StageError::Waiting { trouble, until },
            2 if !rules_only => StageError::Fatal { trouble },
            _ => StageError::OutOfTime,
        })
    }
}

fn later(now: Timestamp, minutes: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_mins(minutes)).unwrap()
}
