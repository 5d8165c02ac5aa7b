//! Handles of one object on several threads at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use weakref::watch::Graveyard;
use weakref::{CallbackRef, Strong, SyncSlot, WeakRef, WeakReferenceable, coerce};

use super::race;

const ROUNDS: usize = if crate::support::FEW { 3 } else { 2_000 };

/// Counts its drops, and knows whether it is used after one.
#[derive(WeakReferenceable)]
struct Small {
    drops: Arc<AtomicUsize>,
    seven: Box<u64>,
}

impl Small {
    fn new(drops: &Arc<AtomicUsize>) -> Self {
        Self {
            drops: Arc::clone(drops),
            seven: Box::new(7),
        }
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        assert_eq!(*self.seven, 7);
        *self.seven = 0;
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// Too large to be colocated with its header.
#[derive(WeakReferenceable)]
struct Large {
    small: Small,
    bytes: [u8; 300],
}

impl Large {
    fn new(drops: &Arc<AtomicUsize>) -> Self {
        Self {
            small: Small::new(drops),
            bytes: [7; 300],
        }
    }
}

trait Seven: WeakReferenceable<Slot = SyncSlot> + Send + Sync {
    fn seven(&self) -> u64;
}

impl Seven for Small {
    fn seven(&self) -> u64 {
        *self.seven
    }
}

impl Seven for Large {
    fn seven(&self) -> u64 {
        assert_eq!(self.bytes[299], 7);
        self.small.seven()
    }
}

/// Runs `round` many times on a drop counter that must have come to `expected` after each.
fn rounds(expected: usize, round: impl Fn(&Arc<AtomicUsize>)) {
    for _ in 0..ROUNDS {
        let drops = Arc::new(AtomicUsize::new(0));
        round(&drops);
        assert_eq!(drops.load(Ordering::SeqCst), expected);
    }
}

fn last_drops_against_upgrades<T: ?Sized + Seven>(make: impl Fn(&Arc<AtomicUsize>) -> Strong<T>) {
    rounds(1, |drops| {
        let first = make(drops);
        let second = Strong::clone(&first);
        let (once, often) = (Strong::downgrade(&first), Strong::downgrade(&first));
        race([
            Box::new(move || drop(first)),
            Box::new(move || drop(second)),
            Box::new(move || {
                let revived = once.upgrade();
                drop(once);
                assert!(revived.is_none_or(|strong| strong.seven() == 7));
            }),
            Box::new(move || {
                for _ in 0..3 {
                    let Some(strong) = often.upgrade() else {
                        continue;
                    };
                    assert_eq!(strong.seven(), 7);
                    let weak = Strong::downgrade(&strong);
                    drop(strong);
                    assert!(weak.with(|value| value.seven() == 7).unwrap_or(true));
                }
            }),
        ]);
    });
}

#[test]
fn last_drops_against_upgrades_colocated() {
    last_drops_against_upgrades(|drops| Strong::new(Small::new(drops)));
}

#[test]
fn last_drops_against_upgrades_separate() {
    last_drops_against_upgrades(|drops| Strong::new(Large::new(drops)));
}

#[test]
fn last_drops_against_upgrades_unsized() {
    last_drops_against_upgrades(|drops| coerce!(Strong::new(Small::new(drops)) => dyn Seven));
    last_drops_against_upgrades(|drops| coerce!(Strong::new(Large::new(drops)) => dyn Seven));
}

#[test]
fn unique_access_against_the_end_of_other_handles() {
    rounds(1, |drops| {
        let mut unique = Strong::new(Small::new(drops));
        let other = Strong::clone(&unique);
        let weak = Strong::downgrade(&unique);
        race([
            Box::new(move || {
                for _ in 0..4 {
                    if let Some(value) = Strong::get_mut(&mut unique) {
                        *value.seven = 8;
                        *value.seven = 7;
                    }
                    thread::yield_now();
                }
            }),
            Box::new(move || {
                let upgraded = weak.upgrade();
                drop(weak);
                assert!(upgraded.is_none_or(|strong| *strong.seven == 7));
            }),
            Box::new(move || assert_eq!(other.seven(), 7)),
        ]);
    });
}

#[test]
fn into_inner_on_both_last_handles_against_an_upgrade() {
    rounds(1, |drops| {
        let first = Strong::new(Small::new(drops));
        let second = Strong::clone(&first);
        let weak = Strong::downgrade(&first);
        let taken = Arc::new(AtomicUsize::new(0));
        let take = |strong: Strong<Small>| {
            let taken = Arc::clone(&taken);
            move || {
                if let Some(value) = Strong::into_inner(strong) {
                    assert_eq!(value.seven(), 7);
                    taken.fetch_add(1, Ordering::SeqCst);
                }
            }
        };
        race([
            Box::new(take(first)),
            Box::new(take(second)),
            Box::new(move || drop(weak.upgrade())),
        ]);
        assert!(taken.load(Ordering::SeqCst) <= 1);
    });
}

#[test]
fn publication_against_upgrades() {
    rounds(1, |drops| {
        thread::scope(|scope| {
            let strong = Strong::new_cyclic(|construction| {
                let weak: WeakRef<Small> = WeakRef::clone(construction);
                scope.spawn(move || {
                    for _ in 0..5 {
                        assert!(weak.upgrade().is_none_or(|strong| strong.seven() == 7));
                    }
                });
                Small::new(drops)
            });
            assert_eq!(strong.seven(), 7);
        });
    });
}

#[test]
fn callbacks_against_death() {
    fn counting(strong: &Strong<Small>, calls: &Arc<AtomicUsize>) -> CallbackRef<Small> {
        let calls = Arc::clone(calls);
        WeakRef::with_callback(strong, move |weak| {
            assert!(!weak.is_alive());
            calls.fetch_add(1, Ordering::Relaxed);
        })
    }
    rounds(1, |drops| {
        let first = Strong::new(Small::new(drops));
        let second = Strong::clone(&first);
        let sure = Arc::new(AtomicUsize::new(0));
        let unsure = Arc::new(AtomicUsize::new(0));
        let early = counting(&first, &unsure);
        let (for_first, for_second) = (Arc::clone(&sure), Arc::clone(&unsure));
        race([
            Box::new(move || {
                counting(&first, &for_first).forget();
                drop(first);
            }),
            Box::new(move || drop(early)),
            Box::new(move || {
                let late = counting(&second, &for_second);
                drop(second);
                drop(late);
            }),
        ]);
        assert_eq!(sure.load(Ordering::Relaxed), 1);
        assert!(unsure.load(Ordering::Relaxed) <= 2);
        assert_eq!(Arc::strong_count(&sure), 1, "a closure was leaked");
        assert_eq!(Arc::strong_count(&unsure), 1, "a closure was leaked");
    });
}

#[test]
fn registrations_against_death() {
    rounds(2, |drops| {
        let small = Strong::new(Small::new(drops));
        let other = Strong::clone(&small);
        let large = Strong::new(Large::new(drops));
        let (mut here, mut there) = (Graveyard::new(), Graveyard::new());
        let mut entries: Vec<_> = (0..3).map(|token| here.watch(&small, token)).collect();
        let of_large = here.watch(&large, 3);
        let elsewhere = there.watch(&small, 0);
        race([
            Box::new(move || drop(small)),
            Box::new(move || drop(large)),
            Box::new(move || {
                entries.pop();
                while let Some(notice) = here.next_dead() {
                    assert!(notice.token != 2, "the notice of an entry that is gone");
                }
                drop(entries);
                drop(of_large);
                assert_eq!(here.dead(), 0);
            }),
            Box::new(move || {
                let second = there.watch(&other, 1);
                drop(other);
                drop(elsewhere);
                while let Some(notice) = there.next_dead() {
                    assert_eq!(notice.token, 1);
                }
                drop(second);
                assert_eq!(there.dead(), 0);
            }),
        ]);
    });
}

#[test]
fn one_weak_list_changed_by_all() {
    let drops = Arc::default();
    let strong = Strong::new(Small::new(&drops));
    let change = || {
        let strong = Strong::clone(&strong);
        Box::new(move || {
            for _ in 0..ROUNDS {
                let older = WeakRef::with_callback(&strong, |_| unreachable!("cancelled"));
                let newer = WeakRef::with_callback(&strong, |_| unreachable!("cancelled"));
                drop(older);
                drop(newer);
            }
        }) as Box<dyn FnOnce() + Send>
    };
    race([change(), change(), change(), change()]);
    assert_eq!(Strong::weak_count(&strong), 0);
    drop(strong);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}
