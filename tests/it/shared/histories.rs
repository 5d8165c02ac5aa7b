//! What threads were answered is what one thread could have been: random histories of two and three threads on two
//! keys, deaths included.

use std::sync::{Arc, Barrier};
use std::thread;

use weakref_tests::histories::{Thread, World};

use crate::support::rounds;

fn check(threads: u64, steps: usize, histories: usize) {
    let mut longest = 0;
    for seed in 0..histories as u64 {
        let world = Arc::<World>::default();
        let meet = Arc::new(Barrier::new(usize::try_from(threads).unwrap()));
        let run = |number: u64| {
            let mut thread = Thread::new(&world, seed * 8 + number, thread::yield_now);
            let meet = Arc::clone(&meet);
            thread::spawn(move || {
                meet.wait();
                for _ in 0..steps {
                    thread.step();
                }
                thread
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        let threads = running.into_iter().map(|thread| thread.join().unwrap());
        longest = longest.max(world.check(threads.collect()));
    }
    assert!(
        longest >= steps,
        "histories are long enough to say something: {longest}"
    );
}

#[test]
fn histories_of_two_threads_are_linearizable() {
    check(2, 10, rounds(3000, 12));
}

#[test]
fn histories_of_three_threads_are_linearizable() {
    check(3, 6, rounds(3000, 8));
}
