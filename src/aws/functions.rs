//! The Lambda functions: one main a stage over the AWS adapters.
//!
//! Nothing is built before the first invocation, and each main builds only what it uses. Nothing
//! is spawned: when a handler returns, its work is over.

mod absent;
mod daily;
mod environment;
mod error;
mod input;
mod invocation;
mod log;
mod mail;
mod metrics;
mod open;
mod stage;
mod trouble;
mod watch;
mod world;

use std::sync::Arc;

use async_trait::async_trait;
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;
use tokio::sync::OnceCell;
use tracing::Instrument as _;

pub use absent::NoStages;
pub use environment::Environment;
pub use error::FunctionError;
pub use input::{BusEvent, Scheduled};
pub use invocation::Invocation;
pub use open::Open;
pub use stage::StageFunction;
pub use watch::Watch;
pub use world::World;

/// What a main does with one input.
#[async_trait]
pub trait Function: Send + Sync {
    async fn handle(&self, input: Value, invocation: Invocation) -> Result<Value, FunctionError>;
}

/// Answers invocations until the platform ends the process. `build` is called once, at the first.
pub fn serve<F: Function + 'static>(
    name: &'static str,
    build: fn(&World) -> Result<F, FunctionError>,
) -> Result<(), lambda_runtime::Error> {
    log::start();
    let served = async move {
        let built: Arc<OnceCell<F>> = Arc::default();
        lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
            let built = Arc::clone(&built);
            async move {
                let make = async || build(&World::of_process().await);
                let function = built.get_or_try_init(make).await?;
                invoke(name, function, event).await
            }
        }))
        .await
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(served)
}

/// One invocation, with its log line and its metrics.
async fn invoke<F: Function>(
    name: &'static str,
    function: &F,
    event: LambdaEvent<Value>,
) -> Result<Value, FunctionError> {
    let invocation = Invocation::of(&event.context)?;
    let began = invocation.began;
    let span = invocation::span(name, &invocation.request, &event.payload);
    let handled = function.handle(event.payload, invocation).instrument(span.clone()).await;
    let duration_ms = invocation::milliseconds_since(began);
    let _entered = span.enter();
    match &handled {
        Ok(answer) => tracing::info!(duration_ms, %answer, "handled"),
        Err(error) => {
            let (error_type, sentence) = (error.error_type(), error.sentence());
            tracing::error!(duration_ms, error_type, sentence, "failed");
        }
    }
    metrics::Metrics::of(name)
        .milliseconds("Duration", duration_ms)
        .count("InvocationFailed", u64::from(handled.is_err()))
        .emit();
    handled
}
