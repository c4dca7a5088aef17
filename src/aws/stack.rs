//! What a stack's outputs give: the names of its resources, in the variables that its functions
//! have. An output whose description is such a variable is one.

use std::collections::BTreeMap;

use url::form_urlencoded;

use super::ask::{Ask, Question, Service};
use super::failure::Failure;

/// What every variable begins with.
const PREFIX: &str = "WEEKLEDGER_";

/// Why a stack gives no names.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    #[error("there is no stack {name} in this account and region")]
    Missing { name: String },
    #[error("the stack {name} is not one of Weekledger's: no output names a variable")]
    Foreign { name: String },
    #[error("the stack {name} cannot be asked for its outputs")]
    Unavailable {
        name: String,
        #[source]
        source: Failure,
    },
}

/// The variables of a stack's functions.
pub(super) async fn variables(
    ask: &Ask<'_>,
    name: &str,
) -> Result<BTreeMap<String, String>, StackError> {
    let query = form_urlencoded::Serializer::for_suffix("/?".to_owned(), 2)
        .append_pair("Action", "DescribeStacks")
        .append_pair("Version", "2010-05-15")
        .append_pair("StackName", name)
        .finish();
    let question = Question {
        operation: "CloudFormation DescribeStacks",
        service: Service::CloudFormation,
        path: &query,
    };
    let path = ["DescribeStacksResult", "Stacks", "member", "Outputs", "member"];
    let outputs = ask.rows(question, &path, &["Description", "OutputValue"]).await;
    let name = name.to_owned();
    let variable = |mut row: super::ask::Row| {
        let key = row.remove("Description").filter(|key| key.starts_with(PREFIX))?;
        Some((key, row.remove("OutputValue")?))
    };
    match outputs {
        // There is no other way to ask with a name of this shape.
        Err(failure) if failure.code == "ValidationError" => Err(StackError::Missing { name }),
        Err(source) => Err(StackError::Unavailable { name, source }),
        Ok(outputs) => {
            let found: BTreeMap<_, _> = outputs.into_iter().filter_map(variable).collect();
            if found.is_empty() { Err(StackError::Foreign { name }) } else { Ok(found) }
        }
    }
}
