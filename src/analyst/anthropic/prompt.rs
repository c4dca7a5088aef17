//! The prompts: templates of the repository, filled with what the verifier allows.

use serde_json::Value;
use weekledger_events::Digest;

const SYSTEM: &str = include_str!("../../../templates/prompts/system.txt");
const READ: &str = include_str!("../../../templates/prompts/read.txt");
const PATTERNS: &str = include_str!("../../../templates/prompts/patterns.txt");
const RECOMMEND: &str = include_str!("../../../templates/prompts/recommend.txt");
const FOLLOW_UP: &str = include_str!("../../../templates/prompts/follow_up.txt");
const MEND: &str = include_str!("../../../templates/prompts/mend.txt");

/// Changes whenever a prompt does.
pub fn digest() -> Digest {
    Digest::of([SYSTEM, READ, PATTERNS, RECOMMEND, FOLLOW_UP, MEND].concat().as_bytes())
}

pub fn system() -> &'static str {
    SYSTEM
}

pub fn read(data: &str) -> String {
    READ.replace("{data}", data)
}

pub fn patterns() -> String {
    PATTERNS.to_owned()
}

/// `earlier` is JSON, or null where nothing was asked for.
pub fn recommend(earlier: &Value) -> String {
    let told = match earlier {
        Value::Null => String::new(),
        earlier => FOLLOW_UP.replace("{earlier}", &earlier.to_string()),
    };
    RECOMMEND.replace("{last_week}", &told)
}

pub fn mend(findings: &[String]) -> String {
    let list: String = findings.iter().map(|finding| format!("- {finding}\n")).collect();
    MEND.replace("{findings}", list.trim_end())
}
