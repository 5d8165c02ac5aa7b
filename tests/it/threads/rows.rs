//! The rows of `BEHAVIOURS.md` that are about threads: reading what refers to an object while others
//! change it.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use weakref::watch::Graveyard;
use weakref::{Strong, WeakRef, WeakReferenceable};

use crate::support::kind::{Object, SyncLarge, SyncSmall};
use crate::support::rounds;

#[derive(WeakReferenceable)]
struct Plain(usize);

/// Makes and drops callback references until told to stop; says how often.
fn mutate(strong: &Strong<Plain>, stop: &AtomicBool) -> usize {
    let mut times = 0;
    while !stop.load(Ordering::Relaxed) {
        let reference = WeakRef::with_callback(strong, |_| unreachable!("cancelled"));
        assert!(reference.has_callback());
        drop(reference);
        times += 1;
        thread::yield_now();
    }
    times
}

fn read(strong: &Strong<Plain>, most: usize) {
    let id = Strong::id(strong);
    let references = Strong::weak_refs(strong);
    assert!(references.len() <= most, "{}", references.len());
    for reference in &references {
        assert_eq!(reference.id(), id);
        assert_eq!(reference.upgrade().map(|strong| strong.0), Some(7));
    }
    assert!(Strong::weak_count(strong) >= references.len());
}

/// Readers and mutators of one object, at once.
fn readers_and_mutators(readers: usize, mutators: usize, reads: usize) {
    let strong = Strong::new(Plain(7));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let mutating: Vec<_> = (0..mutators)
            .map(|_| scope.spawn(|| mutate(&strong, &stop)))
            .collect();
        let reading: Vec<_> = (0..readers)
            .map(|reader| {
                let (strong, mutators) = (&strong, mutators);
                scope.spawn(move || {
                    for _ in 0..reads {
                        if reader == 0 {
                            // Its own, each mutator's, and what the others have at the time.
                            read(strong, 1 + mutators + 2 * readers);
                            continue;
                        }
                        // Were these to list references too, each would list those of the others.
                        let weak = Strong::downgrade(strong);
                        assert!(Strong::weak_count(strong) >= 1);
                        assert_eq!(weak.with(|plain| plain.0), Some(7));
                    }
                })
            })
            .collect();
        for reader in reading {
            reader.join().unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        for mutator in mutating {
            mutator.join().unwrap();
        }
    });
    assert_eq!(
        (Strong::strong_count(&strong), Strong::weak_count(&strong)),
        (1, 0)
    );
}

#[test]
fn t01_reading_references_while_another_thread_changes_them() {
    readers_and_mutators(1, 1, rounds(5_000, 5));
}

#[test]
fn t02_none_then_a_reference_then_none() {
    let strong = Strong::new(Plain(7));
    for _ in 0..3 {
        assert!(Strong::weak_refs(&strong).is_empty());
        let reference = Strong::downgrade(&strong);
        assert_eq!(Strong::weak_refs(&strong), std::slice::from_ref(&reference));
        thread::scope(|scope| {
            scope.spawn(|| drop(reference));
        });
    }
    assert!(Strong::weak_refs(&strong).is_empty());
}

#[test]
fn t03_reading_leaves_the_counts_as_they_were() {
    let strong = Strong::new(Plain(7));
    let reference = Strong::downgrade(&strong);
    for _ in 0..rounds(1_000, 20) {
        assert_eq!(Strong::weak_refs(&strong).len(), 1);
        read(&strong, 1);
    }
    assert_eq!(
        (Strong::strong_count(&strong), Strong::weak_count(&strong)),
        (1, 1)
    );
    drop(reference);
}

#[test]
fn t04_many_readers_and_mutators() {
    readers_and_mutators(4, 4, rounds(2_000, 2));
}

#[test]
fn r38_references_made_by_two_threads_at_once_are_one() {
    for _ in 0..rounds(500, 3) {
        let strong = Strong::new(Plain(7));
        let barrier = Barrier::new(2);
        let (first, second) = thread::scope(|scope| {
            let make = || {
                barrier.wait();
                (Strong::downgrade(&strong), Strong::downgrade(&strong))
            };
            let (a, b) = (scope.spawn(make), scope.spawn(make));
            (a.join().unwrap(), b.join().unwrap())
        });
        assert!(first.0 == first.1 && first == second);
        assert_eq!(Strong::weak_count(&strong), 4);
        assert_eq!(Strong::weak_refs(&strong).len(), 4);
    }
}

