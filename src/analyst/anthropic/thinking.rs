//! A request's body. How a model thinks is asked for in two ways, and the wrong one is refused.

use serde_json::{Value, json};

/// Thinking and text together, in tokens.
const OUTPUT_TOKENS_MAX: u32 = 32_000;
/// Of models with a budget, for thinking alone.
const BUDGET_TOKENS: u32 = 12_000;

/// The `thinking` and `effort` that a model takes. Models from 4.6 on think as much as the effort
/// says (`adaptive`), and from 4.7 on refuse a budget; those from 3.7 on need one, and refuse an
/// effort; older ones do not think.
pub fn thinking(model: &str) -> (Option<Value>, Option<&'static str>) {
    match version(model) {
        Some(version) if version < (3, 7) => (None, None),
        Some(version) if version < (4, 6) => {
            (Some(json!({"type": "enabled", "budget_tokens": BUDGET_TOKENS})), None)
        }
        Some(version) if version < (5, 0) => (Some(json!({"type": "adaptive"})), Some("high")),
        // By default the newest keep their thinking to themselves; an audit wants the summary.
        _ => (Some(json!({"type": "adaptive", "display": "summarized"})), Some("high")),
    }
}

pub fn request(model: &str, system: &str, messages: &[Value], schema: Value) -> Value {
    let (thinking, effort) = thinking(model);
    let mut output = json!({"format": {"type": "json_schema", "schema": schema}});
    if let Some(effort) = effort {
        output["effort"] = json!(effort);
    }
    let mut body = json!({
        "model": model,
        "max_tokens": OUTPUT_TOKENS_MAX,
        "system": system,
        "messages": messages,
        "output_config": output,
        "stream": true,
    });
    if let Some(thinking) = thinking {
        body["thinking"] = thinking;
    }
    body
}

/// `claude-opus-4-6-20260101` is 4.6 and `claude-sonnet-5` 5.0; `None` for another scheme, such
/// as the oldest names or those yet to come.
fn version(model: &str) -> Option<(u32, u32)> {
    let numbers = model.split(['-', '.', '@', ':']).map(|part| {
        let is_number = !part.is_empty() && part.len() <= 2;
        if is_number { part.parse::<u32>().ok() } else { None }
    });
    let numbers: Vec<Option<u32>> = numbers.collect();
    let at = numbers.iter().position(Option::is_some)?;
    let minor = numbers.get(at + 1).copied().flatten().unwrap_or(0);
    Some((numbers[at]?, minor))
}
