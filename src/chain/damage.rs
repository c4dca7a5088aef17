//! Streams that cannot be worked with: each stops alone, and its owner is told once.

use weekledger_events::{Digest, EventId, RunId, StreamId};

use super::{Chain, ChainError, Loaded, load};
use crate::ports::{ArtifactName, StepName, with_causes};

/// A stream that stops because its own record is damaged. Nothing is sent from it.
#[derive(Debug)]
pub struct Stopped {
    pub stream: StreamId,
    pub error: ChainError,
}

impl Chain {
    /// Loads a stream; of what needs a person, the owner is told.
    pub(super) async fn load_or_tell(&self, stream: &StreamId) -> Result<Loaded, ChainError> {
        let loaded = load(&self.ports, stream).await.map_err(ChainError::from);
        if let Err(error) = &loaded
            && error.needs_person()
        {
            self.tell_of_damage(stream, error).await?;
        }
        loaded
    }

    /// The same for whoever goes on with other streams: a damaged one is put aside.
    pub(super) async fn load_or_put_aside(
        &self,
        stream: &StreamId,
        stopped: &mut Vec<Stopped>,
    ) -> Result<Option<Loaded>, ChainError> {
        match self.load_or_tell(stream).await {
            Err(error) if error.is_damage() => {
                // It may be looked at twice in one pass.
                if stopped.iter().all(|known| known.stream != *stream) {
                    stopped.push(Stopped { stream: stream.clone(), error });
                }
                Ok(None)
            }
            loaded => loaded.map(Some),
        }
    }

    /// Tells the owner, once for each thing that can be wrong with a stream. A damaged stream takes
    /// no event, so that it was told is kept in the archive; told twice is better than never.
    async fn tell_of_damage(
        &self,
        stream: &StreamId,
        error: &ChainError,
    ) -> Result<(), ChainError> {
        let (sentence, remedy) = (error.sentence(), error.remedy());
        let name = told_name(stream, &sentence);
        if self.ports.archive.exists(&name).await.unwrap_or(false) {
            return Ok(());
        }
        self.tell_owner(stream, &sentence, Some(&remedy)).await?;
        if let Err(error) = self.ports.archive.create(&name, sentence.as_bytes()).await {
            tracing::warn!(%stream, error = with_causes(&error), "told, but not recorded as told");
        }
        Ok(())
    }
}

/// Where it is recorded that the owner was told this sentence.
fn told_name(stream: &StreamId, sentence: &str) -> ArtifactName {
    let run = EventId::report_run(&stream.report, stream.week);
    let step = format!("damage-{}", Digest::of(sentence.as_bytes()));
    ArtifactName::evidence_step(RunId(run), &StepName::new(run, &step, 1))
}
