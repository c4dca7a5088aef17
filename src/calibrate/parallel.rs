//! Cells side by side: each has chance of its own, so their order does not matter.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Results in the order of the cells; each gets its position as a number.
pub fn each<C: Sync, R: Send>(cells: &[C], work: impl Fn(u64, &C) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::new(Vec::with_capacity(cells.len()));
    let threads = thread::available_parallelism().map_or(1, usize::from).min(cells.len());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(cell) = cells.get(position) else { return };
                    let result = work(position as u64, cell);
                    // A worker that panicked has left its results whole.
                    done.lock()
                        .unwrap_or_else(std::sync::PoisonError::into_inner)
                        .push((position, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(position, _)| *position);
    done.into_iter().map(|(_, result)| result).collect()
}
