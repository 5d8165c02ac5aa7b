//! What threads were answered is what one thread could have been.

use std::sync::Arc;

use shuttle::thread;
use weakref::__private::Bug;
use weakref_tests::histories::{Thread, World};

use crate::members::below;

fn check(threads: usize, steps: usize) {
    let world = Arc::<World>::default();
    let running: Vec<_> = (0..threads)
        .map(|_| {
            let mut thread = Thread::new(&world, below(usize::MAX) as u64, thread::yield_now);
            thread::spawn(move || {
                for _ in 0..steps {
                    thread.step();
                }
                thread
            })
        })
        .collect();
    let threads = running.into_iter().map(|thread| thread.join().unwrap());
    world.check(threads.collect());
}

scenario!(
    of_two_threads,
    || check(2, 8),
    finds = &[Bug::AnyEdition, Bug::NotOvertaken]
);

scenario!(
    of_three_threads,
    || check(3, 5),
    finds = &[Bug::AnyEdition, Bug::NotOvertaken]
);
