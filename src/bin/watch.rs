//! The function `watch`: looks after every week, takes up failures, hears of the mails.

use weekledger::aws::functions::{Watch, serve};

fn main() -> Result<(), lambda_runtime::Error> {
    serve("watch", Watch::new)
}
