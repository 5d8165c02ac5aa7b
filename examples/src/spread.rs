//! One job per item, spread over worker threads.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Runs `job` for every item on `workers` threads; the results are in the order of the items.
///
/// Once `stop` is set no further item is begun, and the result is `None`.
pub fn spread<T: Sync, R: Send + Sync>(
    items: &[T],
    workers: usize,
    stop: &AtomicBool,
    job: impl Fn(&T) -> R + Sync,
) -> Option<Vec<R>> {
    let results: Vec<OnceLock<R>> = items.iter().map(|_| OnceLock::new()).collect();
    // Relaxed: it only deals out the indices; the results are handed over by the end of the scope.
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..workers.min(items.len()) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    // No one else was dealt this index, so the slot is empty and nothing comes back.
                    drop(results[index].set(job(item)));
                }
            });
        }
    });
    results.into_iter().map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u32> = (0..100).collect();
        let doubled = spread(&items, 3, &AtomicBool::new(false), |item| item * 2).unwrap();
        assert_eq!(doubled, (0..100).map(|item| item * 2).collect::<Vec<_>>());
    }

    #[test]
    fn stops_when_told_to() {
        assert!(spread(&[1, 2, 3], 2, &AtomicBool::new(true), |item| *item).is_none());
    }
}
