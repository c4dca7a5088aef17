//! Asynchronous insights: a POST makes a report run, which is polled and then read.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::server::held;
use super::super::world::Account;
use super::account::account_id;
use super::errors::Refusal;
use super::query::Query;
use super::{Call, insights};

/// The report runs made so far, by id.
#[derive(Debug, Default)]
pub(in crate::simulator) struct Runs(Mutex<BTreeMap<String, Run>>);

#[derive(Debug, Clone)]
struct Run {
    account: String,
    parameters: Vec<(String, String)>,
    polls: usize,
}

/// What successive polls say.
const PROGRESS: [(&str, u32); 3] =
    [("Job Not Started", 0), ("Job Running", 45), ("Job Completed", 100)];

/// `POST /act_…/insights`.
pub(super) fn create(call: &Call<'_>, account: &Account) -> Result<Value, Refusal> {
    Query::read(&call.parameters, call.simulator.world.newest)?;
    let mut runs = held(&call.simulator.runs.0);
    let id = (6_118_000_000_000_000 + runs.len()).to_string();
    let mut parameters = call.parameters.clone();
    parameters.retain(|(name, _)| !["access_token", "limit", "after"].contains(&name.as_str()));
    runs.insert(
        id.clone(),
        Run { account: account.property.meta_account.clone(), parameters, polls: 0 },
    );
    Ok(json!({ "report_run_id": id }))
}

/// `GET /RUN`: each poll finds it further on.
pub(super) fn poll(call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let mut runs = held(&call.simulator.runs.0);
    let run = runs.get_mut(id).ok_or_else(|| Refusal::unknown_object("GET", id))?;
    let (status, percent) = PROGRESS[run.polls.min(PROGRESS.len() - 1)];
    run.polls += 1;
    let query = Query::read(&run.parameters, call.simulator.world.newest)?;
    Ok(json!({
        "id": id,
        "account_id": account_id(call.account(&run.account)?),
        "async_status": status,
        "async_percent_completion": percent,
        "date_start": query.since.to_string(),
        "date_stop": query.until.to_string(),
    }))
}

/// `GET /RUN/insights`: the rows, once the run is complete.
pub(super) fn read(call: &Call<'_>, id: &str) -> Result<Answer, Refusal> {
    let run = held(&call.simulator.runs.0).get(id).cloned();
    let run = run.ok_or_else(|| Refusal::unknown_object("GET", id))?;
    if run.polls < PROGRESS.len() {
        return Err(Refusal::run_not_ready());
    }
    // The page is chosen by this request, the question by the run.
    let mut parameters = run.parameters;
    let page = call
        .parameters
        .iter()
        .filter(|(name, _)| ["limit", "after", "before"].contains(&name.as_str()));
    parameters.extend(page.cloned());
    insights::answer(call, call.account(&run.account)?, &parameters)
}
