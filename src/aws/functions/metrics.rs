//! Metrics as log lines in CloudWatch's embedded metric format: no client, no call.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::io::{self, Write as _};
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::environment::{Environment, STACK};
use crate::embedded::SystemClock;
use crate::ports::Clock as _;

const NAMESPACE: &str = "Weekledger";

/// A stack has a namespace of its own, so that no alarm counts what another stack did.
static OF_STACK: LazyLock<String> =
    LazyLock::new(|| namespace(Environment::of_process().optional(STACK).as_deref()));

fn namespace(stack: Option<&str>) -> String {
    stack.map_or_else(|| NAMESPACE.to_owned(), |stack| format!("{NAMESPACE}/{stack}"))
}

/// One line of metrics. Each value counts once for its stage and once over all stages.
pub(super) struct Metrics {
    stage: &'static str,
    definitions: Vec<Value>,
    values: Map<String, Value>,
}

impl Metrics {
    pub(super) fn of(stage: &'static str) -> Self {
        Self { stage, definitions: Vec::new(), values: Map::new() }
    }

    pub(super) fn count(self, name: &str, value: u64) -> Self {
        self.with(name, "Count", value)
    }

    pub(super) fn milliseconds(self, name: &str, value: u64) -> Self {
        self.with(name, "Milliseconds", value)
    }

    fn with(mut self, name: &str, unit: &str, value: u64) -> Self {
        self.definitions.push(json!({ "Name": name, "Unit": unit }));
        self.values.insert(name.to_owned(), value.into());
        self
    }

    /// Writes the line. A closed stdout keeps no function from its work.
    pub(super) fn emit(self) {
        let line = self.line(&OF_STACK, SystemClock.now().as_millisecond());
        let _ = writeln!(io::stdout().lock(), "{line}");
    }

    fn line(self, namespace: &str, at_ms: i64) -> Value {
        let mut line = self.values;
        line.insert("Stage".to_owned(), self.stage.into());
        let metrics = json!([{
            "Namespace": namespace,
            "Dimensions": [["Stage"], []],
            "Metrics": self.definitions,
        }]);
        line.insert("_aws".to_owned(), json!({ "Timestamp": at_ms, "CloudWatchMetrics": metrics }));
        Value::Object(line)
    }
}

#[cfg(test)]
mod tests;
