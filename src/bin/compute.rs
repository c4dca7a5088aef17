//! The function `compute`: archived pages in, figures out.

use weekledger::aws::functions::{StageFunction, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("compute", StageFunction::compute)
}
