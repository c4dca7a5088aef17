//! The function `analyze`: figures in, a written, rendered and checked mail out.

use weekledger::aws::functions::{StageFunction, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("analyze", StageFunction::analyze)
}
