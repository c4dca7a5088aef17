//! The function `fetch`: pulls and archives a week's pages.

use weekledger::aws::functions::{StageFunction, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("fetch", StageFunction::fetch)
}
