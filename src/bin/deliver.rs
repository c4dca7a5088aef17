//! The function `deliver`: hands the mail over, once for each recipient.

use weekledger::aws::functions::{StageFunction, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("deliver", StageFunction::deliver)
}
