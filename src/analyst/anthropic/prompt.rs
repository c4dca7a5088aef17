//! The prompts: templates of the repository, filled with what the verifier allows.

use weekledger_events::Digest;

const SYSTEM: &str = include_str!("../../../templates/prompts/system.txt");
const READ: &str = include_str!("../../../templates/prompts/read.txt");
const PATTERNS: &str = include_str!("../../../templates/prompts/patterns.txt");
const RECOMMEND: &str = include_str!("../../../templates/prompts/recommend.txt");
const MEND: &str = include_str!("../../../templates/prompts/mend.txt");

/// Changes whenever a prompt does.
pub fn digest() -> Digest {
    Digest::of([SYSTEM, READ, PATTERNS, RECOMMEND, MEND].concat().as_bytes())
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

pub fn recommend(last_week: &[String]) -> String {
    let told = if last_week.is_empty() {
        String::new()
    } else {
        let list: String = last_week.iter().map(|action| format!("- {action}\n")).collect();
        format!(
            "Last week's actions, to be followed up where the figures still ask for it:\n{list}\n"
        )
    };
    RECOMMEND.replace("{last_week}", &told)
}

pub fn mend(findings: &[String]) -> String {
    let list: String = findings.iter().map(|finding| format!("- {finding}\n")).collect();
    MEND.replace("{findings}", list.trim_end())
}