/// Entries that end on one thread while another drains, and a third drops the referents.
#[test]
fn entries_end_while_another_thread_drains() {
    for _ in 0..rounds(300, 3) {
        let count = rounds(40, 4);
        let mut graveyard = Graveyard::new();
        let strongs: Vec<_> = (0..count).map(Object::<SyncSmall, _>::strong).collect();
        let entries: Vec<_> = strongs
            .iter()
            .map(|strong| graveyard.watch(strong, ***strong as u64))
            .collect();
        let second: Vec<_> = strongs
            .iter()
            .map(|strong| graveyard.watch(strong, 1_000))
            .collect();
        let mut drained = 0;
        thread::scope(|scope| {
            scope.spawn(|| drop(strongs));
            scope.spawn(|| drop(entries));
            scope.spawn(|| drop(second));
            for _ in 0..count {
                drained += usize::from(graveyard.next_dead().is_some());
                thread::yield_now();
            }
        });
        while graveyard.next_dead().is_some() {
            drained += 1;
        }
        assert!(drained <= 2 * count);
        assert_eq!(graveyard.dead(), 0, "no entry stands");
    }
}

/// An entry of a dying object ends while its value is being dropped on another thread.
#[test]
fn entry_ends_while_its_referent_is_dropped_by_another_thread() {
    struct Slow([u64; 12]);
    impl WeakReferenceable for Slow {
        type Slot = weakref::SyncSlot;
    }
    impl Drop for Slow {
        fn drop(&mut self) {
            for word in &mut self.0 {
                *word += 1;
                thread::yield_now();
            }
            assert_eq!(self.0, [1; 12]);
        }
    }
    for _ in 0..rounds(200, 5) {
        let mut graveyard = Graveyard::new();
        let strong = Strong::new(Slow([0; 12]));
        let entries = [graveyard.watch(&strong, 1), graveyard.watch(&strong, 2)];
        let reference = WeakRef::with_callback(&strong, |_| ());
        let weak = Strong::downgrade(&strong);
        thread::scope(|scope| {
            scope.spawn(|| drop(strong));
            scope.spawn(|| drop(entries));
            scope.spawn(|| drop(reference));
            scope.spawn(move || {
                drop(weak.upgrade());
                drop(weak);
            });
        });
        assert_eq!((graveyard.dead(), graveyard.next_dead()), (0, None));
    }
}

/// Graveyards that end while the last of their entries ends elsewhere.
#[test]
fn graveyard_ends_beside_its_entries_on_other_threads() {
    for _ in 0..rounds(300, 3) {
        let mut graveyard = Graveyard::new();
        let strongs: Vec<_> = (0..3).map(|_| Object::<SyncLarge>::strong(())).collect();
        let entries: Vec<_> = strongs
            .iter()
            .map(|strong| graveyard.watch(strong, 0))
            .collect();
        thread::scope(|scope| {
            scope.spawn(|| drop(strongs));
            scope.spawn(move || {
                // As a container does: its entries, then the graveyard.
                drop(entries);
                drop(graveyard);
            });
        });
    }
}

/// Deaths on many threads at once keep their callbacks and queues apart.
#[test]
fn deep_deaths_on_several_threads_at_once() {
    #[derive(WeakReferenceable)]
    struct Link(#[expect(dead_code, reason = "dropped")] Option<Strong<Link>>);
    static CALLED: AtomicUsize = AtomicUsize::new(0);
    let length = rounds(3_000, 140);
    let threads = rounds(4, 2);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(move || {
                let chain = (0..length).fold(None, |next, _| {
                    let link = Strong::new(Link(next));
                    WeakRef::with_callback(&link, |_| {
                        CALLED.fetch_add(1, Ordering::Relaxed);
                    })
                    .forget();
                    Some(link)
                });
                drop(chain);
            });
        }
    });
    assert_eq!(CALLED.load(Ordering::Relaxed), threads * length);
}
