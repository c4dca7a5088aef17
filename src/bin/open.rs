//! The function `open`: a schedule's input in, a week's run opened.

use weekledger::aws::functions::{Open, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("open", Open::new)
}
