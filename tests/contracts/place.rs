//! Where an adapter keeps things in a test, and how the cases of a suite become tests.

use std::sync::Barrier;
use std::thread;

use weekledger::ports::{Archive, Ledger};

/// A fresh, empty store of its own. Handles opened one after another see the same contents, so
/// a case that opens twice also shows what survives the first handle.
pub trait Place: Sync {
    type Port: ?Sized;

    async fn open(&self) -> Box<Self::Port>;
}

/// A place for a ledger.
pub trait LedgerPlace: Place<Port = dyn Ledger> {}
impl<P: Place<Port = dyn Ledger>> LedgerPlace for P {}

/// A place for an archive.
pub trait ArchivePlace: Place<Port = dyn Archive> {}
impl<P: Place<Port = dyn Archive>> ArchivePlace for P {}

/// Makes a test of every case: a function that is given a place.
macro_rules! cases {
    ($suite:ident, $place:expr; $($case:ident)*) => {
        $(
            #[test]
            fn $case() {
                $crate::place::run($crate::$suite::$case(&$place));
            }
        )*
    };
}

/// Runs a future to its end, as the command line does.
pub fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Opens `count` handles, then calls `act` with all of them at once, each on a thread and a
/// runtime of its own.
pub fn race<P: Place, T: Send>(
    place: &P,
    count: usize,
    act: impl AsyncFn(usize, Box<P::Port>) -> T + Sync,
) -> Vec<T> {
    let barrier = Barrier::new(count);
    let contender = |number: usize| {
        run(async {
            let port = place.open().await;
            barrier.wait();
            act(number, port).await
        })
    };
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..count).map(|number| scope.spawn(move || contender(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}
